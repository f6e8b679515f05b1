import { describe, expect, it } from 'vitest';
import { Chat, type Visit } from './support/browser.js';
import { useWorld } from './support/suite.js';

/** Which requests the service's ChatKit server has got since the last visitor came, by `type`. */
const asked: string[] = [];
const suite = useWorld({
  sandbox: { wordDelayMs: 10 },
  prepare: (app) => {
    app.addHook('preHandler', ({ url, body }, _reply, done) => {
      if (url.endsWith('/api/chatkit')) asked.push((body as { type: string }).type);
      done();
    });
  },
});

interface Opened extends Visit {
  readonly chat: Chat;
}

/** The visitor on a page whose chats the service answers by itself. */
async function open(path: string, name?: string): Promise<Opened> {
  const visitor = await suite.visit();
  asked.length = 0;
  const query = path.includes('?') ? '&' : '?';
  await visitor.page.goto(`${suite.world.url}${path}${query}backend=self-hosted`);
  return { ...visitor, chat: new Chat(visitor.page, name) };
}

const assistant = 'TaskPilot assistant';

async function openDemo(scenario = 'ok'): Promise<Opened> {
  const opened = await open(`/?scenario=${scenario}`, assistant);
  await opened.chat.bubble.click();
  return opened;
}

/** Requests to the sandbox's model, without those for titles. */
const modelRequests = () =>
  suite.world.sandbox.requests.filter(
    ({ path, body }) =>
      path === '/v1/responses' && !/title/i.test(JSON.stringify((body as Body).instructions)),
  );
interface Body {
  readonly instructions: unknown;
}

describe('A chat that the service answers by itself', () => {
  it('FR-007: opens by the same script tag, and the answer streams in', async () => {
    const { chat, problems, page } = await openDemo();
    await chat.ask('add water the plants', 'Added water the plants');
    await chat.ask('what is on my list?', 'You have 7 open tasks:');
    expect(await chat.state()).toBe('ready');
    const output = 'threads.add_client_tool_output';
    expect(asked).toEqual(['threads.create', output, 'threads.add_user_message', output]);
    await page.getByText('This service answers by itself', { exact: true }).waitFor();
    expect(problems).toEqual([]);
  });

  it('shows an answer while it comes', async () => {
    const { chat } = await openDemo('slow');
    await chat.composer.fill('explain');
    await chat.composer.press('Enter');
    await chat.log.getByText('a scripted').waitFor();
    await chat.frame.getByRole('button', { name: 'Stop' }).waitFor();
    expect(await chat.log.innerText()).not.toContain('still there.');
  });

  it('stops an answer: what was said stays, and the model is not asked on', async () => {
    const { chat, page, problems } = await openDemo('slow');
    await chat.composer.fill('explain');
    await chat.composer.press('Enter');
    await chat.log.getByText('a scripted').waitFor();
    const request = modelRequests().at(-1);
    expect(request?.cut).toBe(false);
    await chat.frame.getByRole('button', { name: 'Stop' }).click();
    await chat.frame.getByText('You stopped this answer.').waitFor();
    await expect.poll(() => request?.cut).toBe(true);
    await page.reload();
    await chat.log.getByText('a scripted').waitFor();
    expect(await chat.log.innerText()).not.toContain('still there.');
    await chat.ask('hello', 'I understand a few things about tasks');
    expect(problems).toEqual([]);
  });

  it('goes on with an answer after a reload, and asks the model once', async () => {
    const { chat, page, problems } = await openDemo('slow');
    await chat.composer.fill('explain');
    await chat.composer.press('Enter');
    await chat.log.getByText('a scripted').waitFor();
    const before = modelRequests().length;
    await page.reload();
    await chat.log.getByText('a scripted').waitFor();
    const part = (await chat.log.innerText()).length;
    expect(await chat.log.innerText()).not.toContain('still there.');
    await expect.poll(async () => (await chat.log.innerText()).length).toBeGreaterThan(part);
    await chat.log.getByText('still there.').waitFor();
    expect(await chat.questions.count()).toBe(1);
    expect(await chat.frame.getByRole('article', { name: 'Assistant' }).count()).toBe(1);
    expect(modelRequests().length).toBe(before);
    const loads = () => asked.filter((type) => /get_by_id|items.list/.test(type)).length;
    const last = loads();
    await chat.ask('hello', 'I understand a few things about tasks');
    expect(loads()).toBeLessThanOrEqual(last + 1);
    expect(problems).toEqual([]);
  });

  it('answers again when it is asked to', async () => {
    const { chat } = await openDemo();
    await chat.ask('hello', 'I understand a few things about tasks');
    const before = modelRequests().length;
    await chat.frame.getByRole('button', { name: 'Answer again' }).click();
    await expect.poll(() => modelRequests().length).toBe(before + 1);
    await chat.frame.getByRole('button', { name: 'Answer again' }).waitFor();
    expect(asked).toEqual(['threads.create', 'threads.retry_after_item']);
    expect(await chat.questions.count()).toBe(1);
    expect(await chat.frame.getByRole('article', { name: 'Assistant' }).count()).toBe(1);
  });

  it('lets a visitor try again when the model breaks off', async () => {
    const { chat } = await openDemo('stream-breaks');
    await chat.composer.fill('add call the bank');
    await chat.composer.press('Enter');
    await chat.frame.getByRole('button', { name: 'Try again' }).click();
    await chat.log
      .getByText('Added call the bank')
      .or(chat.log.getByText('open task'))
      .first()
      .waitFor();
    expect(await chat.frame.getByRole('alert').count()).toBe(0);
  });

  it('FR-004: a reload brings the conversation back, with the session that is there', async () => {
    const { chat, page } = await openDemo();
    let sessions = 0;
    page.on('request', (request) => {
      if (request.url().endsWith('/sessions')) sessions++;
    });
    await chat.ask('add feed the cat', 'Added feed the cat');
    const before = sessions;
    await page.reload();
    await chat.panel.waitFor();
    await chat.log.getByText('Added feed the cat').waitFor();
    await chat.ask('list', 'You have 6 open tasks');
    expect(sessions).toBe(before);
    await expect
      .poll(() => asked, { timeout: 10_000 })
      .toEqual([
        'threads.create',
        'threads.add_client_tool_output',
        'threads.get_by_id',
        'threads.add_user_message',
        'threads.add_client_tool_output',
      ]);
    // The strip names the backend after a reload, too.
    await page.getByText('This service answers by itself', { exact: true }).waitFor();
  });

  it('lists earlier conversations by the titles that the model gave', async () => {
    const { chat } = await openDemo();
    await chat.ask('add write the minutes', 'Added write the minutes');
    await chat.panel.getByRole('button', { name: 'New chat' }).click();
    await chat.frame.getByText('What are we getting done today?').waitFor();
    await chat.ask('hello', 'I understand a few things about tasks');
    await chat.panel.getByRole('button', { name: 'History' }).click();
    const history = chat.frame.getByRole('dialog', { name: 'History' });
    await history.getByRole('button', { name: /^Hello/ }).waitFor();
    await history.getByRole('button', { name: /^Add write the minutes/ }).click();
    await chat.log.getByText('Added write the minutes').waitFor();
  });

  it('keeps the conversations of two visitors apart', async () => {
    const [ada, ben] = [await openDemo(), await openDemo()];
    await ada.chat.ask('add phone mother', 'Added phone mother');
    await ben.chat.ask('list', 'You have 6 open tasks');
    await ben.chat.panel.getByRole('button', { name: 'History' }).click();
    const history = ben.chat.frame.getByRole('dialog', { name: 'History' });
    await history.getByRole('button', { name: /^List/ }).waitFor();
    expect(await history.getByText(/mother/).count()).toBe(0);
  });
});

