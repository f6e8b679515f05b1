import { describe, it, type TestContext } from 'vitest';
import type { Scenario } from '@taskpilot-chat/sandbox';
import { Chat } from './support/browser.js';
import { useWorld } from './support/suite.js';

// Without failover, which self-hosted-failover.test.ts covers.
const suite = useWorld({ env: { UPSTREAM_TIMEOUT_MS: '2500', CHATKIT_BACKENDS: 'hosted' } });

async function open(scenario: Scenario, { onTestFinished }: TestContext) {
  const visitor = await suite.visit({}, onTestFinished);
  await visitor.page.goto(`${suite.world.url}/?scenario=${scenario}`);
  return { ...visitor, chat: new Chat(visitor.page, 'TaskPilot assistant') };
}

interface Failure {
  readonly scenario: Scenario;
  readonly code: string;
  readonly sentence: string;
  readonly retryable: boolean;
}

const failed = 'The chat could not be opened.';
const failures: readonly Failure[] = [
  { scenario: 'session-401', code: 'session_unavailable', sentence: failed, retryable: false },
  { scenario: 'session-404', code: 'session_unavailable', sentence: failed, retryable: false },
  { scenario: 'session-429', code: 'session_unavailable', sentence: failed, retryable: true },
  { scenario: 'session-500', code: 'session_unavailable', sentence: failed, retryable: true },
  { scenario: 'session-hang', code: 'session_unavailable', sentence: failed, retryable: true },
  { scenario: 'session-reset', code: 'session_unavailable', sentence: failed, retryable: true },
  { scenario: 'session-garbage', code: 'session_unavailable', sentence: failed, retryable: true },
  { scenario: 'script-blocked', code: 'script_blocked', sentence: failed, retryable: true },
];

