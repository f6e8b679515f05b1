import { beforeEach, describe, expect, it } from 'vitest';
import { Deferred } from './async.js';
import { CustomStreamError, Interruption } from './errors.js';
import { MemoryStore } from './memory-store.js';
import { aborted, add, create, done, Harness, saying } from './test/harness.js';
import type { ThreadItem, ThreadStreamEvent } from './protocol/index.js';

const delta = (itemId: string, text: string): ThreadStreamEvent => ({
  type: 'thread.item.updated',
  item_id: itemId,
  update: { type: 'assistant_message.content_part.text_delta', content_index: 0, delta: text },
});

describe('An answer', () => {
  let harness: Harness;
  beforeEach(() => {
    harness = new Harness();
  });

  it('is stored before it is sent', async () => {
    const threadId = await harness.newThread();
    for await (const event of await harness.open(add(threadId, 'Again'))) {
      if (event.type !== 'thread.item.done') continue;
      const stored = await harness.store.loadItem(threadId, event.item.id, { user: 'alice' });
      expect(stored).toEqual(event.item);
    }
    expect(await harness.history(threadId)).toHaveLength(4);
  });

  it('never sends hidden items, in no kind of event', async () => {
    harness.responder.answer = async function* (thread, _message, context) {
      const { id, thread_id, created_at } = saying(thread, context, '');
      const base = { id, thread_id, created_at };
      const item: ThreadItem = { type: 'hidden_context_item', ...base, content: 'SECRET' };
      yield await Promise.resolve({ type: 'thread.item.added', item });
      yield done(item);
      yield { type: 'thread.item.replaced', item };
      yield done({ type: 'sdk_hidden_context', ...base, id: 'other', content: 'SECRET' });
    };
    const told = await harness.stream(create('Hello'));
    expect(JSON.stringify(told)).not.toContain('SECRET');
    const [threadId = ''] = await harness.threadIds();
    for (const type of ['threads.get_by_id', 'items.list']) {
      const body = await harness.json({ type, params: { thread_id: threadId } });
      expect(JSON.stringify(body)).not.toContain('SECRET');
    }
    expect(await harness.history(threadId)).toHaveLength(3);
  });

  it('A13: that breaks off keeps the text that was shown', async () => {
    harness.responder.answer = async function* (thread, _message, context) {
      const item = saying(thread, context, '');
      yield await Promise.resolve({ type: 'thread.item.added', item });
      yield delta(item.id, 'Half of ');
      throw new Error('The model is gone.');
    };
    const told = await harness.stream(create('Hello'));
    expect(told.at(-1)).toEqual({ type: 'error', code: 'stream.error', allow_retry: true });
    const [threadId = ''] = await harness.threadIds();
    expect(await harness.history(threadId)).toEqual(['user: Hello', 'assistant: Half of ']);
  });

  it('with an invalid event ends with an error, and the event is not stored', async () => {
    const wrong: unknown[] = [
      { type: 'thread.item.done', item: { type: 'assistant_message', content: 'no list' } },
      { type: 'thread.item.done', item: { type: 'poem' } },
      { type: 'no.such.event' },
      { type: 'notice', level: 'deadly', message: 'No.' },
      {
        type: 'thread.item.done',
        item: {
          ...{ type: 'end_of_turn', id: 'e', thread_id: 'another' },
          created_at: '2026-11-01T10:00:00.000Z',
        },
      },
    ];
    for (const event of wrong) {
      harness.responder.answer = async function* () {
        yield await Promise.resolve(event as ThreadStreamEvent);
      };
      const threadId = await harness.newThread();
      expect(await harness.history(threadId)).toEqual(['user: Hello']);
    }
    expect(harness.errors).toHaveLength(wrong.length);
  });

  it('A7: has what a responder leaves out, as in the reference', async () => {
    const left: [sent: Record<string, unknown>, filled: Record<string, unknown>][] = [
      [
        { type: 'assistant_message', content: [{ text: 'Hi' }] },
        {
          type: 'assistant_message',
          content: [{ type: 'output_text', text: 'Hi', annotations: [] }],
        },
      ],
      [
        { type: 'client_tool_call', call_id: 'c', name: 'open', arguments: {} },
        { type: 'client_tool_call', call_id: 'c', name: 'open', arguments: {}, status: 'pending' },
      ],
      [
        { type: 'structured_input', inputs: [{ type: 'freeform', id: 'q', question: 'Why?' }] },
        {
          type: 'structured_input',
          status: 'pending',
          inputs: [{ type: 'freeform', id: 'q', question: 'Why?' }],
        },
      ],
    ];
    const idOf = ({ type }: Record<string, unknown>) => `one-${String(type)}`;
    for (const [sent, filled] of left) {
      harness.responder.answer = async function* (thread, _message, context) {
        const base = { id: idOf(sent), thread_id: thread.id, created_at: context.now() };
        yield done({ ...base, ...sent } as unknown as ThreadItem);
        await Promise.resolve();
      };
      const events = await harness.stream(create('Hello'));
      expect(events.at(-1)).toMatchObject({ type: 'thread.item.done', item: filled });
      const [first] = events;
      const threadId = first?.type === 'thread.created' ? first.thread.id : '';
      const stored = await harness.store.loadItem(threadId, idOf(sent), harness);
      expect(stored).toMatchObject(filled);
    }
    harness.responder.answer = async function* () {
      yield { type: 'client_effect', name: 'blink' } as ThreadStreamEvent;
      yield { type: 'error', message: 'No.' } as ThreadStreamEvent;
      await Promise.resolve();
    };
    expect((await harness.stream(create('Hello'))).slice(-2)).toEqual([
      { type: 'client_effect', name: 'blink', data: {} },
      { type: 'error', code: 'custom', message: 'No.', allow_retry: false },
    ]);
    expect(harness.errors).toEqual([]);
  });

  it.each([
    [{ content: 'no list' }, 'Invalid item assistant_message: content must be array.'],
    [
      { content: [{ annotations: [{ type: 'annotation', source: { type: 'url', title: 'x' } }] }] },
      'content.0.annotations.0.source must have required properties url',
    ],
    [
      { type: 'workflow', workflow: { type: 'custom', tasks: [{ type: 'thought', title: 'x' }] } },
      'Invalid item workflow: workflow.tasks.0 must have required properties content.',
    ],
    [{ type: 'client_tool_call' }, 'it must have required properties call_id, name, arguments'],
    [{ type: undefined }, 'Invalid item: it has no type.'],
    [undefined, 'Invalid item: it has no type.'],
  ])('A7: names the field that is wrong: %j', async (wrong, message) => {
    harness.responder.answer = async function* (thread, _message, context) {
      const item = wrong && { ...saying(thread, context, 'Hi'), ...wrong };
      yield done(item as ThreadItem);
      await Promise.resolve();
    };
    const events = await harness.stream(create('Hello'));
    expect(events.at(-1)).toEqual({ type: 'error', code: 'stream.error', allow_retry: true });
    expect(harness.errors).toEqual([
      expect.objectContaining({ message: expect.stringContaining(message) as unknown }),
    ]);
  });

  it('that fails has no details for the client, except those of a CustomStreamError', async () => {
    harness.responder.answer = () => {
      throw new Error('Key sk-secret was refused.');
    };
    const failed = await harness.stream(create('Hello'));
    expect(failed.at(-1)).toEqual({ type: 'error', code: 'stream.error', allow_retry: true });
    expect(harness.errors).toEqual([new Error('Key sk-secret was refused.')]);
    harness.responder.answer = () => {
      throw new CustomStreamError('You have reached your limit.');
    };
    const told = await harness.stream(create('Hello'));
    expect(told.at(-1)).toMatchObject({ code: 'custom', message: 'You have reached your limit.' });
    expect(harness.errors).toHaveLength(1);
  });

  it('that cannot be stored is an error in the stream', async () => {
    class FullStore extends MemoryStore {
      override saveItem(...[threadId, item, context]: Parameters<MemoryStore['saveItem']>) {
        if (item.type === 'user_message') return super.saveItem(threadId, item, context);
        return Promise.reject(new Error('The disk is full.'));
      }
    }
    harness = new Harness(new FullStore());
    const told = await harness.stream(create('Hello'));
    expect(told.map(({ type }) => type)).toEqual([
      'thread.created',
      'thread.item.done',
      'stream_options',
      'error',
    ]);
    expect(harness.errors).toEqual([new Error('The disk is full.')]);
  });

  it('to a thread that is deleted meanwhile ends with an error', async () => {
    const threadId = await harness.newThread();
    const events = await harness.open(add(threadId, 'Again'));
    await events.next();
    await harness.json({ type: 'threads.delete', params: { thread_id: threadId } });
    const rest: ThreadStreamEvent[] = [];
    for await (const event of events) rest.push(event);
    expect(rest.at(-1)).toMatchObject({ type: 'error', code: 'stream.error' });
    expect(await harness.threadIds()).toEqual([]);
  });
});

