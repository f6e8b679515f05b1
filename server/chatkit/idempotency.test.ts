import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Deferred } from './async.js';
import { Deliveries, maxDeliveries, repeatWindowMs } from './idempotency.js';
import { MemoryStore } from './memory-store.js';
import { add, aborted, create, done, Harness, saying } from './test/harness.js';
import type { ThreadStreamEvent } from './protocol/index.js';

/** How a client can lose an answer, and how it is seen here. */
const losses = [
  'before the stream began',
  'before anything of the answer',
  'a moment after',
] as const;

describe('A repeated POST', () => {
  let harness: Harness;
  beforeEach(() => {
    harness = new Harness();
  });

  /** Sends a request whose connection breaks; what it was to bring is stored by then. */
  async function lose(body: unknown, when: (typeof losses)[number]): Promise<void> {
    const connection = new AbortController();
    harness.responder.answer = async function* (thread, _message, context) {
      if (when === 'a moment after') yield done(saying(thread, context, 'Lost'));
      await aborted(context.signal);
    };
    const events = await harness.open(body, { signal: connection.signal });
    const last = { [losses[0]]: 'none', [losses[1]]: 'stream_options', [losses[2]]: 'Lost' }[when];
    if (last !== 'none') {
      for (let next = await events.next(); next.done !== true; next = await events.next()) {
        if (JSON.stringify(next.value).includes(last)) break;
      }
    }
    // The client takes what there is, and is gone before it can have read it.
    const pending = last === 'Lost' ? events.next() : null;
    await Promise.resolve();
    connection.abort();
    await pending;
    await events.return();
    harness.responder.answer = null;
  }

  it.each(losses)('adds no second message when the answer got lost %s', async (when) => {
    const threadId = await harness.newThread();
    const body = add(threadId, 'yes');
    await lose(body, when);
    await harness.stream(body);
    expect(await harness.history(threadId)).toEqual([
      'user: Hello',
      'assistant: Answer 1',
      'user: yes',
      expect.stringMatching(/^assistant: Answer/),
    ]);
  });

  it.each(losses)('makes no second thread when the answer got lost %s', async (when) => {
    await lose(create('Hello'), when);
    const [created, message] = await harness.stream(create('Hello'));
    const ids = await harness.threadIds();
    expect(ids).toHaveLength(1);
    expect(created).toMatchObject({ type: 'thread.created', thread: { id: ids[0] } });
    expect(message).toMatchObject({ type: 'thread.item.done', item: { type: 'user_message' } });
    expect(await harness.history(ids[0] ?? '')).toEqual([
      'user: Hello',
      expect.stringMatching(/^assistant: Answer/),
    ]);
  });

  it('is recognised five times in a row', async () => {
    const threadId = await harness.newThread();
    for (let n = 0; n < 5; n += 1) {
      await lose(add(threadId, 'yes'), losses[n % 3] ?? losses[0]);
      harness.now += 2 ** n * 1000;
    }
    await harness.stream(add(threadId, 'yes'));
    const said = await harness.history(threadId);
    expect(said.filter((line) => line === 'user: yes')).toHaveLength(1);
    expect(said.filter((line) => line.startsWith('assistant: '))).toHaveLength(2);
  });

  it('is recognised by another process, from the stored items', async () => {
    const threadId = await harness.newThread();
    await harness.open(add(threadId, 'yes'));
    // Killed here: nothing is known any more but the message.
    await harness.stream(add(threadId, 'yes'), {}, harness.restarted());
    expect(await harness.history(threadId)).toEqual([
      'user: Hello',
      'assistant: Answer 1',
      'user: yes',
      'assistant: Answer 2',
    ]);
    await harness.open(create('Another'));
    await harness.stream(create('Another'), {}, harness.restarted());
    expect(await harness.threadIds()).toHaveLength(2);
  });

  it('is recognised while the lost answer is still being stopped', async () => {
    const threadId = await harness.newThread();
    const connection = new AbortController();
    const begun = new Deferred();
    harness.responder.answer = async function* (_thread, _message, context) {
      begun.resolve();
      await aborted(context.signal);
      yield* [];
    };
    const reading = harness.stream(add(threadId, 'yes'), { signal: connection.signal });
    await begun.promise;
    harness.responder.answer = null;
    connection.abort();
    const repeated = harness.stream(add(threadId, 'yes'));
    await Promise.all([reading, repeated]);
    expect(await harness.history(threadId)).toEqual([
      'user: Hello',
      'assistant: Answer 1',
      'user: yes',
      'assistant: Answer 3',
    ]);
  });

  it('waits until the stopped answer has stored its partial text', async () => {
    const [saving, saved] = [new Deferred(), new Deferred()];
    class SlowStore extends MemoryStore {
      override async saveItem(...args: Parameters<MemoryStore['saveItem']>): Promise<void> {
        if (args[1].type === 'assistant_message' && JSON.stringify(args[1]).includes('Half')) {
          saving.resolve();
          await saved.promise;
        }
        await super.saveItem(...args);
      }
    }
    harness = new Harness(new SlowStore());
    const threadId = await harness.newThread();
    const connection = new AbortController();
    const begun = new Deferred();
    harness.responder.answer = async function* (thread, _message, context) {
      yield { type: 'thread.item.added', item: saying(thread, context, 'Half of it') };
      begun.resolve();
      await aborted(context.signal);
    };
    const reading = harness.stream(add(threadId, 'yes'), { signal: connection.signal });
    await begun.promise;
    harness.responder.answer = null;
    connection.abort();
    await saving.promise;
    const repeated = harness.stream(add(threadId, 'yes'));
    // All that the repeat could do without waiting is done after one turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve));
    expect(harness.responder.messages).toEqual(['Hello', 'yes']);
    saved.resolve();
    await Promise.all([reading, repeated]);
    expect(await harness.history(threadId)).toEqual([
      'user: Hello',
      'assistant: Answer 1',
      'user: yes',
      'assistant: Answer 3',
    ]);
  });

  it(
    'is recognised when the store has committed but failed to report it',
    { timeout: 3000 },
    async () => {
      class Unsure extends MemoryStore {
        silent = false;
        override async transaction<T>(...args: Parameters<MemoryStore['transaction']>): Promise<T> {
          const result = await super.transaction(...args);
          if (this.silent) throw new Error('The connection to the database broke.');
          return result as T;
        }
      }
      const store = new Unsure();
      harness = new Harness(store);
      const threadId = await harness.newThread();
      store.silent = true;
      await expect(harness.stream(add(threadId, 'yes'))).rejects.toThrow('database');
      store.silent = false;
      await harness.stream(add(threadId, 'yes'));
      expect(await harness.history(threadId)).toEqual([
        'user: Hello',
        'assistant: Answer 1',
        'user: yes',
        'assistant: Answer 2',
      ]);
    },
  );

  it('gets the answer that continued after the disconnect, instead of a second one', async () => {
    const threadId = await harness.newThread();
    const gone = new AbortController();
    const rest = new Deferred();
    harness.responder.answer = async function* (thread, _message, context) {
      thread.title = 'Made meanwhile';
      yield done(saying(thread, context, 'First half'));
      await rest.promise;
      yield done(saying(thread, context, 'Second half'));
    };
    const events = await harness.open(add(threadId, 'yes'), { disconnected: gone.signal });
    for (let n = 0; n < 4; n += 1) await events.next();
    const reading = readAll(events);
    // Half of it has been seen; but here a disconnect does not say that no more of it was wanted.
    harness.now += 5000;
    gone.abort();
    const repeated = harness.stream(add(threadId, 'yes'));
    rest.resolve();
    await reading;
    const told = await repeated;
    expect(harness.responder.messages).toEqual(['Hello', 'yes']);
    expect(told.map(({ type }) => type)).toEqual([
      'thread.item.done',
      'thread.item.done',
      'thread.item.done',
      'thread.updated',
    ]);
    expect(JSON.stringify(told)).toMatch(/yes.*First half.*Second half.*Made meanwhile/s);
    // It has been seen now, so that the same words again are a message of their own.
    await harness.stream(add(threadId, 'yes'));
    expect(harness.responder.messages).toEqual(['Hello', 'yes', 'yes']);
  });

  it('gets the same answer while the first connection seems to be open', async () => {
    const threadId = await harness.newThread();
    const [begun, go] = [new Deferred(), new Deferred()];
    harness.responder.answer = async function* (thread, _message, context) {
      begun.resolve();
      await go.promise;
      yield done(saying(thread, context, 'For both'));
    };
    const first = harness.stream(add(threadId, 'yes'));
    await begun.promise;
    const others = [1, 2].map(() => harness.stream(add(threadId, 'yes')));
    go.resolve();
    for (const told of [await first, ...(await Promise.all(others))]) {
      expect(JSON.stringify(told)).toMatch(/yes.*For both/s);
    }
    expect(harness.responder.messages).toEqual(['Hello', 'yes']);
    expect(await harness.history(threadId)).toEqual([
      'user: Hello',
      'assistant: Answer 1',
      'user: yes',
      'assistant: For both',
    ]);
  });

  it('gets a new answer when the first is stopped in the meantime', async () => {
    const threadId = await harness.newThread();
    const connection = new AbortController();
    const begun = new Deferred();
    harness.responder.answer = async function* (thread, _message, context) {
      yield { type: 'thread.item.added', item: saying(thread, context, 'Half of it') };
      begun.resolve();
      await aborted(context.signal);
    };
    const first = harness.stream(add(threadId, 'yes'), { signal: connection.signal });
    await begun.promise;
    harness.responder.answer = null;
    const events = await harness.open(add(threadId, 'yes'));
    await events.next();
    const next = events.next();
    connection.abort();
    await first;
    const told = [await next, ...(await readAll(events))];
    expect(JSON.stringify(told)).toContain('Answer 3');
    expect(await harness.history(threadId)).toEqual([
      'user: Hello',
      'assistant: Answer 1',
      'user: yes',
      'assistant: Answer 3',
    ]);
  });

  it('goes on after a tool output whose answer got lost', async () => {
    const body = await withToolCall(harness);
    await lose(body, 'before anything of the answer');
    const told = await harness.stream(body);
    expect(told.map(({ type }) => type)).toEqual(['stream_options', 'thread.item.done']);
    await expect(harness.stream(body)).rejects.toThrow('waits for no tool output');
  });

  it('goes on after structured input whose answer got lost', async () => {
    const body = await withQuestion(harness);
    await lose(body, 'before anything of the answer');
    const told = await harness.stream(body);
    expect(told.map(({ type }) => type)).toContain('thread.item.replaced');
    await expect(harness.stream(body)).rejects.toThrow('answered already');
  });
});

