import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Chat } from './support/browser.js';
import { useSandbox } from './support/suite.js';
import { startWorld, type World } from './support/world.js';

const suite = useSandbox({ wordDelayMs: 4 });

const assistant = 'TaskPilot assistant';

/** A visitor with the chat open, on the demo of a service with this environment. */
async function open(world: World, path: string, init = (): void => undefined) {
  const visitor = await suite.visit();
  const statuses: number[] = [];
  const tokens = new Set<string>();
  visitor.page.on('response', (response) => {
    if (response.url().endsWith('/api/chatkit')) statuses.push(response.status());
  });
  visitor.page.on('request', (request) => {
    if (!request.url().endsWith('/api/chatkit')) return;
    tokens.add(request.headers()['authorization'] ?? 'none');
  });
  await visitor.page.addInitScript(init);
  await visitor.page.goto(world.url + path);
  const chat = new Chat(visitor.page, assistant);
  await chat.bubble.click();
  return { ...visitor, chat, statuses, tokens };
}

describe('A token that ends in the middle of a chat', () => {
  async function shortLived(): Promise<World> {
    const world = await startWorld({
      sandbox: suite.sandbox,
      env: { SESSION_TTL_SECONDS: '2', CHATKIT_BACKENDS: 'self-hosted' },
    });
    onTestFinished(() => world.close());
    return world;
  }

  it('Edge: secret expires in mid-chat → it is renewed before, and the visitor notices nothing', async () => {
    const { chat, problems, statuses, tokens } = await open(await shortLived(), '/');
    await chat.ask('add wash the car', 'Added wash the car');
    await expect
      .poll(
        async () => {
          await chat.ask('list', 'wash the car');
          return tokens.size;
        },
        { timeout: 20_000, interval: 500 },
      )
      .toBeGreaterThan(2);
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(await chat.alert.count()).toBe(0);
    expect(await chat.frame.getByRole('alert').count()).toBe(0);
    expect(problems).toEqual([]);
  });

  it('an answer that takes longer than the token lives comes to its end', async () => {
    const { chat, tokens } = await open(await shortLived(), '/?scenario=slow');
    await chat.ask('explain', 'the conversation is still there.', 40_000);
    expect(tokens.size).toBe(1);
    await chat.ask('list', 'You have 6 open tasks');
    expect(tokens.size).toBe(2);
    expect(await chat.frame.getByRole('alert').count()).toBe(0);
  });

  it('is renewed once refused, where the visitor’s clock is an hour slow', async () => {
    const { chat, statuses, page } = await open(await shortLived(), '/', () => {
      const now = Date.now.bind(Date);
      Date.now = () => now() - 3_600_000;
    });
    await chat.ask('add wash the car', 'Added wash the car');
    await expect
      .poll(
        async () => {
          await chat.ask('list', 'wash the car');
          return statuses.includes(401);
        },
        { timeout: 20_000, interval: 500 },
      )
      .toBe(true);
    await chat.ask('list', 'You have 7 open tasks');
    expect(await chat.frame.getByRole('alert').count()).toBe(0);
    expect(await page.locator('openai-chatkit').count()).toBe(1);
  });
});

describe('A service that starts again in the middle of a chat', () => {
  it('keeps the threads, and the visitor goes on where the answer broke off', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'taskpilot-chat-'));
    onTestFinished(() => rm(dataDir, { recursive: true }));
    const start = (port = 0): Promise<World> =>
      startWorld({
        sandbox: suite.sandbox,
        port,
        env: { DATA_DIR: dataDir, SHUTDOWN_TIMEOUT_SECONDS: '0' },
      });
    const first = await start();
    const { chat, page } = await open(first, '/?scenario=slow&backend=self-hosted');
    await chat.ask('add feed the cat', 'Added feed the cat', 40_000);
    await chat.send.waitFor();
    await chat.composer.fill('explain');
    await chat.composer.press('Enter');
    await chat.log.getByText('a scripted').waitFor();
    await first.close();
    await chat.frame.getByRole('alert').waitFor();

    const second = await start(Number(new URL(first.url).port));
    onTestFinished(() => second.close());
    await chat.frame.getByRole('button', { name: 'Try again' }).click();
    await chat.log.getByText('the conversation is still there.').waitFor({ timeout: 40_000 });
    await chat.send.waitFor();
    await chat.ask('list', 'feed the cat');
    await page.reload();
    await chat.log.getByText('Added feed the cat').waitFor();
    await chat.log.getByText('the conversation is still there.').waitFor();
    expect(await chat.questions.count()).toBe(3);
    expect(await chat.alert.count()).toBe(0);
    // Makes an embedded database, and opens it twice.
  }, 120_000);
});
