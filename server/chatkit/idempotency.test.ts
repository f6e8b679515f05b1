import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Deferred } from './async.js';
import { MemoryStore } from './memory-store.js';
import type { ThreadStreamEvent } from './protocol/index.js';
import type { ChatKitServerOptions, ProcessContext } from './server.js';
import { aborted, add, create, done, Harness, saying } from './test/harness.js';
import { instanceTests } from './test/instances-suite.js';

describe('Two instances on a MemoryStore', () => {
  const store = new MemoryStore();
  instanceTests(() => [store, store]);
});

const key = 'a-key';
const keyed = { idempotencyKey: key };

async function readAll(events: AsyncIterable<ThreadStreamEvent>): Promise<ThreadStreamEvent[]> {
  const read: ThreadStreamEvent[] = [];
  for await (const event of events) read.push(event);
  return read;
}

/** A client that can disconnect. */
function client(caller: Partial<ProcessContext> = keyed) {
  const connection = new AbortController();
  return { ...caller, signal: connection.signal, disconnect: () => connection.abort() };
}

/** Makes answers that say a half, and the rest when the test lets them. */
function inHalves({ responder }: Harness) {
  const [begun, rest] = [new Deferred(), new Deferred()];
  responder.answer = async function* (thread, _message, context) {
    yield { type: 'thread.item.added', item: saying(thread, context, 'Partial') };
    yield done(saying(thread, context, 'First half'));
    begun.resolve();
    await Promise.race([rest.promise, aborted(context.signal)]);
    yield done(saying(thread, context, 'Second half'));
  };
  return { begun: begun.promise, goOn: () => rest.resolve() };
}

async function afterToolCall(harness: Harness) {
  harness.responder.answer = async function* (thread, _message, context) {
    const { id, thread_id, created_at } = saying(thread, context, '');
    yield await Promise.resolve(
      done({
        ...{ type: 'client_tool_call', id, thread_id, created_at, status: 'pending' },
        ...{ call_id: 'call', name: 'where', arguments: {} },
      }),
    );
  };
  const threadId = await harness.newThread();
  return {
    type: 'threads.add_client_tool_output',
    params: { thread_id: threadId, result: { place: 'Oslo' } },
  };
}

async function afterQuestion(harness: Harness) {
  let itemId = '';
  harness.responder.answer = async function* (thread, _message, context) {
    const { id, thread_id, created_at } = saying(thread, context, '');
    itemId = id;
    const inputs = [{ type: 'freeform', id: 'why', question: 'Why?' } as const];
    const item = { type: 'structured_input', id, thread_id, created_at } as const;
    yield await Promise.resolve(done({ ...item, status: 'pending', inputs }));
    yield done(saying(thread, context, 'Before the answers'));
  };
  const threadId = await harness.newThread();
  return {
    type: 'threads.add_structured_input',
    params: {
      ...{ thread_id: threadId, item_id: itemId },
      input: { answers: { why: { values: ['Because'] } } },
    },
  };
}

async function afterAnswer(harness: Harness) {
  const threadId = await harness.newThread();
  const page = { limit: 1, order: 'asc' } as const;
  const [message] = (await harness.store.loadItems(threadId, page, harness)).data;
  return {
    type: 'threads.retry_after_item',
    params: { thread_id: threadId, item_id: message?.id },
  };
}

const requests: Readonly<Record<string, (harness: Harness) => Promise<{ type: string }>>> = {
  'threads.create': () => Promise.resolve(create('Hello')),
  'threads.add_user_message': async (harness) => add(await harness.newThread(), 'Again'),
  'threads.add_client_tool_output': afterToolCall,
  'threads.add_structured_input': afterQuestion,
  'threads.retry_after_item': afterAnswer,
};

