import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FrameLocator, Page } from 'playwright-core';
import { onTestFinished } from 'vitest';
import type { Scenario } from '@taskpilot-chat/sandbox';
import type { SandboxSuite } from './suite.js';

const workflow = { id: 'wf_6946b383d368819081b556e6e5fa66330d48d0c9ea4fccd8' };

/** `window.chat` is a ChatKit element that is not in the page yet; `window.heard` are its events. */
const html = (chatkitSrc: string) => `<!doctype html>
<html lang="en">
<title>A page</title>
<link rel="icon" href="data:," />
<style>html, body { height: 100%; margin: 0 }</style>
<body>
<script src="${chatkitSrc}"></script>
<script>
  window.heard = [];
  window.chat = document.createElement('openai-chatkit');
  for (const name of [
    'ready', 'error', 'effect', 'log', 'response.start', 'response.end', 'history.open',
    'history.close', 'thread.change', 'thread.load.start', 'thread.load.end', 'tool.change',
  ]) {
    chat.addEventListener('chatkit.' + name, (event) => {
      heard.push({ name, detail: event.detail?.error?.message ?? event.detail, bubbles: event.bubbles });
    });
  }
  window.hosted = { getClientSecret: (current) => getClientSecret(current) };
</script>`;

/** Serves a page at a separate origin until the test ends; resolves with its URL. */
async function serve(text: string): Promise<string> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://localhost:${(server.address() as AddressInfo).port}/`;
}

export interface BarePage {
  readonly page: Page;
  readonly frame: FrameLocator;
  /** The arguments of `getClientSecret`, as “null” or “a secret”. */
  readonly asked: string[];
  readonly problems: string[];
  /** Sets the options, with the hosted `api` by default, and connects the element. */
  readonly start: (options?: object) => Promise<void>;
  readonly heard: () => Promise<{ name: string; detail: unknown; bubbles: boolean }[]>;
}

/** ChatKit alone on a page, without the widget, with sessions that come straight from the sandbox. */
export async function openBarePage(
  { sandbox, visit }: SandboxSuite,
  scenario: Scenario = 'ok',
): Promise<BarePage> {
  const visitor = await visit({ viewport: { width: 400, height: 640 } });
  const { page, problems } = visitor;
  const { chatkitSrc, apiBaseUrl } = sandbox.base(scenario);
  const asked: string[] = [];
  await page.exposeFunction('getClientSecret', async (current: string | null) => {
    asked.push(current === null ? 'null' : 'a secret');
    const response = await fetch(`${apiBaseUrl}/chatkit/sessions`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${sandbox.apiKey}`,
        'openai-beta': 'chatkit_beta=v1',
        'content-type': 'application/json',
      },
      body: JSON.stringify({
        user: 'ada',
        workflow,
        rate_limits: { max_requests_per_1_minute: 100 },
      }),
    });
    return ((await response.json()) as { client_secret: string }).client_secret;
  });
  await page.goto(await serve(html(chatkitSrc)));
  return {
    page,
    frame: page.frameLocator('openai-chatkit iframe'),
    asked,
    problems,
    start: (options = {}) =>
      page.evaluate(
        `chat.setOptions({ api: hosted, ...${JSON.stringify(options)} }); document.body.append(chat)`,
      ),
    heard: () => page.evaluate('heard'),
  };
}

/** Types a message and sends it with Enter. */
export async function say({ frame }: BarePage, text: string): Promise<void> {
  const message = frame.getByRole('textbox', { name: 'Message' });
  await message.fill(text);
  await message.press('Enter');
}

/** The same, and waits until the whole answer has arrived. */
export async function ask(bare: BarePage, text: string, answer: string): Promise<void> {
  await say(bare, text);
  await bare.frame.getByRole('log').getByText(answer).last().waitFor();
  await bare.frame.getByRole('button', { name: 'Send' }).waitFor();
}
