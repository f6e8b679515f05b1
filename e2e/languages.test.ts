import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { Chat } from './support/browser.js';
import { useWorld } from './support/suite.js';
import { built } from './support/world.js';

interface HostSite {
  readonly html: string;
  readonly policy?: string;
  /** Served under `/taskpilot-chat.js`, without languages. */
  readonly script?: Buffer;
}

/** The site of the test that runs. */
let site: HostSite;
const server = createServer((request, response) => {
  const { html, policy, script } = site;
  if (request.url === '/') {
    const headers = policy ? { 'content-security-policy': policy } : {};
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...headers }).end(html);
  } else if (request.url === '/taskpilot-chat.js' && script) {
    response.writeHead(200, { 'content-type': 'text/javascript' }).end(script);
  } else {
    response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>Not found</h1>');
  }
});
server.listen(0, 'localhost');
await once(server, 'listening');
/** Another origin than the service's. */
const url = `http://localhost:${(server.address() as AddressInfo).port}`;
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

const suite = useWorld({ env: { ALLOWED_ORIGINS: url } });

const readScript = () => readFile(built('server/dist/public/taskpilot-chat.js'));

const page = (language: string, attributes: string) => {
  const { chatkitSrc } = suite.world.sandbox.base();
  const endpoint = `${suite.world.url}/api/chatkit/sessions`;
  return `<!doctype html><html lang="${language}"><title>Page</title><link rel="icon" href="data:,">
<script async ${attributes} data-session-endpoint="${endpoint}" data-chatkit-src="${chatkitSrc}"></script><p>Page</p></html>`;
};

async function open(hostSite: HostSite, name: string) {
  site = hostSite;
  const visitor = await suite.visit();
  const requests: string[] = [];
  const warnings: string[] = [];
  visitor.page.on('request', (request) => void requests.push(request.url()));
  visitor.page.on('console', (message) => {
    if (message.type() === 'warning') warnings.push(message.text());
  });
  await visitor.page.goto(url);
  const chat = new Chat(visitor.page, name);
  await chat.bubble.waitFor();
  const languages = () => requests.filter((request) => request.includes('taskpilot-chat/'));
  return { ...visitor, chat, languages, warnings };
}

const button = (chat: Chat, name: string) => chat.panel.getByRole('button', { name, exact: true });

describe('The languages of the one script', () => {
  it('come when the visitor shows intent, under a strict policy of another site with Trusted Types', async () => {
    const { origin } = new URL(suite.world.sandbox.base().chatkitSrc);
    const policy = `default-src 'none'; img-src data:; script-src 'nonce-n0nce' 'strict-dynamic'; style-src 'none'; connect-src ${suite.world.url}; frame-src ${origin}; require-trusted-types-for 'script'; trusted-types taskpilot-chat lit-html`;
    const src = `${suite.world.url}/taskpilot-chat.js`;
    const html = page('ru', `nonce="n0nce" src="${src}"`);
    const { page: tab, chat, languages, warnings, problems } = await open({ html, policy }, 'Чат');
    await tab.evaluate(() => new Promise((resolve) => requestIdleCallback(resolve)));
    expect(languages()).toEqual([]);
    await chat.bubble.click();
    await button(chat, 'Закрыть').waitFor();
    expect(await chat.panel.getAttribute('lang')).toBe('ru');
    expect(languages()).toEqual([`${suite.world.url}/taskpilot-chat/ru.js`]);
    expect(warnings).toEqual([]);
    // The strict policy blocks ChatKit's own style element, which the browser reports.
    expect(problems.filter((line) => !/inline style/i.test(line))).toEqual([]);
  });

  it('come from beside the script that is loaded under its hash, and run from right to left', async () => {
    const hash = createHash('sha256')
      .update(await readScript())
      .digest('hex')
      .slice(0, 16);
    const src = `${suite.world.url}/taskpilot-chat.${hash}.js`;
    const { chat, languages, problems } = await open(
      { html: page('ur-PK', `src="${src}"`) },
      'چیٹ',
    );
    await chat.bubble.click();
    await button(chat, 'بند کریں').waitFor();
    expect(await chat.panel.locator('[part=body]').getAttribute('dir')).toBe('rtl');
    expect(languages()).toEqual([`${suite.world.url}/taskpilot-chat/ur.js`]);
    expect(problems).toEqual([]);
  });

  it('are English, and the chat works, where the script is served alone', async () => {
    const html = page('de', 'src="/taskpilot-chat.js"');
    const script = await readScript();
    const { chat, languages, warnings, problems } = await open({ html, script }, 'Chat');
    await chat.bubble.click();
    await chat.ask('hello', 'I understand a few things about tasks');
    await button(chat, 'Close').waitFor();
    expect(await chat.panel.getAttribute('lang')).toBe('en');
    expect(languages()).toEqual([`${url}/taskpilot-chat/de.js`]);
    expect(warnings).toEqual([expect.stringContaining('[taskpilot-chat] no texts in de')]);
    // The browser itself reports the missing file.
    expect(problems.filter((line) => !line.includes('taskpilot-chat/de.js'))).toEqual([]);
  });

  it('are English where the tag has an integrity, which does not cover them', async () => {
    const integrity = `sha256-${createHash('sha256')
      .update(await readScript())
      .digest('base64')}`;
    const src = `${suite.world.url}/taskpilot-chat.js`;
    const html = page('de', `src="${src}" crossorigin="anonymous" integrity="${integrity}"`);
    const { chat, languages, warnings } = await open({ html }, 'Chat');
    await chat.bubble.click();
    await chat.ask('hello', 'I understand a few things about tasks');
    await button(chat, 'Close').waitFor();
    expect(languages()).toEqual([]);
    expect(warnings).toEqual([expect.stringContaining('integrity')]);
  });
});