describe('A repeated request with its key', () => {
  let harness: Harness;
  beforeEach(() => {
    harness = new Harness();
  });

  async function everything(): Promise<readonly string[][]> {
    return Promise.all((await harness.threadIds()).map((id) => harness.history(id)));
  }

  it.each(Object.entries(requests))('%s stores and asks nothing twice', async (_, prepare) => {
    const body = await prepare(harness);
    harness.responder.answer = null;
    await harness.stream(body, keyed);
    const [asked, stored] = [[...harness.responder.messages], await everything()];
    for (let n = 0; n < 3; n += 1) {
      const told = await harness.stream(body, keyed);
      expect(JSON.stringify(told)).toContain(`Answer ${asked.length}`);
      expect(told.at(-1)).toMatchObject({ type: 'thread.updated' });
      expect(JSON.stringify(told)).not.toContain('Before the answers');
    }
    expect(harness.responder.messages).toEqual(asked);
    expect(await everything()).toEqual(stored);
    expect(harness.errors).toEqual([]);
  });

  it.each(Object.entries(requests))('%s joins the running answer', async (_, prepare) => {
    const body = await prepare(harness);
    const answer = inHalves(harness);
    const first = harness.stream(body, keyed);
    await answer.begun;
    const second = await harness.open(body, keyed);
    const soFar: ThreadStreamEvent[] = [];
    do soFar.push((await second.next()).value as ThreadStreamEvent);
    while (!JSON.stringify(soFar).includes('First half'));
    answer.goOn();
    expect([...soFar, ...(await readAll(second))]).toEqual(await first);
    expect(harness.errors).toEqual([]);
  });

  it('an action is carried out once', async () => {
    const threadId = await harness.newThread();
    let actions = 0;
    harness.responder.action = async function* (thread, _action, _sender, context) {
      actions += 1;
      yield await Promise.resolve(done(saying(thread, context, 'Carried out')));
    };
    const body = {
      type: 'threads.custom_action',
      params: { thread_id: threadId, action: { type: 'buy', payload: {} } },
    };
    for (let n = 0; n < 2; n += 1) {
      expect(JSON.stringify(await harness.stream(body, keyed))).toContain('Carried out');
    }
    expect(actions).toBe(1);
  });

  it('is refused with 422 when its body differs, and is another request for another user', async () => {
    await harness.stream(create('Hello'), keyed);
    await expect(harness.stream(create('Other'), keyed)).rejects.toMatchObject({
      status: 422,
      code: 'idempotency_key_reused',
    });
    await harness.stream(create('Other'), { ...keyed, user: 'bob' });
    expect(harness.responder.messages).toEqual(['Hello', 'Other']);
  });

  it('is not counted by admit', async () => {
    let admitted = 0;
    const caller = { ...keyed, admit: () => void (admitted += 1) };
    await harness.stream(create('Hello'), caller);
    await harness.stream(create('Hello'), caller);
    expect(admitted).toBe(1);
  });

  it('that was refused stores no key', async () => {
    const refused = { ...keyed, admit: () => Promise.reject(new Error('Too many.')) };
    await expect(harness.stream(create('Hello'), refused)).rejects.toThrow('Too many.');
    await expect(harness.stream(add('none', 'Hello'), keyed)).rejects.toThrow('No thread');
    await harness.stream(create('Hello'), keyed);
    expect(harness.responder.messages).toEqual(['Hello']);
  });

  it.each(['', 'x'.repeat(256), 'a b', 'ключ', 'a\nb'])(
    'S20: is refused when the key is %j, also when its answer is no stream',
    async (idempotencyKey) => {
      const refused = { status: 400 };
      for (const body of [create('Hello'), { type: 'threads.list', params: {} }]) {
        await expect(harness.open(body, { idempotencyKey })).rejects.toMatchObject(refused);
      }
      expect(await harness.threadIds()).toEqual([]);
    },
  );

  it.each(['!', '~'.repeat(255), '"8e03978e-40d5-43dd-bc93-6894a57f9324"'])(
    'is recognised when the key is %j',
    async (idempotencyKey) => {
      for (let n = 0; n < 2; n += 1) await harness.stream(create('Hello'), { idempotencyKey });
      expect(harness.responder.messages).toEqual(['Hello']);
    },
  );

  it('gets the error of the answer, too, instead of a second attempt', async () => {
    harness.responder.answer = async function* (thread, _message, context) {
      yield await Promise.resolve(done(saying(thread, context, 'Then it failed')));
      throw new Error('No model today.');
    };
    const first = await harness.stream(create('Hello'), keyed);
    const again = await harness.stream(create('Hello'), keyed);
    const error = { type: 'error', code: 'stream.error', allow_retry: true };
    for (const told of [first, again]) {
      expect(JSON.stringify(told)).toContain('Then it failed');
      expect(told.at(-1)).toEqual(error);
    }
    expect(harness.responder.messages).toEqual(['Hello']);
  });

  it('is recognised when the store has committed but failed to report it', async () => {
    class Unsure extends MemoryStore {
      silent = false;
      override async transaction<T>(...args: Parameters<MemoryStore['transaction']>): Promise<T> {
        const result = await super.transaction(...args);
        if (this.silent) throw new Error('The connection to the database broke.');
        return result as T;
      }
    }
    const store = new Unsure();
    harness = new Harness(store, { leaseMs: 50 });
    const threadId = await harness.newThread();
    store.silent = true;
    await expect(harness.stream(add(threadId, 'Go'), keyed)).rejects.toThrow('database');
    store.silent = false;
    await harness.stream(add(threadId, 'Go'), keyed);
    expect(await harness.history(threadId)).toEqual([
      'user: Hello',
      'assistant: Answer 1',
      'user: Go',
      'assistant: Answer 2',
    ]);
  });
});

