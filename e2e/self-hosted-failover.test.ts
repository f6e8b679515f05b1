import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { Chat } from './support/browser.js';
import { useWorld } from './support/suite.js';

/** Whether OpenAI has shut down the workflow. */
let isGone = false;
/** Session requests to OpenAI. */
let hostedTries = 0;
/** Status codes of the service's ChatKit server. */
const answers: number[] = [];

const suite = useWorld({
  env: { SESSION_TTL_SECONDS: '2' },
  dependencies: {
    fetch: async (input, init) => {
      // The agent's model goes this way too.
      const url = input instanceof Request ? input.url : input.toString();
      if (!url.endsWith('/chatkit/sessions')) return fetch(input, init);
      hostedTries++;
      if (!isGone) return fetch(input, init);
      const error = { message: 'Workflow not found.', type: 'invalid_request_error' };
      return Response.json({ error }, { status: 404 });
    },
  },
  prepare: (app) => {
    app.addHook('onResponse', ({ url, method }, { statusCode }, done) => {
      if (method === 'POST' && url.endsWith('/api/chatkit')) answers.push(statusCode);
      done();
    });
  },
});

async function open(path: string, name?: string) {
  isGone = false;
  hostedTries = 0;
  answers.length = 0;
  const visitor = await suite.visit();
  await visitor.page.goto(suite.world.url + path);
  return { ...visitor, chat: new Chat(visitor.page, name) };
}

const assistant = 'TaskPilot assistant';
const failovers = () => suite.world.log.filter((line) => line.includes('refuses for good'));

/** Answers count when they have ended, title and all. */
const expectOnlySuccess = () => expect.poll(() => [...new Set(answers)]).toEqual([200]);

/** A mark on the ChatKit element of this moment, to know another one by. */
const mark = (page: Page) =>
  page.locator('openai-chatkit').evaluate((element) => element.setAttribute('data-first', ''));
const fresh = (page: Page) => page.locator('openai-chatkit:not([data-first])');

/** Sends until the secret that the chat began with has ended, and ChatKit has asked for another one. */
async function useUntilRenewed(chat: Chat): Promise<void> {
  await expect
    .poll(
      async () => {
        if ((await fresh(chat.page).count()) > 0) return true;
        await chat.composer.fill('list');
        await chat.composer.press('Enter');
        return false;
      },
      { timeout: 20_000, interval: 500 },
    )
    .toBe(true);
}

describe('When OpenAI knows no workflow any more', () => {
  it('the next backend serves, and the visitor sees nothing of it', async () => {
    const { chat, page, problems } = await open('/?scenario=workflow-gone', assistant);
    const before = failovers().length;
    await chat.bubble.click();
    await chat.ask('add water the plants', 'Added water the plants');
    await page.getByText('This service answers by itself', { exact: true }).waitFor();
    expect(await chat.alert.count()).toBe(0);
    expect(problems).toEqual([]);
    // A refusal is confirmed once before the backend is given up.
    expect(hostedTries).toBe(2);
    expect(failovers()).toHaveLength(before + 1);

    // The next visitor is served at once, and the failover is logged.
    const next = await suite.visit();
    await next.page.goto(`${suite.world.url}/?scenario=workflow-gone`);
    const chatOfNext = new Chat(next.page, assistant);
    await chatOfNext.bubble.click();
    await chatOfNext.ask('list', 'You have 6 open tasks');
    expect(hostedTries).toBe(2);
    expect(failovers()).toHaveLength(before + 1);
  });

  it('useChatKit is served, too', async () => {
    const { chat, problems } = await open('/examples/react?scenario=session-404');
    await chat.ask('hello', 'I understand a few things about tasks');
    await expect.poll(() => answers).toEqual([200]);
    expect(problems).toEqual([]);
  });

  it('a page that insists on hosted sessions tells its visitor so', async () => {
    const { chat } = await open('/?scenario=workflow-gone&backend=hosted', assistant);
    await chat.bubble.click();
    await chat.alert.waitFor();
    expect(await chat.retry.count()).toBe(0);
  });

  it('a passing fault changes no backend', async () => {
    const { chat } = await open('/?scenario=session-500', assistant);
    const before = failovers().length;
    await chat.bubble.click();
    await chat.alert.waitFor({ timeout: 30_000 });
    expect(await chat.retry.count()).toBe(1);
    expect(failovers()).toHaveLength(before);
  });
});

describe('When the workflow goes away in the middle of a chat', () => {
  it('a fresh ChatKit element takes over, and the old thread is not asked for', async () => {
    const { chat, page, problems } = await open('/', assistant);
    await chat.bubble.click();
    await chat.ask('add wash the car', 'Added wash the car');
    await page.getByText('OpenAI’s hosted workflow answers').waitFor();
    await mark(page);
    isGone = true;
    await useUntilRenewed(chat);
    // An empty chat, and nothing that would frighten.
    await chat.frame.getByText('What are we getting done today?').waitFor();
    await chat.ask('hello', 'I understand a few things about tasks');
    await page.getByText('This service answers by itself', { exact: true }).waitFor();
    expect(await page.locator('openai-chatkit').count()).toBe(1);
    expect(await chat.alert.count()).toBe(0);
    expect(await chat.frame.getByText('no longer there').count()).toBe(0);
    await expectOnlySuccess();
    // The browser's own line about a secret that had ended.
    expect(problems.filter((line) => !line.includes('401'))).toEqual([]);

    await page.reload();
    await chat.log.getByText('I understand a few things about tasks').waitFor();
    await expectOnlySuccess();
  });

  it('useChatKit begins anew', async () => {
    // Another instance of the service than the one above, which has given up the workflow.
    const { chat, page } = await open('/examples/react?scenario=ok');
    await chat.ask('add wash the car', 'Added wash the car');
    await mark(page);
    isGone = true;
    await useUntilRenewed(chat);
    await chat.ask('hello', 'I understand a few things about tasks');
    expect(await page.locator('openai-chatkit').count()).toBe(1);
    await expectOnlySuccess();
  });
});

describe('When the backend has changed since the last page', () => {
  it('the earlier thread is not asked of a backend that does not know it', async () => {
    const { chat, page, problems } = await open('/?backend=hosted', assistant);
    await chat.bubble.click();
    await chat.ask('add paint the door', 'Added paint the door');
    await page.goto(`${suite.world.url}/?backend=self-hosted`);
    await chat.frame.getByText('What are we getting done today?').waitFor();
    expect(await chat.frame.getByText('no longer there').count()).toBe(0);
    await chat.ask('hello', 'I understand a few things about tasks');
    await expectOnlySuccess();
    await page.goto(`${suite.world.url}/?backend=hosted`);
    await chat.frame.getByText('What are we getting done today?').waitFor();
    expect(await chat.frame.getByText('no longer there').count()).toBe(0);
    expect(problems).toEqual([]);
  });
});
