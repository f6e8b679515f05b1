import { expect, it } from 'vitest';
import { NotFoundError } from '../../chatkit/index.js';
import { aMessage, aThread, aUser, storedThread } from './samples.js';
import type { Stores } from './store-suite.js';
import { difficultTexts } from './texts.js';

export function threadTests(stores: () => Stores): void {
  it('returns threads unchanged', async () => {
    const [store] = stores();
    const context = aUser();
    const thread = aThread({
      title: 'Tasks',
      status: { type: 'locked', reason: 'Paid' },
      allowed_image_domains: ['images.example'],
      metadata: { z: 1, a: [null, { deep: [1.5, -2, 1e100] }], ['__proto__']: 'own' },
    });
    await store.saveThread(thread, context);
    const loaded = await store.loadThread(thread.id, context);
    expect(loaded).toEqual(thread);
    expect(JSON.stringify(loaded)).toBe(JSON.stringify(thread));
  });

  it.each(Object.entries(difficultTexts))('keeps %s', async (_, text) => {
    const [store] = stores();
    const context = aUser();
    const thread = aThread({ title: text, metadata: { [text]: text } });
    await store.saveThread(thread, context);
    expect(await store.loadThread(thread.id, context)).toEqual(thread);
  });

  it('copies its arguments, and returns copies', async () => {
    const [store] = stores();
    const context = aUser();
    const thread = aThread({ title: 'Before' });
    await store.saveThread(thread, context);
    thread.title = 'After';
    const loaded = await store.loadThread(thread.id, context);
    expect(loaded.title).toBe('Before');
    loaded.title = 'Mine';
    expect((await store.loadThread(thread.id, context)).title).toBe('Before');
  });

  it('replaces a thread in its place', async () => {
    const [store] = stores();
    const context = aUser();
    const [first, second] = [aThread(), aThread()];
    await store.saveThread(first, context);
    await store.saveThread(second, context);
    await store.saveItem(first.id, aMessage(first.id), context);
    await store.saveThread({ ...first, title: 'Renamed' }, context);
    const { data } = await store.loadThreads({ limit: 9, order: 'asc' }, context);
    expect(data).toEqual([{ ...first, title: 'Renamed' }, second]);
    expect(
      (await store.loadItems(first.id, { limit: 9, order: 'asc' }, context)).data,
    ).toHaveLength(1);
  });

  it('lists by order of creation, whatever the clock says', async () => {
    const [store] = stores();
    const context = aUser();
    const threads = [3, 1, 1, 2].map((day) => aThread({ created_at: `2026-11-0${day}T00:00:00Z` }));
    for (const thread of threads) await store.saveThread(thread, context);
    const ascending = await store.loadThreads({ limit: 9, order: 'asc' }, context);
    expect(ascending.data).toEqual(threads);
    const descending = await store.loadThreads({ limit: 9, order: 'desc' }, context);
    expect(descending.data).toEqual([...threads].reverse());
  });

  it.each(['asc', 'desc'] as const)('pages through threads, %s', async (order) => {
    const [store] = stores();
    const context = aUser();
    const ids = Array.from({ length: 4 }, () => aThread().id);
    for (const id of ids) await store.saveThread(aThread({ id }), context);
    if (order === 'desc') ids.reverse();

    const first = await store.loadThreads({ limit: 3, order }, context);
    expect(first.data.map(({ id }) => id)).toEqual(ids.slice(0, 3));
    expect(first).toMatchObject({ has_more: true, after: ids[2] });

    const last = await store.loadThreads({ limit: 3, order, after: first.after }, context);
    expect(last.data.map(({ id }) => id)).toEqual(ids.slice(3));
    expect(last.has_more).toBe(false);
    expect(last).not.toHaveProperty('after');

    const exact = await store.loadThreads({ limit: 4, order }, context);
    expect(exact.data).toHaveLength(4);
    expect(exact.has_more).toBe(false);
    expect(await store.loadThreads({ limit: 3, order, after: ids[3] }, context)).toEqual({
      data: [],
      has_more: false,
    });
  });

  it('has no threads for a new user', async () => {
    const [store] = stores();
    expect(await store.loadThreads({ limit: 9, order: 'desc' }, aUser())).toEqual({
      data: [],
      has_more: false,
    });
  });

  it('deletes a thread with its items, and frees its id', async () => {
    const [store] = stores();
    const { threadId, context } = await storedThread(store);
    await store.saveItem(threadId, aMessage(threadId), context);
    await store.deleteThread(threadId, context);
    await expect(store.loadThread(threadId, context)).rejects.toThrow(NotFoundError);
    await expect(store.deleteThread(threadId, context)).rejects.toThrow(NotFoundError);

    const other = aUser();
    await store.saveThread(aThread({ id: threadId }), other);
    expect((await store.loadItems(threadId, { limit: 9, order: 'asc' }, other)).data).toEqual([]);
  });

  it("shows one instance the other's changes", async () => {
    const [one, other] = stores();
    const { thread, threadId, context } = await storedThread(one);
    expect(await other.loadThread(threadId, context)).toEqual(thread);
    await other.deleteThread(threadId, context);
    await expect(one.loadThread(threadId, context)).rejects.toThrow(NotFoundError);
  });
}