describe('Without a key', () => {
  it.each(['auto', 'stop'] as const)(
    'a disconnect stops the answer, and the same text again is a message (%s)',
    async (onDisconnect) => {
      const harness = new Harness(new MemoryStore(), { onDisconnect });
      const threadId = await harness.newThread();
      const visitor = client({});
      const answer = inHalves(harness);
      const reading = harness.stream(add(threadId, 'Go'), visitor);
      await answer.begun;
      visitor.disconnect();
      await reading;
      harness.responder.answer = null;
      await harness.stream(add(threadId, 'Go'));
      expect(await harness.history(threadId)).toEqual([
        'user: Hello',
        'assistant: Answer 1',
        'user: Go',
        'assistant: First half',
        'assistant: Partial',
        'sdk_hidden_context',
        'user: Go',
        'assistant: Answer 3',
      ]);
    },
  );
});

describe('The answer to a request with a key', () => {
  const start = async (options: Partial<ChatKitServerOptions> = {}) => {
    const harness = new Harness(new MemoryStore(), options);
    const threadId = await harness.newThread();
    const visitor = client();
    const answer = inHalves(harness);
    const events = await harness.open(add(threadId, 'Go'), visitor);
    await answer.begun;
    return { harness, threadId, visitor, answer, events };
  };
  const stopped = ['assistant: First half', 'assistant: Partial', 'sdk_hidden_context'];

  it.each(['auto', 'finish'] as const)('goes on when nobody reads it (%s)', async (mode) => {
    const { harness, threadId, visitor, answer, events } = await start({ onDisconnect: mode });
    visitor.disconnect();
    expect(await readAll(events)).toEqual([]);
    answer.goOn();
    await harness.server.close(60_000);
    expect((await harness.history(threadId)).at(-1)).toBe('assistant: Second half');
    const told = await harness.stream(add(threadId, 'Go'), keyed, harness.instance());
    expect(JSON.stringify(told)).toMatch(/Go.*First half.*Second half/s);
    expect(harness.responder.messages).toEqual(['Hello', 'Go']);
  });

  it('ends with its last reader where ON_DISCONNECT is stop', async () => {
    const { harness, threadId, visitor, events } = await start({ onDisconnect: 'stop' });
    const second = client();
    const reading = harness.stream(add(threadId, 'Go'), second);
    const third = await harness.open(add(threadId, 'Go'), second);
    visitor.disconnect();
    await readAll(events);
    expect((await third.next()).done).toBe(false);
    expect((await harness.store.loadRequest(key, harness))?.state).toBe('running');
    second.disconnect();
    await reading;
    await harness.server.close(60_000);
    expect((await harness.history(threadId)).slice(3)).toEqual(stopped);
  });

  it('stops when its user asks for it, and nobody else', async () => {
    const { harness, threadId, events } = await start();
    await harness.server.stop(key, { user: 'bob' });
    await harness.server.stop('another', harness);
    expect((await harness.store.loadRequest(key, harness))?.state).toBe('running');
    await harness.server.stop(key, harness);
    await readAll(events);
    expect((await harness.history(threadId)).slice(3)).toEqual(stopped);
    await harness.server.stop(key, harness);
    const told = await harness.stream(add(threadId, 'Go'), keyed);
    expect(JSON.stringify(told)).toMatch(/Go.*First half.*Partial/s);
  });

  it('has its deadline, also when its visitor is gone', async () => {
    const { harness, threadId, visitor } = await start({ deadlineMs: 50 });
    visitor.disconnect();
    await harness.server.close(60_000);
    expect((await harness.history(threadId)).slice(3)).toEqual(stopped.slice(0, 2));
    const told = await harness.stream(add(threadId, 'Go'), keyed, harness.instance());
    expect(JSON.stringify(told)).toMatch(/Go.*First half.*Partial.*allow_retry":true/s);
  });

  it('waits for a reader that is behind, but for no other, and buffers a limited amount', async () => {
    const harness = new Harness(new MemoryStore(), { maxBufferedBytes: 10_000 });
    const threadId = await harness.newThread();
    let made = 0;
    const rest = new Deferred();
    harness.responder.answer = async function* (thread, _message, context) {
      for (; made < 1000; made += 1) {
        yield await Promise.resolve<ThreadStreamEvent>({
          type: 'progress_update',
          text: 'x'.repeat(1000),
        });
      }
      await rest.promise;
      yield done(saying(thread, context, 'At last'));
    };
    const visitor = client();
    const events = await harness.open(add(threadId, 'Go'), visitor);
    for (let n = 0; n < 100; n += 1) await events.next();
    // Whatever could be made without a reader is made after a turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve));
    expect(made).toBeGreaterThan(100);
    expect(made).toBeLessThan(120);
    const late = harness.stream(add(threadId, 'Go'), keyed);
    visitor.disconnect();
    rest.resolve();
    // Too late for all events: it gets what is stored.
    expect((await late).map(({ type }) => type)).toEqual([
      'thread.item.done',
      'thread.item.done',
      'thread.updated',
    ]);
    expect(made).toBe(1000);
  });

  it('ends at its deadline, also when a reader does not read', async () => {
    const options = { maxBufferedBytes: 1000, deadlineMs: 50 };
    const harness = new Harness(new MemoryStore(), options);
    const threadId = await harness.newThread();
    harness.responder.answer = async function* () {
      for (;;) yield await Promise.resolve({ type: 'progress_update', text: 'x'.repeat(1000) });
    };
    const events = await harness.open(add(threadId, 'Go'), keyed);
    await harness.server.close(60_000);
    expect((await readAll(events)).at(-1)).toMatchObject({ type: 'error', allow_retry: true });
  });

  it('is refused as overloaded when there are too many, and nothing is stored', async () => {
    const { harness, threadId, answer, visitor } = await start({ maxAnswers: 1 });
    visitor.disconnect();
    for (const caller of [{}, { idempotencyKey: 'other' }]) {
      await expect(harness.stream(create('More'), caller)).rejects.toMatchObject({
        status: 503,
        code: 'overloaded',
      });
    }
    expect(await harness.threadIds()).toEqual([threadId]);
    answer.goOn();
    await vi.waitFor(() => harness.stream(create('More')));
  });
});
