import { describe, expect, it } from 'vitest';
import {
  added,
  assistant,
  created,
  delta,
  done,
  json,
  openStream,
  streamOf,
  user,
} from './test/scripted.js';
import { answered, hello, setup } from './test/scripted-chat.js';
import { toMessageInput } from './composer.js';

describe('A message', () => {
  it('creates a thread, and its answer is shown', async () => {
    const { chat, transport, emitted, items, settled } = setup();
    transport.next(answered());
    await chat.send(hello);
    expect(items()).toEqual(['hello']);
    await settled();
    expect(items()).toEqual(['hello', 'Hi']);
    expect(transport.asked).toEqual([{ type: 'threads.create', params: { input: hello } }]);
    expect(emitted()).toEqual([
      ['response.start', undefined],
      ['thread.change', { threadId: 'thr_1' }],
      ['response.end', undefined],
    ]);
  });

  it('goes to the thread that is open', async () => {
    const { chat, transport, settled } = setup();
    transport.next(answered(), streamOf(done(user('msg_3', 'more'))));
    await chat.send(hello);
    await settled();
    await chat.send(toMessageInput({ text: 'more' }));
    expect(transport.asked[1]).toMatchObject({
      type: 'threads.add_user_message',
      params: { thread_id: 'thr_1' },
    });
  });

  it('goes to a new thread when the page wants one', async () => {
    const { chat, transport, items, settled } = setup();
    transport.next(answered(), streamOf(created('thr_2'), done(user('msg_9', 'again'))));
    await chat.send(hello);
    await settled();
    await chat.send(toMessageInput({ text: 'again' }), { newThread: true });
    await settled();
    expect(items()).toEqual(['again']);
    expect(chat.threadId).toBe('thr_2');
  });

  it('waits for the answer that is under way', async () => {
    const { chat, transport, turn, settled } = setup();
    const first = openStream();
    transport.next(first.response, streamOf(done(user('msg_3', 'two'))));
    await chat.send(hello);
    const second = chat.send(toMessageInput({ text: 'two' }));
    first.send(created('thr_1'), done(user('msg_1', 'hello')));
    await expect.poll(() => chat.threadId).toBe('thr_1');
    expect(transport.asked).toHaveLength(1);
    expect(turn()).toBe('answering');
    first.end();
    await second;
    await settled();
    expect(transport.asked).toHaveLength(2);
  });

  it('shows what the assistant is doing, and grows word by word', async () => {
    const { chat, transport, items, settled } = setup();
    const stream = openStream();
    transport.next(stream.response);
    await chat.send(hello);
    stream.send(
      created('thr_1'),
      { type: 'stream_options', stream_options: { allow_cancel: false } },
      { type: 'progress_update', text: 'Looking' },
    );
    await expect
      .poll(() => chat.state.turn)
      .toMatchObject({ kind: 'answering', progress: 'Looking', isStoppable: false });
    stream.send(added({ ...assistant('msg_2', ''), content: [] }), delta('msg_2', 'H'));
    await expect.poll(() => items()).toEqual(['hello', 'H']);
    expect(chat.state.turn).toMatchObject({ progress: null, streaming: new Set(['msg_2']) });
    stream.send(done(assistant('msg_2', 'Hi')));
    stream.end();
    await settled();
    expect(chat.state.finished.has('msg_2')).toBe(true);
  });

  it('brings notices to the visitor and effects to the page', async () => {
    const { chat, transport, emitted, settled } = setup();
    transport.next(
      answered(
        { type: 'notice', level: 'info', message: 'Two left', title: 'Note' },
        { type: 'client_effect', name: 'confetti', data: { n: 1 } },
      ),
    );
    await chat.send(hello);
    await settled();
    expect(chat.state.notices).toEqual([{ level: 'info', message: 'Two left', title: 'Note' }]);
    expect(emitted()).toContainEqual(['effect', { name: 'confetti', data: { n: 1 } }]);
  });
});