describe('A stopped answer', () => {
  let harness: Harness;
  let stop: AbortController;
  beforeEach(() => {
    harness = new Harness();
    stop = new AbortController();
  });

  /** Sends a message, and stops the answer when the responder waits. */
  async function stopIn(answer: Harness['responder']['answer'], reason?: Error) {
    const threadId = await harness.newThread();
    const waiting = new Deferred();
    harness.responder.answer = async function* (thread, message, context) {
      if (answer) yield* answer(thread, message, context);
      waiting.resolve();
      await aborted(context.signal);
    };
    const reading = harness.stream(add(threadId, 'Go'), { signal: stop.signal });
    await waiting.promise;
    stop.abort(reason);
    return { threadId, told: await reading, history: await harness.history(threadId) };
  }

  it('stores its partial text, and a hidden note', async () => {
    const { history, told } = await stopIn(async function* (thread, _message, context) {
      const item = { ...saying(thread, context, ''), content: [] };
      yield await Promise.resolve({ type: 'thread.item.added', item });
      yield delta(item.id, 'Once upon ');
      yield delta(item.id, 'a time');
    });
    expect(history.slice(2)).toEqual([
      'user: Go',
      'assistant: Once upon a time',
      'sdk_hidden_context',
    ]);
    expect(told.at(-1)?.type).toBe('thread.item.updated');
    expect(harness.errors).toEqual([]);
  });

  it('stores no blank text', async () => {
    const { history } = await stopIn(async function* (thread, _message, context) {
      const item = saying(thread, context, ' \n');
      yield await Promise.resolve({ type: 'thread.item.added', item });
      yield { type: 'thread.item.added', item: { ...item, id: 'empty', content: [] } };
    });
    expect(history.slice(2)).toEqual(['user: Go', 'sdk_hidden_context']);
  });

  it('ends at once, even if the responder ignores the signal', async () => {
    const threadId = await harness.newThread();
    const waiting = new Deferred();
    const closed = new Deferred();
    harness.responder.answer = () => ({
      [Symbol.asyncIterator]: () => ({
        next: () => {
          waiting.resolve();
          return new Promise<never>(() => undefined);
        },
        return: () => {
          closed.resolve();
          return Promise.resolve({ done: true, value: undefined });
        },
      }),
    });
    harness.responder.respond = harness.responder.answer;
    const reading = harness.stream(add(threadId, 'Go'), { signal: stop.signal });
    await waiting.promise;
    stop.abort();
    await reading;
    await closed.promise;
    expect((await harness.history(threadId)).at(-1)).toBe('sdk_hidden_context');
  });

  it('leaves a note before its first event, too', async () => {
    const threadId = await harness.newThread();
    const events = await harness.open(add(threadId, 'Go'));
    await events.next();
    await events.return();
    expect((await harness.history(threadId)).slice(2)).toEqual(['user: Go', 'sdk_hidden_context']);
  });

  it('is cleaned up when it is no longer read', async () => {
    const threadId = await harness.newThread();
    const cleaned = new Deferred();
    harness.responder.answer = async function* (thread, _message, context) {
      try {
        yield await Promise.resolve(done(saying(thread, context, 'One')));
        yield done(saying(thread, context, 'Two'));
      } finally {
        cleaned.resolve();
      }
    };
    const events = await harness.open(add(threadId, 'Go'));
    for (let n = 0; n < 3; n += 1) await events.next();
    await events.return();
    await cleaned.promise;
    const history = await harness.history(threadId);
    expect(history.slice(2)).toEqual(['user: Go', 'assistant: One', 'sdk_hidden_context']);
  });

  it('tells the responder what was pending', async () => {
    const pending: ThreadItem[] = [];
    Object.assign(harness.responder, {
      cancelled: (_thread: unknown, items: ThreadItem[]) => {
        pending.push(...items);
        return Promise.resolve();
      },
    });
    await stopIn(async function* (thread, _message, context) {
      const { id, thread_id, created_at } = saying(thread, context, '');
      const item: ThreadItem = {
        ...{ type: 'workflow', id, thread_id, created_at },
        workflow: { type: 'custom', tasks: [] },
      };
      yield await Promise.resolve({ type: 'thread.item.added', item });
      const task = { type: 'thought', content: 'Hm.' } as const;
      const update = { type: 'workflow.task.added', task_index: 0, task } as const;
      yield { type: 'thread.item.updated', item_id: id, update };
    });
    expect(pending).toMatchObject([
      { type: 'workflow', workflow: { tasks: [{ type: 'thought', content: 'Hm.' }] } },
    ]);
  });

  it('of a deleted thread stores nothing, and is not an error', async () => {
    const threadId = await harness.newThread();
    const waiting = new Deferred();
    harness.responder.answer = async function* (_thread, _message, context) {
      waiting.resolve();
      await aborted(context.signal);
      yield* [];
    };
    const reading = harness.stream(add(threadId, 'Go'), { signal: stop.signal });
    await waiting.promise;
    await harness.store.deleteThread(threadId, { user: 'alice' });
    stop.abort();
    await reading;
    expect(harness.errors).toEqual([]);
  });

  it.each(['shutdown', 'deadline'] as const)(
    'by the server (%s) keeps its text without a note, and may be tried again',
    async (reason) => {
      const { told, history } = await stopIn(async function* (thread, _message, context) {
        const item = { ...saying(thread, context, ''), content: [] };
        yield await Promise.resolve({ type: 'thread.item.added', item });
        yield delta(item.id, 'Half');
      }, new Interruption(reason));
      expect(told.at(-1)).toEqual({ type: 'error', code: 'stream.error', allow_retry: true });
      expect(history.slice(2)).toEqual(['user: Go', 'assistant: Half']);
      expect(harness.errors).toEqual([]);
    },
  );
});

