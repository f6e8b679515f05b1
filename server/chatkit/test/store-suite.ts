import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NotFoundError, type Store } from '../store.js';
import { sizeTests } from './size-tests.js';
import type { ThreadItem, ThreadMetadata } from '../protocol/index.js';

const alice = { user: 'alice' };
const bob = { user: 'bob' };
const time = '2026-11-01T10:00:00.000Z';

const threadOf = (id: string, fields: Partial<ThreadMetadata> = {}): ThreadMetadata => ({
  id,
  created_at: time,
  status: { type: 'active' },
  metadata: {},
  ...fields,
});

const messageOf = (threadId: string, id: string, text = id): ThreadItem => ({
  type: 'user_message',
  id,
  thread_id: threadId,
  created_at: time,
  content: [{ type: 'input_text', text }],
  attachments: [],
  inference_options: {},
});

const ids = (page: { data: readonly { id: string }[] }) => page.data.map(({ id }) => id);

/**
 * The tests that every store passes.
 *
 * @param open makes an empty store
 * @param close closes it
 */
export function describeStore(
  name: string,
  open: () => Store | Promise<Store>,
  close: (store: Store) => void | Promise<void> = () => undefined,
): void {
  describe(name, () => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => close(store));

    const addItems = async (threadId: string, itemIds: readonly string[]) => {
      await store.saveThread(threadOf(threadId), alice);
      for (const id of itemIds) await store.saveItem(threadId, messageOf(threadId, id), alice);
    };
    const all = (order: 'asc' | 'desc' = 'asc') => ({ limit: 100, order });

    it('keeps a thread with everything that it has', async () => {
      const thread = threadOf('t', {
        title: 'Ünïcödé 👩‍🚀',
        status: { type: 'locked', reason: 'Paid up' },
        allowed_image_domains: ['img.example.com'],
        metadata: { deep: { list: [1, null, 'x'] } },
      });
      await store.saveThread(thread, alice);
      expect(await store.loadThread('t', alice)).toEqual(thread);
      await store.saveThread(threadOf('t'), alice);
      expect(await store.loadThread('t', alice)).toEqual(threadOf('t'));
    });

    it('lists threads by order of creation, whatever their time, in pages', async () => {
      for (const id of ['b', 'a', 'd', 'c']) await store.saveThread(threadOf(id), alice);
      await store.saveThread(threadOf('e', { created_at: '2020-01-01T00:00:00.000Z' }), alice);
      await store.saveThread(threadOf('a', { title: 'Renamed' }), alice);
      const first = await store.loadThreads({ limit: 2, order: 'desc' }, alice);
      expect(first).toMatchObject({ has_more: true, after: 'c' });
      expect(ids(first)).toEqual(['e', 'c']);
      const last = await store.loadThreads({ limit: 3, order: 'desc', after: 'c' }, alice);
      expect(ids(last)).toEqual(['d', 'a', 'b']);
      expect(last.has_more).toBe(false);
      expect(last).not.toHaveProperty('after');
      expect(ids(await store.loadThreads(all('asc'), alice))).toEqual(['b', 'a', 'd', 'c', 'e']);
    });

    it('lists items in the order in which they were added, in pages both ways', async () => {
      await addItems('t', ['5', '1', '4', '2', '3']);
      await store.saveItem('t', messageOf('t', '4', 'changed'), alice);
      const first = await store.loadItems('t', { limit: 2, order: 'asc' }, alice);
      expect(ids(first)).toEqual(['5', '1']);
      expect(first).toMatchObject({ has_more: true, after: '1' });
      const rest = await store.loadItems('t', { limit: 3, order: 'asc', after: '1' }, alice);
      expect(ids(rest)).toEqual(['4', '2', '3']);
      expect(rest).not.toHaveProperty('after');
      const back = await store.loadItems('t', { limit: 2, order: 'desc', after: '2' }, alice);
      expect(ids(back)).toEqual(['4', '1']);
      expect(back.data[0]).toEqual(messageOf('t', '4', 'changed'));
    });

    it('keeps any JSON in an item', async () => {
      await store.saveThread(threadOf('t'), alice);
      const item: ThreadItem = {
        type: 'client_tool_call',
        id: 'i',
        thread_id: 't',
        created_at: time,
        status: 'completed',
        call_id: 'c',
        name: 'n',
        arguments: { nothing: null, text: '\u2028"\\', list: [[], {}], number: 1e21 },
        output: [null, false, 0, ''],
      };
      await store.saveItem('t', item, alice);
      expect(await store.loadItem('t', 'i', alice)).toEqual(item);
    });

    it('copies arguments and results', async () => {
      const thread = threadOf('t', { metadata: { count: 1 } });
      await store.saveThread(thread, alice);
      thread.metadata['count'] = 2;
      (await store.loadThread('t', alice)).metadata['count'] = 3;
      expect((await store.loadThread('t', alice)).metadata).toEqual({ count: 1 });
    });

    it('deletes an item, one that is not there, all after one, and a whole thread', async () => {
      await addItems('t', ['1', '2', '3', '4']);
      await addItems('other', ['1', '2']);
      await store.deleteItem('t', '2', alice);
      await store.deleteItem('t', 'never', alice);
      expect(ids(await store.loadItems('t', all(), alice))).toEqual(['1', '3', '4']);
      await store.deleteItemsAfter('t', '1', alice);
      expect(ids(await store.loadItems('t', all(), alice))).toEqual(['1']);
      await store.deleteThread('t', alice);
      await expect(store.loadThread('t', alice)).rejects.toThrow(NotFoundError);
      await expect(store.loadItems('t', all(), alice)).rejects.toThrow(NotFoundError);
      expect(ids(await store.loadItems('other', all(), alice))).toEqual(['1', '2']);
      expect(ids(await store.loadThreads(all(), alice))).toEqual(['other']);
    });

    it('throws NotFoundError for unknown threads, items and cursors', async () => {
      await addItems('t', ['1']);
      const attempts = [
        () => store.loadThread('none', alice),
        () => store.deleteThread('none', alice),
        () => store.loadItem('none', '1', alice),
        () => store.loadItem('t', 'none', alice),
        () => store.loadItems('none', all(), alice),
        () => store.loadItems('t', { limit: 1, order: 'asc', after: 'none' }, alice),
        () => store.loadThreads({ limit: 1, order: 'asc', after: 'none' }, alice),
        () => store.saveItem('none', messageOf('none', '1'), alice),
        () => store.deleteItem('none', '1', alice),
        () => store.deleteItemsAfter('none', '1', alice),
        () => store.deleteItemsAfter('t', 'none', alice),
        () => store.transaction('none', alice, () => Promise.reject(new Error('It must not run.'))),
      ];
      for (const attempt of attempts) await expect(attempt()).rejects.toThrow(NotFoundError);
    });

    it("never reaches another user's thread", async () => {
      await addItems('t', ['1', '2']);
      const attempts = [
        () => store.loadThread('t', bob),
        () => store.saveThread(threadOf('t', { title: 'Mine now' }), bob),
        () => store.deleteThread('t', bob),
        () => store.loadItem('t', '1', bob),
        () => store.loadItems('t', all(), bob),
        () => store.loadThreads({ limit: 1, order: 'asc', after: 't' }, bob),
        () => store.saveItem('t', messageOf('t', '3'), bob),
        () => store.deleteItem('t', '1', bob),
        () => store.deleteItemsAfter('t', '1', bob),
        () => store.transaction('t', bob, () => Promise.reject(new Error('It must not run.'))),
      ];
      for (const attempt of attempts) await expect(attempt()).rejects.toThrow(NotFoundError);
      expect(await store.loadThreads(all(), bob)).toEqual({ data: [], has_more: false });
      expect(await store.loadThread('t', alice)).toEqual(threadOf('t'));
      expect(ids(await store.loadItems('t', all(), alice))).toEqual(['1', '2']);
    });

    it('loses nothing when many write to one thread at once', async () => {
      await store.saveThread(threadOf('t'), alice);
      const added = Array.from({ length: 40 }, (_, index) => `m${index}`);
      await Promise.all(added.map((id) => store.saveItem('t', messageOf('t', id), alice)));
      const up = ids(await store.loadItems('t', all('asc'), alice));
      expect([...up].sort()).toEqual([...added].sort());
      expect(ids(await store.loadItems('t', all('desc'), alice))).toEqual(up.reverse());
    });

    it('runs one transaction of a thread after the other', async () => {
      await store.saveThread(threadOf('t', { metadata: { count: 0 } }), alice);
      const increment = () =>
        store.transaction('t', alice, async (actions) => {
          const thread = await actions.loadThread('t', alice);
          const count = Number(thread.metadata['count']) + 1;
          await actions.saveThread({ ...thread, metadata: { count } }, alice);
          await actions.saveItem('t', messageOf('t', `m${count}`), alice);
          return count;
        });
      const results = await Promise.all(Array.from({ length: 10 }, increment));
      expect(results.sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      expect((await store.loadThread('t', alice)).metadata).toEqual({ count: 10 });
      expect(ids(await store.loadItems('t', all(), alice))).toHaveLength(10);
    });

    sizeTests(() => store);

    it('undoes a transaction that fails, and goes on', async () => {
      await addItems('t', ['1', '2', '3']);
      const failing = store.transaction('t', alice, async (actions) => {
        await actions.saveThread(threadOf('t', { title: 'Never' }), alice);
        await actions.saveItem('t', messageOf('t', '4'), alice);
        await actions.deleteItemsAfter('t', '1', alice);
        throw new Error('No.');
      });
      const meanwhile = store.saveItem('t', messageOf('t', '5'), alice);
      await expect(failing).rejects.toThrow('No.');
      await meanwhile;
      expect(await store.loadThread('t', alice)).toEqual(threadOf('t'));
      expect(ids(await store.loadItems('t', all(), alice))).toEqual(['1', '2', '3', '5']);
      await store.transaction('t', alice, (actions) => actions.deleteItem('t', '1', alice));
      expect(ids(await store.loadItems('t', all(), alice))).toEqual(['2', '3', '5']);
    });
  });
}