describe('A failure', () => {
  it('in the stream is one sentence, and the answer is made again', async () => {
    const { chat, transport, items, turn, settled, emitted } = setup();
    transport.next(
      streamOf(created('thr_1'), done(user('msg_1', 'hello')), added(assistant('msg_2', 'Ha')), {
        type: 'error',
        code: 'stream.error',
        allow_retry: true,
      }),
      streamOf(done(assistant('msg_3', 'Hi'))),
    );
    await chat.send(hello);
    await settled();
    expect(chat.state.turn).toEqual({
      kind: 'failed',
      message: 'Something went wrong with this answer.',
      canRetry: true,
    });
    expect(emitted()).toContainEqual(['error', { message: 'The answer failed.' }]);
    chat.retry();
    expect(items()).toEqual(['hello']);
    await settled();
    expect(turn()).toBe('idle');
    expect(items()).toEqual(['hello', 'Hi']);
    expect(transport.asked[1]).toEqual({
      type: 'threads.retry_after_item',
      params: { thread_id: 'thr_1', item_id: 'msg_1' },
    });
  });

  it('of the connection in the middle is the same', async () => {
    const { chat, transport, turn, items, settled } = setup();
    const stream = openStream();
    transport.next(stream.response, streamOf(done(assistant('msg_3', 'Hi'))));
    await chat.send(hello);
    stream.send(created('thr_1'), done(user('msg_1', 'hello')), added(assistant('msg_2', 'Ha')));
    await expect.poll(() => items()).toEqual(['hello', 'Ha']);
    stream.cut();
    await settled();
    expect(turn()).toBe('failed');
    expect(items()).toEqual(['hello', 'Ha']);
    chat.retry();
    await settled();
    expect(items()).toEqual(['hello', 'Hi']);
  });

  it('before the message was stored has it sent again', async () => {
    const { chat, transport, turn, items, settled } = setup();
    transport.next(json({ message: 'Too many requests.' }, 429), answered());
    await chat.send(hello);
    await settled();
    expect(chat.state.turn).toEqual({
      kind: 'failed',
      message: 'Too many requests.',
      canRetry: true,
    });
    chat.retry();
    await settled();
    expect(turn()).toBe('idle');
    expect(items()).toEqual(['hello', 'Hi']);
    expect(transport.asked[1]).toEqual(transport.asked[0]);
  });

  it('for good has no retry', async () => {
    const { chat, transport, settled } = setup();
    transport.next(json({ message: 'Not yours.' }, 403));
    await chat.send(hello);
    await settled();
    expect(chat.state.turn).toEqual({ kind: 'failed', message: 'Not yours.', canRetry: false });
  });
});

describe('Stopping', () => {
  it('keeps what has been said, and more can be asked', async () => {
    const { chat, transport, items, turn, emitted, settled } = setup();
    const stream = openStream();
    transport.next(stream.response, streamOf(done(user('msg_3', 'more'))));
    await chat.send(hello);
    stream.send(created('thr_1'), done(user('msg_1', 'hello')), added(assistant('msg_2', 'Ha')));
    await expect.poll(() => items()).toEqual(['hello', 'Ha']);
    chat.stop();
    expect(turn()).toBe('stopped');
    stream.send(delta('msg_2', 'lt'));
    await expect.poll(() => emitted().at(-1)?.[0]).toBe('response.end');
    expect(items()).toEqual(['hello', 'Ha']);
    await chat.send(toMessageInput({ text: 'more' }));
    await settled();
    expect(items()).toEqual(['hello', 'Ha', 'more']);
  });

  it('before anything has come leaves a message that can be sent again', async () => {
    const { chat, transport, items, settled } = setup();
    transport.next(new Promise<Response>(() => undefined), answered());
    await chat.send(hello);
    chat.stop();
    chat.retry();
    await settled();
    expect(items()).toEqual(['hello', 'Hi']);
    expect(transport.asked.map(({ type }) => type)).toEqual(['threads.create', 'threads.create']);
  });
});

describe('A tool of the page', () => {
  const call = {
    type: 'client_tool_call',
    id: 'tc_1',
    created_at: '2025-11-24T10:00:00.000Z',
    status: 'pending',
    call_id: 'call_1',
    name: 'get_time',
    arguments: { zone: 'UTC' },
  };
  const calling = () =>
    streamOf(created('thr_1'), done(user('msg_1', 'hello')), {
      type: 'thread.item.done',
      item: call,
    });

  it('is called, and its result goes to the server', async () => {
    const calls: unknown[] = [];
    const { chat, transport, items, settled, emitted } = setup((called) => {
      calls.push(called);
      return Promise.resolve({ time: 'noon' });
    });
    transport.next(calling(), streamOf(done(assistant('msg_2', 'Noon'))));
    await chat.send(hello);
    await settled();
    expect(calls).toEqual([{ name: 'get_time', params: { zone: 'UTC' } }]);
    expect(transport.asked[1]).toEqual({
      type: 'threads.add_client_tool_output',
      params: { thread_id: 'thr_1', result: { time: 'noon' } },
    });
    expect(items()).toEqual(['hello', 'client_tool_call', 'Noon']);
    expect(emitted().filter(([name]) => name === 'response.start')).toHaveLength(1);
  });

  it('that fails is a failure of the answer', async () => {
    const { chat, transport, turn, settled, emitted } = setup(() =>
      Promise.reject(new Error('no clock')),
    );
    transport.next(calling());
    await chat.send(hello);
    await settled();
    expect(turn()).toBe('failed');
    expect(emitted()).toContainEqual(['error', { message: 'no clock' }]);
  });
});