// Most of the time is spent on waiting for the service's deadline and the widget's retries.
describe.concurrent('What a visitor sees when something fails', () => {
  it.for(failures)(
    'FR-010 / SC-008: $scenario → one sentence, and a line for the developer',
    async ({ scenario, code, sentence, retryable }, context) => {
      const { expect } = context;
      const { page, chat, problems } = await open(scenario, context);
      await chat.bubble.click();
      await chat.alert.waitFor({ timeout: 30_000 });
      expect((await chat.alert.innerText()).trim().split('\n')[0]).toBe(sentence);
      expect(await chat.retry.count()).toBe(retryable ? 1 : 0);
      expect(await chat.alert.innerText()).not.toMatch(/\b[45]\d\d\b|_|error/i);
      const lines = problems.filter((line) => line.startsWith('[taskpilot-chat]'));
      expect(lines).toHaveLength(1);
      expect(lines[0]).toContain(`[taskpilot-chat] ${code}: `);
      // Still a chat that can be closed.
      await page.keyboard.press('Escape');
      await chat.panel.waitFor({ state: 'hidden' });
    },
  );

  it('Edge: key invalid → a friendly sentence for the visitor, the cause only in the service’s log', async (context) => {
    const { expect } = context;
    const { chat, page } = await open('session-401', context);
    await chat.bubble.click();
    await chat.alert.waitFor();
    expect(await chat.alert.innerText()).toContain(failed);
    expect(await page.locator('taskpilot-chat').innerText()).not.toMatch(/key|401/i);
    expect(suite.world.log.some((line) => line.includes('OpenAI refused the API key'))).toBe(true);
  });

  it('names the domain allowlist when ChatKit’s frame never comes to life', async ({
    expect,
    onTestFinished,
  }) => {
    const visitor = await suite.visit({}, onTestFinished);
    await visitor.page.clock.install();
    await visitor.page.goto(`${suite.world.url}/?scenario=frame-dead`);
    const chat = new Chat(visitor.page, 'TaskPilot assistant');
    await chat.bubble.click();
    await visitor.page.frameLocator('openai-chatkit iframe').locator('html').waitFor({
      state: 'attached',
    });
    await expect
      .poll(async () => {
        await visitor.page.clock.runFor(5000);
        return chat.alert.count();
      })
      .toBe(1);
    const line = visitor.problems.find((text) => text.includes('chatkit_timeout'));
    expect(line).toContain('allowlist');
    expect(line).toContain(suite.world.url);
    expect(await chat.retry.count()).toBe(1);
  });

  it('Edge: endpoint away → a clear message, and a retry that works', async (context) => {
    const { expect } = context;
    const { page, chat } = await open('ok', context);
    await page.route('**/api/chatkit/sessions', (route) => route.abort('connectionrefused'));
    await chat.bubble.click();
    await chat.alert.waitFor({ timeout: 20_000 });
    expect(await chat.alert.innerText()).toContain(failed);
    await page.unroute('**/api/chatkit/sessions');
    await chat.retry.click();
    await chat.ask('hello', 'I understand a few things about tasks');
    expect(await chat.alert.count()).toBe(0);
  });

  it('says that the visitor is offline, and comes back by itself', async (context) => {
    const { expect } = context;
    const { page, chat, context: browsing } = await open('ok', context);
    await browsing.setOffline(true);
    await chat.bubble.click();
    await chat.alert.waitFor();
    expect(await chat.alert.innerText()).toContain('offline');
    await browsing.setOffline(false);
    await chat.composer.waitFor();
    expect(await page.locator('openai-chatkit').count()).toBe(1);
  });

  it('says after 3 s that it is still connecting, and then is ready', async (context) => {
    const { expect } = context;
    const { page, chat } = await open('ok', context);
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.route('**/api/chatkit/sessions', async (route) => {
      await held;
      await route.continue();
    });
    await chat.bubble.click();
    await chat.panel.getByText('Still connecting…').first().waitFor();
    release();
    await chat.composer.waitFor();
    expect(await chat.state()).toBe('ready');
  });

  it('Edge: many rapid requests → one session', async (context) => {
    const { expect } = context;
    const { page, chat } = await open('slow', context);
    let sessions = 0;
    page.on('request', (request) => {
      if (request.url().endsWith('/api/chatkit/sessions')) sessions++;
    });
    for (let clicks = 0; clicks < 9; clicks++) await chat.bubble.click();
    await chat.composer.waitFor();
    expect(sessions).toBe(1);
    expect(await page.locator('openai-chatkit').count()).toBe(1);
  });

  it('Edge: secret expires in mid-chat → the visitor notices nothing', async (context) => {
    const { expect } = context;
    const { page, chat, problems } = await open('secret-expires', context);
    const secrets = new Set<string>();
    page.on('response', (response) => {
      if (!response.url().endsWith('/api/chatkit/sessions')) return;
      void response
        .json()
        .then((body) => secrets.add((body as { client_secret: string }).client_secret));
    });
    await chat.bubble.click();
    await chat.ask('add wash the car', 'Added wash the car');
    await expect
      .poll(
        async () => {
          await chat.ask('list', 'wash the car');
          return secrets.size;
        },
        { timeout: 20_000, interval: 700 },
      )
      .toBeGreaterThan(1);
    expect(await chat.alert.count()).toBe(0);
    expect(await chat.frame.getByRole('alert').count()).toBe(0);
    expect(problems.filter((line) => !line.includes('401'))).toEqual([]);
  });

  it('lets a visitor try again when an answer breaks off', async (context) => {
    const { expect } = context;
    const { chat } = await open('stream-breaks', context);
    await chat.bubble.click();
    await chat.composer.fill('add call the bank');
    await chat.composer.press('Enter');
    await chat.frame.getByRole('button', { name: 'Try again' }).click();
    await chat.log.getByText('call the bank').last().waitFor();
    await expect.poll(() => chat.frame.getByRole('button', { name: 'Try again' }).count()).toBe(0);
  });
});
