import { describe, expect, it } from 'vitest';
import { diffWidget, streamWidget } from './widgets.js';
import type {
  ThreadMetadata,
  ThreadStreamEvent,
  WidgetComponent,
  WidgetRoot,
} from './protocol/index.js';

const card = (children: WidgetComponent[], fields: object = {}): WidgetRoot => ({
  ...{ type: 'Card', children },
  ...fields,
});
const text = (value: string, fields: object = {}): WidgetComponent => ({
  ...{ type: 'Text', id: 't', value },
  ...fields,
});
const delta = (id: string, added: string, done: boolean) => ({
  ...{ type: 'widget.streaming_text.value_delta', component_id: id },
  ...{ delta: added, done },
});

describe('diffWidget', () => {
  it('makes deltas of appended text at any depth', () => {
    const state = (a: string, b: string) =>
      card([
        text(a, { streaming: true }),
        { type: 'Row', children: { type: 'Markdown', id: 'm', value: b } },
      ]);
    expect(diffWidget(state('Lo', ''), state('Load', '*So'))).toEqual([
      delta('t', 'ad', false),
      delta('m', '*So', true),
    ]);
  });

  it('makes no update when nothing has changed', () => {
    expect(diffWidget(card([text('A')]), card([text('A')]))).toEqual([]);
  });

  it.each([
    ['a text is another', card([text('A')]), card([text('B')])],
    ['a text is shorter', card([text('AB')]), card([text('A')])],
    ['a text ends to stream', card([text('A', { streaming: true })]), card([text('AB')])],
    [
      'a text that grows has no id',
      card([{ type: 'Text', value: 'A' }]),
      card([{ type: 'Text', value: 'AB' }]),
    ],
    [
      'what grows is no text',
      card([{ type: 'Badge', id: 'b', value: 'A' }]),
      card([{ type: 'Badge', id: 'b', value: 'AB' }]),
    ],
    ['a component is added', card([text('A')]), card([text('A'), text('B')])],
    ['a component is removed', card([text('A')]), card([])],
    ['a component is another', card([text('A')]), card([text('A', { type: 'Markdown' })])],
    ['an id is another', card([text('A')]), card([text('A', { id: 'u' })])],
    ['the root has changed', card([], { size: 'sm' }), card([], { size: 'lg' })],
    [
      'something deep inside has changed',
      card([], { confirm: { action: { type: 'a' } } }),
      card([], { confirm: { action: { type: 'b' } } }),
    ],
  ])('sends the whole widget when %s', (_what, before, after) => {
    expect(diffWidget(before, after)).toEqual([{ type: 'widget.root.updated', widget: after }]);
  });
});

describe('streamWidget', () => {
  const thread: ThreadMetadata = {
    ...{ id: 'thr', created_at: '2026-11-01T10:00:00.000Z', metadata: {} },
    status: { type: 'active' },
  };
  const context = { newId: () => 'msg', now: () => '2026-11-01T10:00:01.000Z' };
  const collect = async (events: AsyncIterable<ThreadStreamEvent>) => {
    const collected: ThreadStreamEvent[] = [];
    for await (const event of events) collected.push(event);
    return collected;
  };

  it('sends one that is finished as done', async () => {
    const widget = card([text('A')]);
    const told = await collect(streamWidget(thread, widget, { ...context, copyText: 'A' }));
    expect(told).toEqual([
      {
        type: 'thread.item.done',
        item: {
          ...{ type: 'widget', id: 'msg', thread_id: 'thr', widget, copy_text: 'A' },
          created_at: '2026-11-01T10:00:01.000Z',
        },
      },
    ]);
  });

  it('sends states as they come, also when it is one object that changes', async () => {
    async function* states() {
      const shown = text('', { streaming: true });
      for (const value of ['', 'Once', 'Once upon']) {
        shown['value'] = value;
        yield await Promise.resolve(card([shown]));
      }
    }
    const told = await collect(streamWidget(thread, states(), context));
    expect(told).toMatchObject([
      { type: 'thread.item.added', item: { id: 'msg' } },
      { type: 'thread.item.updated', item_id: 'msg', update: delta('t', 'Once', false) },
      { type: 'thread.item.updated', item_id: 'msg', update: delta('t', ' upon', false) },
      { type: 'thread.item.done', item: { widget: { children: [{ value: 'Once upon' }] } } },
    ]);
  });

  it('sends nothing when there is no state', async () => {
    async function* none(): AsyncGenerator<WidgetRoot> {
      yield* await Promise.resolve([]);
    }
    expect(await collect(streamWidget(thread, none(), context))).toEqual([]);
  });
});
