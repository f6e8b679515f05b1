import { expect, it } from 'vitest';
import { NotFoundError, type ThreadItem } from '../../chatkit/index.js';
import { aMessage, allItems, storedThread, textOf, textsOf } from './samples.js';
import type { Stores } from './store-suite.js';
import { difficultTexts } from './texts.js';

const all = { limit: 1000, order: 'asc' } as const;

export function itemTests(stores: () => Stores): void {
  it('returns items unchanged, hidden ones too', async () => {
    const [store] = stores();
    const { threadId, context } = await storedThread(store);
    const base = { thread_id: threadId, created_at: '2026-11-30T12:00:00Z' };
    const items: ThreadItem[] = [
      aMessage(threadId),
      { type: 'hidden_context_item', ...base, id: 'a', content: { z: [null, 1], a: false } },
      {
        type: 'client_tool_call',
        ...base,
        id: 'b',
        status: 'completed',
        call_id: 'c1',
        name: 'add',
        arguments: { y: 1, x: [2] },
        output: null,
      },
      { type: 'sdk_hidden_context', ...base, id: 'c', content: '' },
    ];
    for (const item of items) await store.saveItem(threadId, item, context);
    const { data } = await store.loadItems(threadId, all, context);
    expect(data).toEqual(items);
    expect(JSON.stringify(data)).toBe(JSON.stringify(items));
    expect(await store.loadItem(threadId, 'b', context)).toEqual(items[2]);
  });

  it.each(Object.entries(difficultTexts))('keeps %s', async (_, text) => {
    const [store] = stores();
    const { threadId, context } = await storedThread(store);
    const item = aMessage(threadId, text);
    await store.saveItem(threadId, item, context);
    expect(await store.loadItem(threadId, item.id, context)).toEqual(item);
  });

  it('copies its arguments, and returns copies', async () => {
    const [store] = stores();
    const { threadId, context } = await storedThread(store);
    const item = aMessage(threadId, 'Before');
    await store.saveItem(threadId, item, context);
    item.content.length = 0;
    const loaded = await store.loadItem(threadId, item.id, context);
    expect(textOf(loaded)).toBe('Before');
    loaded.created_at = 'never';
    expect(await store.loadItem(threadId, item.id, context)).not.toEqual(loaded);
  });

  it('keeps the order in which items were first saved, whatever the clock says', async () => {
    const [store] = stores();
    const { threadId, context } = await storedThread(store);
    for (const [index, hour] of [12, 11, 11, 13].entries()) {
      const item = aMessage(threadId, String(index));
      await store.saveItem(threadId, { ...item, created_at: `2026-11-30T${hour}:00Z` }, context);
    }
    expect(textsOf(await store.loadItems(threadId, all, context))).toEqual(['0', '1', '2', '3']);
  });

  it('replaces an item in its place', async () => {
    const [store] = stores();
    const { threadId, context } = await storedThread(store);
    const items = ['0', '1', '2'].map((text) => aMessage(threadId, text));
    for (const item of items) await store.saveItem(threadId, item, context);
    await store.saveItem(threadId, aMessage(threadId, 'new', items[1]?.id), context);
    expect(textsOf(await store.loadItems(threadId, all, context))).toEqual(['0', 'new', '2']);
    await store.saveItem(threadId, aMessage(threadId, '3'), context);
    const page = await store.loadItems(threadId, { limit: 9, order: 'desc' }, context);
    expect(textsOf(page)).toEqual(['3', '2', 'new', '0']);
  });

  it.each(['asc', 'desc'] as const)('pages through items, %s', async (order) => {
    const [store] = stores();
    const { threadId, context } = await storedThread(store);
    const ids = ['m0', 'm1', 'm2', 'm3', 'm4'];
    for (const id of ids) await store.saveItem(threadId, aMessage(threadId, id, id), context);
    if (order === 'desc') ids.reverse();
    const load = (limit: number, after?: string) =>
      store.loadItems(threadId, { limit, order, after }, context);

    const first = await load(2);
    expect(textsOf(first)).toEqual(ids.slice(0, 2));
    expect(first).toMatchObject({ has_more: true, after: ids[1] });
    const second = await load(2, ids[1]);
    expect(textsOf(second)).toEqual(ids.slice(2, 4));
    expect(second).toMatchObject({ has_more: true, after: ids[3] });
    const third = await load(2, ids[3]);
    expect(textsOf(third)).toEqual(ids.slice(4));
    expect(third.has_more).toBe(false);
    expect(third).not.toHaveProperty('after');
    expect((await load(5)).has_more).toBe(false);
    expect((await load(2, ids[4])).data).toEqual([]);
  });

  it('has an empty page for an empty thread', async () => {
    const [store] = stores();
    const { threadId, context } = await storedThread(store);
    expect(await store.loadItems(threadId, all, context)).toEqual({ data: [], has_more: false });
  });

  it('identifies items by thread and id', async () => {
    const [store] = stores();
    const one = await storedThread(store);
    const other = await storedThread(store, one.context);
    await store.saveItem(one.threadId, aMessage(one.threadId, 'one', 'same'), one.context);
    await store.saveItem(other.threadId, aMessage(other.threadId, 'other', 'same'), one.context);
    await store.deleteItem(one.threadId, 'same', one.context);
    expect(textOf(await store.loadItem(other.threadId, 'same', one.context))).toBe('other');
  });

  it('deletes an item, if it exists', async () => {
    const [store] = stores();
    const { threadId, context } = await storedThread(store);
    for (const id of ['a', 'b', 'c']) {
      await store.saveItem(threadId, aMessage(threadId, id, id), context);
    }
    await store.deleteItem(threadId, 'b', context);
    await store.deleteItem(threadId, 'b', context);
    expect(textsOf(await store.loadItems(threadId, all, context))).toEqual(['a', 'c']);
    await store.saveItem(threadId, aMessage(threadId, 'b', 'b'), context);
    expect(textsOf(await store.loadItems(threadId, all, context))).toEqual(['a', 'c', 'b']);
  });

  it('deletes all after an item', async () => {
    const [store] = stores();
    const { threadId, context } = await storedThread(store);
    for (const id of ['a', 'b', 'c', 'd']) {
      await store.saveItem(threadId, aMessage(threadId, id, id), context);
    }
    await store.deleteItemsAfter(threadId, 'b', context);
    expect(textsOf(await store.loadItems(threadId, all, context))).toEqual(['a', 'b']);
    await store.deleteItemsAfter(threadId, 'b', context);
    await expect(store.deleteItemsAfter(threadId, 'c', context)).rejects.toThrow(NotFoundError);
    expect(textsOf(await store.loadItems(threadId, all, context))).toEqual(['a', 'b']);
  });

  it.each(['nothing', '', 'x\0y', '\uD83D', 'x'.repeat(10_000)])('finds no item %j', async (id) => {
    const [store] = stores();
    const { threadId, context } = await storedThread(store);
    await store.saveItem(threadId, aMessage(threadId), context);
    const page = { ...all, after: id };
    await expect(store.loadItem(threadId, id, context)).rejects.toThrow(NotFoundError);
    await expect(store.loadItems(threadId, page, context)).rejects.toThrow(NotFoundError);
    await expect(store.deleteItemsAfter(threadId, id, context)).rejects.toThrow(NotFoundError);
    await store.deleteItem(threadId, id, context);
  });

  it('keeps all items when two instances write at once, in one order for both', async () => {
    const [one, other] = stores();
    const { threadId, context } = await storedThread(one);
    const texts = Array.from({ length: 60 }, (_, index) => String(index));
    await Promise.all(
      texts.map((text, index) =>
        (index % 2 === 0 ? one : other).saveItem(threadId, aMessage(threadId, text), context),
      ),
    );
    const [seen, seenByOther] = await Promise.all(
      [one, other].map((store) => allItems(store, threadId, context, 7)),
    );
    expect(seen?.map(textOf).sort()).toEqual([...texts].sort());
    expect(seenByOther).toEqual(seen);
  });

  it('adds an item once, however many save it at once', async () => {
    const [one, other] = stores();
    const { threadId, context } = await storedThread(one);
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        (index % 2 === 0 ? one : other).saveItem(threadId, aMessage(threadId, 'x', 'm'), context),
      ),
    );
    expect((await one.loadItems(threadId, all, context)).data).toHaveLength(1);
  });
}
