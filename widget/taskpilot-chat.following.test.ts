import { expect } from './test/testing.js';
import { chatKit } from './test/chatkit.js';
import { defer, json, session } from './test/fetch.js';
import { chatKitOf, inState, usePage } from './test/page.js';
import { until } from './test/until.js';
import type { TaskPilotChat } from './taskpilot-chat.js';

const url = 'https://chat.example/api/chatkit';
const later = Math.floor(Date.now() / 1000) + 600;
const running = { headers: { 'x-taskpilot-answer': 'running' } };

describe('A running answer that the page did not ask for', () => {
  const page = usePage();

  /** A self-hosted chat. */
  async function open(): Promise<TaskPilotChat> {
    page.endpoint.next.push(session(1, later, { url, domain_key: 'domain_pk_1' }));
    const chat = await page.place({ open: '' });
    await inState(chat, 'ready');
    return chat;
  }

  /** Loads a thread as ChatKit does. */
  async function load(chat: TaskPilotChat, answer: ResponseInit = {}): Promise<Response> {
    const { api } = chatKitOf(chat).options;
    if (!('url' in api) || !api.fetch) throw new Error('not self-hosted');
    page.endpoint.next.push(json({}, answer));
    const body = '{"type":"threads.get_by_id","params":{"thread_id":"thr_1"}}';
    return api.fetch(url, { method: 'POST', body });
  }

  const updates = (element: unknown = chatKit.elements.at(-1)): number =>
    (element as { calls: unknown[][] }).calls.filter(([name]) => name === 'fetchUpdates').length;

  /** What is to be done a second later: the looks at the answer alone. */
  const waiting = new Map<number, () => void>();
  const setTimeout = window.setTimeout.bind(window);
  const clearTimeout = window.clearTimeout.bind(window);
  beforeEach(() => {
    waiting.clear();
    Object.assign(window, {
      setTimeout: (action: () => void, delay?: number, ...args: unknown[]): number => {
        if (delay !== 1000) return setTimeout(action, delay, ...args);
        const id = -1 - Math.random();
        waiting.set(id, action);
        return id;
      },
      clearTimeout: (id?: number): void => {
        if (id === undefined || !waiting.delete(id)) clearTimeout(id);
      },
    });
  });
  afterEach(() => Object.assign(window, { setTimeout, clearTimeout }));

  /** Lets a second pass. */
  function pass(): void {
    const due = [...waiting.values()];
    waiting.clear();
    for (const action of due) action();
  }

  const looksAgain = (): Promise<void> =>
    until(
      () => waiting.size === 1,
      () => 'nothing waits',
    );

  /** Until the end of the test. */
  function pretend(target: object, name: string, value: boolean): () => void {
    Object.defineProperty(target, name, { value, configurable: true });
    const restore = (): void => void Reflect.deleteProperty(target, name);
    undo.push(restore);
    return restore;
  }
  let undo: (() => void)[] = [];
  afterEach(() => {
    for (const restore of undo) restore();
    undo = [];
  });

  it('is loaded again while it runs, and not once it has ended', async () => {
    const chat = await open();
    await load(chat, running);
    pass();
    expect(updates()).to.equal(1);
    expect(waiting.size).to.equal(0);
    await load(chat, running);
    pass();
    expect(updates()).to.equal(2);
    await load(chat);
    expect(waiting.size).to.equal(0);
    expect(page.lines).to.deep.equal([]);
  });

  it('is loaded once for several loads at a time', async () => {
    const chat = await open();
    await Promise.all([load(chat, running), load(chat, running)]);
    pass();
    expect(updates()).to.equal(1);
  });

  for (const [name, target, property, value] of [
    ['hidden', document, 'hidden', true],
    ['offline', navigator, 'onLine', false],
  ] as const) {
    it(`waits while the page is ${name}`, async () => {
      const chat = await open();
      const restore = pretend(target, property, value);
      await load(chat, running);
      pass();
      pass();
      expect(updates()).to.equal(0);
      restore();
      pass();
      expect(updates()).to.equal(1);
    });
  }

  it('is loaded again after a failure, and given up after ten, which the page hears of', async () => {
    const chat = await open();
    const heard: unknown[] = [];
    chat.addEventListener('taskpilot-error', ({ detail }) => heard.push(detail.error.code));
    chatKit.failing = new Error('no connection');
    await load(chat, running);
    for (let count = 1; count <= 10; count++) {
      await looksAgain();
      pass();
      expect(updates()).to.equal(count);
    }
    await until(
      () => heard.length > 0,
      () => 'nothing was told',
    );
    expect(heard).to.deep.equal(['chatkit_error']);
    expect(waiting.size).to.equal(0);
    expect(page.lines).to.have.length(1);
    expect(chat.state).to.equal('ready');
  });

  it('is followed on after a failure that has passed', async () => {
    const chat = await open();
    chatKit.failing = new Error('no connection');
    await load(chat, running);
    pass();
    await looksAgain();
    chatKit.failing = null;
    pass();
    expect(updates()).to.equal(2);
    await load(chat, running);
    expect(waiting.size).to.equal(1);
    expect(page.lines).to.deep.equal([]);
  });

  it('is no longer followed when the element is removed, or starts anew', async () => {
    const chat = await open();
    const [element] = chatKit.elements;
    const { parentElement } = chat;
    await load(chat, running);
    chat.remove();
    expect(waiting.size).to.equal(0);
    parentElement?.append(chat);
    await inState(chat, 'ready');
    pass();
    expect(updates(element)).to.equal(0);
    expect(updates()).to.equal(0);
  });

  it('is not followed when ChatKit’s element is gone before the load has ended', async () => {
    const chat = await open();
    const { api } = chatKitOf(chat).options;
    if (!('url' in api) || !api.fetch) throw new Error('not self-hosted');
    const answer = defer<Response>();
    page.endpoint.next.push(answer.promise);
    const loading = api.fetch(url, { method: 'POST', body: '{}' });
    await until(
      () => page.endpoint.next.length === 0,
      () => 'nothing was sent',
    );
    chat.remove();
    answer.resolve(json({}, running));
    await loading;
    pass();
    for (const element of chatKit.elements) expect(updates(element)).to.equal(0);
  });
});