describe('The same words again', () => {
  let harness: Harness;
  beforeEach(() => {
    harness = new Harness();
  });
  const words = async (threadId: string) =>
    (await harness.history(threadId)).filter((line) => line === 'user: yes');

  it('are a second message when the first was answered', async () => {
    const threadId = await harness.newThread();
    for (let n = 0; n < 3; n += 1) await harness.stream(add(threadId, 'yes'));
    expect(await words(threadId)).toHaveLength(3);
    await harness.stream(create('Hello'));
    expect(await harness.threadIds()).toHaveLength(2);
  });

  it('are a second message when another process has answered the first', async () => {
    const threadId = await harness.newThread();
    await harness.stream(add(threadId, 'yes'));
    await harness.stream(add(threadId, 'yes'), {}, harness.restarted());
    await harness.stream(create('Hello'), {}, harness.restarted());
    expect(await words(threadId)).toHaveLength(2);
    expect(await harness.threadIds()).toHaveLength(2);
  });

  it('are a second message when the stream of the first was complete but empty', async () => {
    const threadId = await harness.newThread();
    harness.responder.answer = async function* () {
      yield* await Promise.resolve([]);
    };
    await harness.stream(add(threadId, 'yes'));
    await harness.stream(add(threadId, 'yes'));
    expect(await words(threadId)).toHaveLength(2);
  });

  it('are a second message when the first failed and the error was shown', async () => {
    const threadId = await harness.newThread();
    harness.responder.answer = () => {
      throw new Error('No model today.');
    };
    await harness.stream(add(threadId, 'yes'));
    await harness.stream(add(threadId, 'yes'));
    expect(await words(threadId)).toHaveLength(2);
  });

  it('are a second message when the visitor stopped the first answer', async () => {
    const threadId = await harness.newThread();
    const stop = new AbortController();
    harness.responder.answer = async function* (thread, _message, context) {
      yield done(saying(thread, context, 'A long story'));
      await aborted(context.signal);
    };
    const events = await harness.open(add(threadId, 'yes'), { signal: stop.signal });
    for (let n = 0; n < 3; n += 1) await events.next();
    const next = events.next();
    await Promise.resolve();
    harness.now += 1500;
    stop.abort();
    await next;
    harness.responder.answer = null;
    await harness.stream(add(threadId, 'yes'));
    expect(await words(threadId)).toHaveLength(2);
    expect(await harness.history(threadId)).toContain('assistant: A long story');
  });

  it('are a second thread while the first is being answered, in a second window', async () => {
    const [begun, go] = [new Deferred(), new Deferred()];
    harness.responder.answer = async function* (thread, _message, context) {
      begun.resolve();
      await go.promise;
      yield done(saying(thread, context, 'Late'));
    };
    const first = harness.stream(create('Start'));
    await begun.promise;
    const others = [1, 2].map(() => harness.stream(create('Start')));
    go.resolve();
    await Promise.all([first, ...others]);
    expect(await harness.threadIds()).toHaveLength(3);
  });

  it('are a second message after the repeat window', async () => {
    const threadId = await harness.newThread();
    await harness.open(add(threadId, 'yes'));
    harness.now += repeatWindowMs + 1;
    await harness.stream(add(threadId, 'yes'), {}, harness.restarted());
    expect(await words(threadId)).toHaveLength(2);
  });

  it('are a second message when anything in it differs', async () => {
    const threadId = await harness.newThread();
    await harness.open(add(threadId, 'yes'));
    const quoting = add(threadId, 'yes');
    Object.assign(quoting.params.input, { quoted_text: 'Shall I?' });
    await harness.stream(quoting, {}, harness.restarted());
    expect(await words(threadId)).toHaveLength(2);
  });
});

