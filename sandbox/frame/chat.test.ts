import { describe, expect, it } from 'vitest';
import {
  assistant,
  created,
  defer,
  done,
  json,
  openStream,
  streamOf,
  thread,
  user,
} from './test/scripted.js';
import { answered, hello, setup } from './test/scripted-chat.js';
import { AccessError } from './transports.js';

describe('A stored thread', () => {
  const stored = (has_more: boolean) =>
    json({
      ...thread('thr_1', 'Plants'),
      items: { data: [user('msg_1', 'first'), { type: 'end_of_turn', id: 'e' }], has_more },
    });

  it('is loaded, and the page hears of it', async () => {
    const { chat, transport, items, emitted } = setup();
    transport.next(stored(false));
    const opening = chat.open('thr_1');
    expect(items()).toBe('loading');
    await opening;
    expect(items()).toEqual(['first']);
    expect(emitted()).toEqual([
      ['thread.change', { threadId: 'thr_1' }],
      ['thread.load.start', { threadId: 'thr_1' }],
      ['thread.load.end', { threadId: 'thr_1' }],
    ]);
  });

  it('begins with its newest items when it is long, and shows earlier ones when asked', async () => {
    const { chat, transport, items } = setup();
    transport.next(
      stored(true),
      json({
        data: [user('msg_4', 'four'), user('msg_3', 'three')],
        has_more: true,
        after: 'msg_3',
      }),
      json({ data: [user('msg_2', 'two'), user('msg_1', 'first')], has_more: false }),
    );
    await chat.open('thr_1');
    expect(items()).toEqual(['three', 'four']);
    await chat.loadEarlier();
    expect(transport.asked[2]).toEqual({
      type: 'items.list',
      params: { thread_id: 'thr_1', order: 'desc', after: 'msg_3' },
    });
    expect(items()).toEqual(['first', 'two', 'three', 'four']);
    await chat.loadEarlier();
    expect(transport.asked).toHaveLength(3);
  });

  it('that is gone leaves a new chat, and a word about it', async () => {
    const { chat, transport, items, emitted } = setup();
    transport.next(json({ message: 'No thread' }, 404));
    await chat.open('thr_1');
    expect(items()).toEqual([]);
    expect(chat.state.notices).toHaveLength(1);
    expect(emitted()).toContainEqual(['thread.change', { threadId: null }]);
  });

  it('that cannot be loaded can be tried again', async () => {
    const { chat, transport, items } = setup();
    transport.next(new TypeError('fetch failed'), stored(false));
    await chat.open('thr_1');
    expect(items()).toBe('failed');
    await chat.open('thr_1');
    expect(items()).toEqual(['first']);
  });

  it('does not come late over the one that was opened after it', async () => {
    const { chat, transport, items } = setup();
    const late = defer<Response>();
    transport.next(
      late.promise,
      json({ ...thread('thr_2'), items: { data: [], has_more: false } }),
    );
    const first = chat.open('thr_1');
    await chat.open('thr_2');
    late.resolve(stored(false));
    await first;
    expect(chat.threadId).toBe('thr_2');
    expect(items()).toEqual([]);
  });

  it('ends the answer of the one before', async () => {
    const { chat, transport, items, turn } = setup();
    const stream = openStream();
    transport.next(stream.response);
    await chat.send(hello);
    stream.send(created('thr_1'));
    await expect.poll(() => chat.threadId).toBe('thr_1');
    await chat.open(null);
    stream.send(done(assistant('msg_2', 'late')));
    expect(turn()).toBe('idle');
    expect(items()).toEqual([]);
  });
});

describe('Access', () => {
  it('that is refused shows, and is asked for again', async () => {
    const { chat, transport, emitted } = setup();
    transport.access = () => Promise.reject(new AccessError('no session'));
    await chat.connect();
    expect(chat.state.access).toBe('refused');
    expect(emitted()).toEqual([['error', { message: 'no session' }]]);
    await expect(chat.send(hello)).rejects.toThrow('could not connect');
    transport.access = () => Promise.resolve();
    transport.next(answered());
    await chat.send(hello);
    expect(chat.state.access).toBe('granted');
  });

  it('that comes later brings the thread with it', async () => {
    const { chat, transport, items } = setup();
    transport.access = () => Promise.reject(new AccessError('no session'));
    transport.next(new AccessError('no session'));
    await Promise.all([chat.connect(), chat.open('thr_1')]);
    expect(items()).toBe('failed');
    transport.access = () => Promise.resolve();
    transport.next(json({ ...thread('thr_1'), items: { data: [], has_more: false } }));
    await chat.reconnect();
    expect(items()).toEqual([]);
  });
});

describe('What else a visitor can do', () => {
  it('rates an answer, which is taken back when it fails', async () => {
    const { chat, transport, settled } = setup();
    transport.next(answered(), json({}), json({}, 500));
    await chat.send(hello);
    await settled();
    await chat.rate('msg_2', 'positive');
    expect(chat.state.ratings.get('msg_2')).toBe('positive');
    expect(transport.asked[1]).toEqual({
      type: 'items.feedback',
      params: { thread_id: 'thr_1', item_ids: ['msg_2'], kind: 'positive' },
    });
    await chat.rate('msg_2', 'negative');
    expect(chat.state.ratings.get('msg_2')).toBe('positive');
  });

  it('acts on widgets, with a stream or without', async () => {
    const { chat, transport, items, settled } = setup();
    const widget = { type: 'widget', id: 'wig_1', widget: { type: 'Card' } };
    transport.next(
      answered({ type: 'thread.item.done', item: widget }),
      streamOf(done(assistant('msg_5', 'Done'))),
      json({ updated_item: assistant('wig_1', 'Replaced') }),
      json({}),
    );
    await expect(chat.act({ type: 'go' })).rejects.toThrow('no thread');
    await chat.send(hello);
    await settled();
    await chat.act({ type: 'go' }, 'wig_1');
    await settled();
    expect(transport.asked[1]).toEqual({
      type: 'threads.custom_action',
      params: { thread_id: 'thr_1', item_id: 'wig_1', action: { type: 'go' } },
    });
    await chat.act({ type: 'sync' }, 'wig_1', { streaming: false });
    await chat.act({ type: 'sync' }, undefined, { streaming: false });
    expect(items()).toEqual(['hello', 'Hi', 'Replaced', 'Done']);
  });

  it('sees what changed elsewhere when the page says so', async () => {
    const { chat, transport, items, settled } = setup();
    const items2 = [user('msg_1', 'hello'), assistant('msg_2', 'Edited')];
    transport.next(
      answered(),
      json({ ...thread('thr_1', 'New title'), items: { data: items2, has_more: false } }),
    );
    await chat.send(hello);
    await settled();
    await chat.refresh();
    expect(items()).toEqual(['hello', 'Edited']);
  });
});
