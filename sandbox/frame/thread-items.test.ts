import { describe, expect, it } from 'vitest';
import { added, assistant, delta, done, user } from './test/scripted.js';
import { applyEvent, isLocal, localId } from './thread-items.js';
import type { Item, ItemUpdate, StreamEvent } from './wire.js';

const created_at = '2025-11-24T10:00:00.000Z';

const after = (items: readonly Item[], ...events: readonly StreamEvent[]) =>
  events.reduce(applyEvent, items);

const update = (id: string, change: ItemUpdate): StreamEvent => ({
  type: 'thread.item.updated',
  item_id: id,
  update: change,
});

describe('The items of a thread', () => {
  it('grow with an answer', () => {
    const items = after(
      [user('u', 'hi')],
      added({ ...assistant('a', ''), content: [] }),
      update('a', {
        type: 'assistant_message.content_part.added',
        content_index: 0,
        content: { text: '', annotations: [] },
      }),
      delta('a', 'Hel'),
      delta('a', 'lo'),
    );
    expect(items).toEqual([user('u', 'hi'), assistant('a', 'Hello')]);
  });

  it('take words of a part that was never announced', () => {
    expect(after([{ ...assistant('a', ''), content: [] }], delta('a', 'Hi'))).toEqual([
      assistant('a', 'Hi'),
    ]);
  });

  it('take the stored message in the place of the one that was shown ahead', () => {
    const sent = user(localId(), 'hi');
    expect(isLocal(sent)).toBe(true);
    const items = after([user('u1', 'before'), sent], done(user('u2', 'hi')));
    expect(items.map(({ id }) => id)).toEqual(['u1', 'u2']);
    expect(items.some(isLocal)).toBe(false);
  });

  it('replace, remove, and add what was never announced', () => {
    const items = after(
      [assistant('a', 'x'), assistant('b', 'y')],
      { type: 'thread.item.replaced', item: assistant('a', 'z') },
      { type: 'thread.item.removed', item_id: 'b' },
      done(assistant('c', 'w')),
    );
    expect(items).toEqual([assistant('a', 'z'), assistant('c', 'w')]);
  });

  it('take sources, tasks, pictures and parts of widgets', () => {
    const source = { type: 'url', title: 'T', url: 'https://example.com' } as const;
    const task = { type: 'custom', title: 'Read' } as const;
    const items = after(
      [
        assistant('a', 'x'),
        { type: 'workflow', id: 'w', created_at, workflow: { type: 'custom', tasks: [] } },
        { type: 'generated_image', id: 'i', created_at },
        {
          type: 'widget',
          id: 'g',
          created_at,
          widget: {
            type: 'Card',
            children: { type: 'Col', children: [{ type: 'Text', id: 't' }] },
          },
        },
      ],
      update('a', {
        type: 'assistant_message.content_part.annotation_added',
        content_index: 0,
        annotation_index: 0,
        annotation: { type: 'annotation', source },
      }),
      update('w', { type: 'workflow.task.added', task_index: 0, task }),
      update('w', {
        type: 'workflow.task.updated',
        task_index: 0,
        task: { ...task, status_indicator: 'complete' },
      }),
      update('i', {
        type: 'generated_image.updated',
        image: { id: 'img', url: 'https://example.com/i.png' },
      }),
      update('g', {
        type: 'widget.streaming_text.value_delta',
        component_id: 't',
        delta: 'He',
        done: false,
      }),
      update('g', {
        type: 'widget.streaming_text.value_delta',
        component_id: 't',
        delta: 'y',
        done: true,
      }),
    );
    expect(items).toMatchObject([
      { content: [{ annotations: [{ source }] }] },
      { workflow: { tasks: [{ title: 'Read', status_indicator: 'complete' }] } },
      { image: { url: 'https://example.com/i.png' } },
      { widget: { children: [{ children: [{ value: 'Hey' }] }] } },
    ]);
  });

  it('stay as they are for updates that fit no item, or that nobody knows yet', () => {
    const items = [user('u', 'hi')];
    const unknown = { type: 'thread.item.updated', item_id: 'u', update: { type: 'x.y' } };
    expect(after(items, delta('u', 'x'), delta('other', 'x'), unknown as StreamEvent)).toEqual(
      items,
    );
    expect(after(items, { type: 'future' } as unknown as StreamEvent)).toBe(items);
  });

  it('never change in place', () => {
    const items = Object.freeze([Object.freeze(assistant('a', 'x'))]);
    expect(after(items, delta('a', 'y'))).not.toBe(items);
    expect(items[0]).toEqual(assistant('a', 'x'));
  });
});