async function readAll(events: AsyncIterable<ThreadStreamEvent>): Promise<ThreadStreamEvent[]> {
  const read: ThreadStreamEvent[] = [];
  for await (const event of events) read.push(event);
  return read;
}

async function withToolCall(harness: Harness) {
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

async function withQuestion(harness: Harness) {
  let itemId = '';
  harness.responder.answer = async function* (thread, _message, context) {
    const { id, thread_id, created_at } = saying(thread, context, '');
    itemId = id;
    const inputs = [{ type: 'freeform', id: 'why', question: 'Why?' } as const];
    const item = { type: 'structured_input', id, thread_id, created_at } as const;
    yield await Promise.resolve(done({ ...item, status: 'pending', inputs }));
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

describe('Deliveries', () => {
  const signals = () => {
    const { signal } = new AbortController();
    return { signal, disconnected: signal };
  };

  it('remembers the end of a stream, and forgets it after the repeat window', () => {
    let now = 0;
    const deliveries = new Deliveries(() => now);
    const first = deliveries.open('first', signals());
    first.begin();
    first.end('complete');
    deliveries.open('second', signals());
    expect(deliveries.stateOf('first')).toEqual({ type: 'delivered' });
    now += repeatWindowMs + 1;
    deliveries.open('third', signals());
    expect(deliveries.stateOf('first')).toEqual({ type: 'unknown' });
    expect(deliveries.stateOf('second').type).toBe('open');
  });

  it('counts a stream as cut that is never read', async () => {
    vi.useFakeTimers();
    try {
      const deliveries = new Deliveries(() => 0);
      deliveries.open('item', signals());
      const state = deliveries.stateOf('item');
      const ended =
        state.type === 'open' && state.answer.type === 'kept' ? state.answer.ended : null;
      vi.advanceTimersByTime(10_000);
      expect(await ended).toBe('cut');
      expect(deliveries.stateOf('item')).toEqual({ type: 'lost', answer: { type: 'none' } });
    } finally {
      vi.useRealTimers();
    }
  });

  it('forgets the oldest when there are too many', () => {
    const deliveries = new Deliveries(() => 0);
    for (let n = 0; n <= maxDeliveries; n += 1) deliveries.open(`item ${n}`, signals()).begin();
    expect(deliveries.stateOf('item 0')).toEqual({ type: 'unknown' });
    expect(deliveries.stateOf('item 1').type).toBe('open');
    expect(deliveries.stateOf(`item ${maxDeliveries}`).type).toBe('open');
  });
});
