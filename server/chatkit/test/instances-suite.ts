import { expect, it, vi } from 'vitest';
import { Deferred } from '../async.js';
import type { ChatKitServer } from '../server.js';
import type { Store } from '../store.js';
import type { AssistantMessageItem, ThreadStreamEvent } from '../protocol/index.js';
import { aborted, add, create, done, Harness, saying } from './harness.js';

/** Renewed each 100 ms; long enough for a machine that has much else to do. */
const leaseMs = 1500;

/** A store that fails from the moment that its process is killed. */
function mortal(store: Store) {
  let alive = true;
  const proxy = new Proxy(store, {
    get(target, name: keyof Store) {
      if (!alive) return () => Promise.reject(new Error('Killed.'));
      return (target[name] as (...args: unknown[]) => unknown).bind(target);
    },
  });
  return { store: proxy, kill: () => void (alive = false) };
}

async function readAll(events: AsyncIterable<ThreadStreamEvent>): Promise<ThreadStreamEvent[]> {
  const read: ThreadStreamEvent[] = [];
  for await (const event of events) read.push(event);
  return read;
}

/**
 * Tests of several servers on one store. Called within a `describe`.
 *
 * @param stores the store as two instances see it
 */
export function instanceTests(stores: () => readonly [Store, Store]): void {
  let users = 0;

  function instances() {
    const [store, otherStore] = stores();
    const harness = new Harness(store, { leaseMs });
    harness.user = `user ${Date.now()} ${users++}`;
    const other = harness.instance({ store: otherStore, leaseMs });
    return { harness, one: harness.server, other };
  }

  /** Makes answers that say a half, and the rest when the test lets them. */
  function inHalves({ responder }: Harness) {
    const [begun, rest] = [new Deferred(), new Deferred()];
    responder.answer = async function* (thread, _message, context) {
      yield done(saying(thread, context, 'First half'));
      begun.resolve();
      await Promise.race([rest.promise, aborted(context.signal)]);
      yield done(saying(thread, context, 'Second half'));
    };
    return { begun: begun.promise, goOn: () => rest.resolve() };
  }

  /** What a page that loads the thread gets: whether it is being answered, and its last text. */
  async function loaded(harness: Harness, server: ChatKitServer, type: string, more: object = {}) {
    const [threadId] = await harness.threadIds();
    const result = await server.process(
      { type, params: { thread_id: threadId, ...more } },
      { user: harness.user, signal: new AbortController().signal },
    );
    if (result.type !== 'json') throw new Error('That is a stream.');
    const { items, data = items?.data } = result.body as {
      items?: { data: AssistantMessageItem[] };
      data?: AssistantMessageItem[];
    };
    const text = data?.at(-1)?.content.map((part) => part.text);
    return [result.isAnswering ? 'running' : 'ended', text?.join('')];
  }

  const repeat = (harness: Harness, body: unknown, server: ChatKitServer, key = 'key') =>
    harness.stream(body, { idempotencyKey: key }, server);

  it('a repetition elsewhere waits for the end of the answer, and gets it', async () => {
    const { harness, one, other } = instances();
    const answer = inHalves(harness);
    const gone = new AbortController();
    const first = await harness.open(
      create('Hello'),
      { idempotencyKey: 'key', signal: gone.signal },
      one,
    );
    await answer.begun;
    gone.abort();
    expect(await readAll(first)).toEqual([]);
    const events = await harness.open(create('Hello'), { idempotencyKey: 'key' }, other);
    expect((await events.next()).value).toMatchObject({ type: 'thread.created' });
    answer.goOn();
    const told = await readAll(events);
    expect(told.map(({ type }) => type)).toEqual([
      'thread.item.done',
      'thread.item.done',
      'thread.item.done',
      'thread.updated',
    ]);
    expect(JSON.stringify(told)).toMatch(/Hello.*First half.*Second half/s);
    expect(harness.responder.messages).toEqual(['Hello']);
    const [threadId = ''] = await harness.threadIds();
    expect(await harness.history(threadId)).toEqual([
      'user: Hello',
      'assistant: First half',
      'assistant: Second half',
    ]);
  });

  it('the same request at both at once makes one thread and one answer', async () => {
    const { harness, one, other } = instances();
    const both = await Promise.all([one, other].map((s) => repeat(harness, create('Hello'), s)));
    for (const told of both) expect(JSON.stringify(told)).toMatch(/Hello.*Answer 1/s);
    expect(await harness.threadIds()).toHaveLength(1);
    expect(harness.responder.messages).toEqual(['Hello']);
  });

  it('the same answer to a question at both at once is taken once, and answered once', async () => {
    const { harness, one, other } = instances();
    const item = { id: '', thread_id: '' };
    harness.responder.answer = async function* (thread, _message, context) {
      const { id, thread_id, created_at } = saying(thread, context, '');
      Object.assign(item, { id, thread_id });
      const inputs = [{ type: 'freeform', id: 'why', question: 'Why?' } as const];
      const asked = { type: 'structured_input', id, thread_id, created_at, inputs } as const;
      yield await Promise.resolve(done({ ...asked, status: 'pending' }));
    };
    await harness.newThread();
    harness.responder.answer = null;
    const answers = { why: { values: ['Because'] } };
    const params = { thread_id: item.thread_id, item_id: item.id, input: { answers } };
    const body = { type: 'threads.add_structured_input', params };
    const both = await Promise.all([one, other].map((s) => repeat(harness, body, s)));
    for (const told of both) expect(JSON.stringify(told)).toContain('Answer 2');
    expect(harness.responder.messages).toEqual(['Hello', null]);
  });

  it('a stop reaches the instance that answers', async () => {
    const { harness, one, other } = instances();
    const threadId = await harness.newThread();
    const answer = inHalves(harness);
    const reading = repeat(harness, add(threadId, 'Go'), one);
    await answer.begun;
    await other.stop('another key', harness);
    await other.stop('key', { user: 'somebody else' });
    await other.stop('key', harness);
    await reading;
    expect(await harness.history(threadId)).toEqual([
      'user: Hello',
      'assistant: Answer 1',
      'user: Go',
      'assistant: First half',
      'sdk_hidden_context',
    ]);
  });

  it.each([
    ['with a key', { idempotencyKey: 'key' }, 'auto'],
    ['without a key', {}, 'auto'],
    ['without a key, which outlives its connection', {}, 'finish'],
  ] as const)(
    'a page of the other shows an answer while it is made, and then knows that it has ended: %s',
    async (_title, caller, onDisconnect) => {
      const { harness, other } = instances();
      const [store] = stores();
      const one = harness.instance({ store, leaseMs, onDisconnect });
      const threadId = await harness.newThread();
      const [begun, rest] = [new Deferred(), new Deferred()];
      harness.responder.answer = async function* (thread, _message, context) {
        const item = saying(thread, context, 'Half');
        yield { type: 'thread.item.added', item };
        begun.resolve();
        await rest.promise;
        yield done({ ...item, content: [{ type: 'output_text', text: 'Whole', annotations: [] }] });
      };
      const reading = harness.stream(add(threadId, 'Go'), caller, one);
      await begun.promise;
      for (const [type, more] of [
        ['threads.get_by_id', {}],
        ['items.list', { order: 'asc' }],
      ] as const) {
        await vi.waitFor(
          async () => expect(await loaded(harness, other, type, more)).toEqual(['running', 'Half']),
          { timeout: leaseMs },
        );
      }
      rest.resolve();
      await reading;
      expect(await loaded(harness, other, 'threads.get_by_id')).toEqual(['ended', 'Whole']);
      expect(harness.errors).toEqual([]);
    },
  );

  it('a page of the other does not show an answer as running when its instance has died', async () => {
    const { harness, other } = instances();
    const [store] = stores();
    const threadId = await harness.newThread();
    const process = mortal(store);
    const killed = harness.instance({ store: process.store, leaseMs });
    const answer = inHalves(harness);
    await harness.open(add(threadId, 'Go'), { idempotencyKey: 'key' }, killed);
    await answer.begun;
    expect(await loaded(harness, other, 'threads.get_by_id')).toEqual(['running', 'First half']);
    process.kill();
    await vi.waitFor(
      async () =>
        expect(await loaded(harness, other, 'threads.get_by_id')).toEqual(['ended', 'First half']),
      { timeout: 2 * leaseMs },
    );
  });

  it('one of the repetitions takes over the answer of a killed instance, without its partial items', async () => {
    const { harness, other } = instances();
    const threadId = await harness.newThread();
    const [store] = stores();
    const process = mortal(store);
    const killed = harness.instance({ store: process.store, leaseMs });
    const third = harness.instance({ leaseMs });
    const answer = inHalves(harness);
    await harness.open(add(threadId, 'Go'), { idempotencyKey: 'key' }, killed);
    await answer.begun;
    harness.responder.answer = null;
    process.kill();
    const both = [other, third].map((server) => repeat(harness, add(threadId, 'Go'), server));
    for (const told of await Promise.all(both)) {
      expect(told[0]).toMatchObject({ item: { type: 'user_message' } });
      expect(JSON.stringify(told)).toContain('Answer 3');
      expect(JSON.stringify(told)).not.toContain('half');
    }
    expect(harness.responder.messages).toEqual(['Hello', 'Go', 'Go']);
    expect(await harness.history(threadId)).toEqual([
      'user: Hello',
      'assistant: Answer 1',
      'user: Go',
      'assistant: Answer 3',
    ]);
  });

  it('what the visitor sent later is not removed for an answer that died', async () => {
    const { harness, other } = instances();
    const [store] = stores();
    const threadId = await harness.newThread();
    const process = mortal(store);
    const answer = inHalves(harness);
    await harness.open(
      add(threadId, 'Go'),
      { idempotencyKey: 'key' },
      harness.instance({ store: process.store, leaseMs }),
    );
    await answer.begun;
    harness.responder.answer = null;
    process.kill();
    await repeat(harness, add(threadId, 'Later'), other, 'later');
    const told = await repeat(harness, add(threadId, 'Go'), other);
    expect(JSON.stringify(told)).toMatch(/Go.*First half/s);
    expect(JSON.stringify(told)).not.toContain('Later');
    expect((await harness.history(threadId)).slice(2)).toEqual([
      'user: Go',
      'assistant: First half',
      'user: Later',
      'assistant: Answer 3',
    ]);
  });

  it('an answer whose lease another instance has taken ends, and stores nothing more', async () => {
    const { harness, other } = instances();
    const [store] = stores();
    const threadId = await harness.newThread();
    let connected = false;
    const suspended = harness.instance({
      leaseMs,
      store: new Proxy(store, {
        get(target, name: keyof Store) {
          if (name === 'renewLeases' && !connected) return () => Promise.reject(new Error('Away.'));
          return (target[name] as (...args: unknown[]) => unknown).bind(target);
        },
      }),
    });
    const answer = inHalves(harness);
    const reading = repeat(harness, add(threadId, 'Go'), suspended);
    await answer.begun;
    harness.responder.answer = null;
    await repeat(harness, add(threadId, 'Go'), other);
    connected = true;
    expect((await reading).at(-1)).toMatchObject({ type: 'error', allow_retry: true });
    expect((await harness.history(threadId)).slice(2)).toEqual(['user: Go', 'assistant: Answer 3']);
  });

  it('S10: what a shutdown interrupts keeps its text, and is answered by another instance at once', async () => {
    const { harness, one } = instances();
    const other = harness.instance({ leaseMs: 60_000 });
    const threadId = await harness.newThread();
    const answer = inHalves(harness);
    const reading = repeat(harness, add(threadId, 'Go'), one);
    await answer.begun;
    await one.close(0);
    expect((await reading).at(-1)).toMatchObject({ type: 'error', allow_retry: true });
    expect((await harness.history(threadId)).at(-1)).toBe('assistant: First half');
    harness.responder.answer = null;
    const told = await repeat(harness, add(threadId, 'Go'), other);
    expect(JSON.stringify(told)).toMatch(/Go.*Answer 3/s);
    expect((await harness.history(threadId)).at(-1)).toBe('assistant: Answer 3');
  });

  it('S10: a repetition that waits for another instance ends with the shutdown of its own', async () => {
    const { harness, one, other } = instances();
    const answer = inHalves(harness);
    const first = repeat(harness, create('Hello'), one);
    await answer.begun;
    const events = await harness.open(create('Hello'), { idempotencyKey: 'key' }, other);
    expect((await events.next()).value).toMatchObject({ type: 'thread.created' });
    const [told] = await Promise.all([readAll(events), other.close(0)]);
    expect(told.at(-1)).toEqual({ type: 'error', code: 'stream.error', allow_retry: true });
    answer.goOn();
    expect(JSON.stringify(await first)).toContain('Second half');
    expect(harness.responder.messages).toEqual(['Hello']);
    expect(harness.errors).toEqual([]);
  });

  it('a thread that is deleted takes its keys along, and ends its answer', async () => {
    const { harness, one, other } = instances();
    const threadId = await harness.newThread();
    const answer = inHalves(harness);
    const reading = repeat(harness, add(threadId, 'Go'), one);
    await answer.begun;
    await other.process(
      { type: 'threads.delete', params: { thread_id: threadId } },
      { user: harness.user, signal: new AbortController().signal },
    );
    expect((await reading).at(-1)).toMatchObject({ type: 'error' });
    await vi.waitFor(async () =>
      expect(await harness.store.loadRequest('key', harness)).toBeNull(),
    );
    await expect(repeat(harness, add(threadId, 'Go'), other)).rejects.toThrow('No thread');
  });
}