describe('Two tabs', () => {
  it('lose nothing when they write into one thread at once', async () => {
    const harness = new Harness();
    const threadId = await harness.newThread();
    const said = Array.from({ length: 20 }, (_, n) => `Message ${n}`);
    await Promise.all(said.map((text) => harness.stream(add(threadId, text))));
    const history = await harness.history(threadId);
    for (const text of said) expect(history).toContain(`user: ${text}`);
    expect(history).toHaveLength(2 + said.length * 2);
  });

  it('keep the changes that the other made to the thread', async () => {
    const harness = new Harness();
    const threadId = await harness.newThread();
    const go = new Deferred();
    harness.responder.answer = async function* (thread, _message, context) {
      yield done(saying(thread, context, 'One'));
      await go.promise;
      thread.metadata['turns'] = 1;
      yield done(saying(thread, context, 'Two'));
    };
    const events = await harness.open(add(threadId, 'Go'));
    for (let n = 0; n < 3; n += 1) await events.next();
    await harness.json({
      type: 'threads.update',
      params: { thread_id: threadId, title: 'Mine' },
    });
    go.resolve();
    const rest: ThreadStreamEvent[] = [];
    for await (const event of events) rest.push(event);
    const user = { user: 'alice' };
    expect(rest.at(-1)).toMatchObject({ type: 'thread.updated', thread: { title: 'Mine' } });
    expect(await harness.store.loadThread(threadId, user)).toMatchObject({
      title: 'Mine',
      metadata: { turns: 1 },
    });
  });

  it('keep a title that is set during the answer', async () => {
    class SlowStore extends MemoryStore {
      onSave: () => void = () => undefined;
      override async transaction<T>(...args: Parameters<MemoryStore['transaction']>): Promise<T> {
        const result = await super.transaction(...args);
        this.onSave();
        return result as T;
      }
    }
    const store = new SlowStore();
    const harness = new Harness(store);
    harness.responder.answer = async function* (thread, _message, context) {
      thread.metadata['turns'] = 1;
      // Made by another call to the model, which ends while the metadata is being stored.
      store.onSave = () => {
        thread.title = 'Found in time';
      };
      yield await Promise.resolve(done(saying(thread, context, 'One')));
      store.onSave = () => undefined;
    };
    const told = await harness.stream(create('Hello'));
    expect(told.at(-1)).toMatchObject({ thread: { title: 'Found in time' } });
    const [id = ''] = await harness.threadIds();
    expect(await harness.store.loadThread(id, { user: 'alice' })).toMatchObject({
      title: 'Found in time',
      metadata: { turns: 1 },
    });
  });

  it('answer a tool call and a question once', async () => {
    const harness = new Harness();
    harness.responder.answer = async function* (thread, _message, context) {
      const { id, thread_id, created_at } = saying(thread, context, '');
      const call = { type: 'client_tool_call', id, thread_id, created_at } as const;
      yield await Promise.resolve(
        done({ ...call, status: 'pending', call_id: 'c', name: 'where', arguments: {} }),
      );
    };
    const threadId = await harness.newThread();
    harness.responder.answer = null;
    const output = (result: string) =>
      harness.stream({
        type: 'threads.add_client_tool_output',
        params: { thread_id: threadId, result },
      });
    const results = await Promise.allSettled([output('Oslo'), output('Rome'), output('Paris')]);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(harness.responder.messages).toEqual(['Hello', null]);
  });
});