describe('Other pages, as they are', () => {
  it('FR-006: useChatKit works with a self-hosted session', async () => {
    const { chat, problems } = await open('/examples/react');
    await chat.ask('add read the docs', 'Added read the docs');
    expect(asked).toEqual(['threads.create']);
    expect(problems).toEqual([]);
  });

  it('a strict policy needs nothing more: connect-src of the service is enough', async () => {
    const { chat, page, problems } = await open('/examples/strict-csp');
    expect(await page.getByText("connect-src 'self'").count()).toBe(1);
    await chat.bubble.click();
    await chat.ask('hello', 'I understand a few things about tasks');
    expect(asked).toEqual(['threads.create']);
    // The one line that the browser writes when it blocks ChatKit's own style element.
    expect(problems.filter((line) => !/style/i.test(line))).toEqual([]);
  });
});

describe('Choosing who answers on the demo', () => {
  it('keeps the situation, and the other way round', async () => {
    const { page } = await open('/');
    const strip = page.getByRole('complementary', { name: 'About this demo' });
    const choose = async (label: string, value: string, search: string) => {
      await strip.getByText('Try more').click();
      await strip.getByLabel(label).selectOption(value);
      await strip.getByRole('button', { name: 'Show' }).click();
      await page.waitForURL(suite.world.url + search);
    };
    await choose('What happens', 'slow', '/?backend=self-hosted&scenario=slow');
    await choose('Who answers', 'hosted', '/?backend=hosted&scenario=slow');
    await choose('Who answers', '', '/?scenario=slow');
    await choose('What happens', 'ok', '/?');
  });
});

describe('Secrets of a self-hosted chat', () => {
  it('FR-011: neither key nor token is in an address, in the log, or in any other answer', async () => {
    const { chat, page } = await open('/', assistant);
    const texts: string[] = [];
    let token = '';
    const reading: Promise<void>[] = [];
    page.on('request', (request) => {
      texts.push(request.url());
      if (request.url().endsWith('/api/chatkit')) token = request.headers()['authorization'] ?? '';
    });
    page.on('console', (message) => texts.push(message.text()));
    page.on('response', (response) => {
      const read = async () => {
        // A stream may still be open when the page goes.
        const body = await response.text().catch((error: unknown) => `no body: ${String(error)}`);
        if (!response.url().endsWith('/sessions')) texts.push(body);
        expect(body).not.toContain(suite.world.sandbox.apiKey);
      };
      reading.push(read());
    });
    await chat.bubble.click();
    await chat.ask('add buy stamps', 'Added buy stamps');
    await chat.frame.getByRole('button', { name: 'Answer again' }).waitFor();
    await Promise.all(reading);
    expect(token).toMatch(/^Bearer ey/);
    const signature = token.split('.').at(-1) ?? '';
    texts.push(...suite.world.log, JSON.stringify(suite.world.sandbox.requests));
    expect(texts.some((text) => text.includes('add buy stamps'))).toBe(true);
    expect(texts.filter((text) => text.includes(signature))).toEqual([]);
    const told = suite.world.log.filter((text) => text.includes(suite.world.sandbox.apiKey));
    expect(told).toEqual([]);
  });
});
