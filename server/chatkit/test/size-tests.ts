import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import type { ThreadItem, ThreadMetadata } from '../protocol/index.js';
import type { Store, StoreContext } from '../store.js';

const created_at = '2026-11-01T10:00:00.000Z';

const threadOf = (title: string): ThreadMetadata => ({
  id: randomUUID(),
  created_at,
  title,
  status: { type: 'active' },
  metadata: {},
});

const messageOf = (thread_id: string, id: string, text: string): ThreadItem => ({
  type: 'user_message',
  id,
  thread_id,
  created_at,
  content: [{ type: 'input_text', text }],
  attachments: [],
  inference_options: {},
});

const bytesOf = (...values: object[]): number =>
  values.reduce((sum, value) => sum + Buffer.byteLength(JSON.stringify(value)), 0);

const ids = ({ data }: { data: readonly { id: string }[] }) => data.map(({ id }) => id).join(' ');

/** What every store knows of sizes. Called within a `describe`; `open` is called within its tests. */
export function sizeTests(open: () => Store): void {
  const storedThread = async (user: StoreContext, title = '') => {
    const thread = threadOf(title);
    await open().saveThread(thread, user);
    return thread;
  };
  const newUser = (): StoreContext => ({ user: randomUUID() });

  it('S1: ends a page of items before it has too many bytes, and has at least one', async () => {
    const [store, user] = [open(), newUser()];
    const { id: threadId } = await storedThread(user);
    for (const [id, length] of Object.entries({ big: 5000, a: 300, ä: 300, b: 300, last: 9000 })) {
      await store.saveItem(threadId, messageOf(threadId, id, 'ä'.repeat(length / 2)), user);
    }
    const pages = async (order: 'asc' | 'desc', maxBytes: number, limit = 100) => {
      const read: string[] = [];
      let after: string | undefined;
      do {
        const page = await store.loadItems(threadId, { limit, order, after, maxBytes }, user);
        expect(page.has_more).toBe(page.after !== undefined);
        read.push(ids(page));
        after = page.after;
      } while (after !== undefined);
      return read;
    };
    const two =
      bytesOf(messageOf(threadId, 'a', 'ä'.repeat(150))) +
      bytesOf(messageOf(threadId, 'ä', 'ä'.repeat(150)));
    expect(await pages('asc', two)).toEqual(['big', 'a ä', 'b', 'last']);
    expect(await pages('desc', two - 2)).toEqual(['last', 'b', 'ä', 'a', 'big']);
    expect(await pages('desc', two)).toEqual(['last', 'b ä', 'a', 'big']);
    expect(await pages('asc', 1e6, 2)).toEqual(['big a', 'ä b', 'last']);
  });

  it('S1: ends a page of threads before it has too many bytes', async () => {
    const user = newUser();
    const threads = [];
    for (let index = 0; index < 3; index++) threads.push(await storedThread(user, 'x'.repeat(600)));
    const maxBytes = bytesOf(...threads.slice(0, 2));
    const page = await open().loadThreads({ limit: 9, order: 'asc', maxBytes }, user);
    expect(page).toMatchObject({ has_more: true, after: threads[1]?.id });
    expect(page.data).toEqual(threads.slice(0, 2));
  });

  it('S1: has no more than a megabyte in a page unless it is asked for', async () => {
    const user = newUser();
    const { id: threadId } = await storedThread(user);
    for (const id of ['a', 'b', 'c']) {
      await open().saveItem(threadId, messageOf(threadId, id, 'x'.repeat(500_000)), user);
    }
    const page = await open().loadItems(threadId, { limit: 9, order: 'asc' }, user);
    expect(ids(page)).toBe('a b');
    expect(page).toMatchObject({ has_more: true, after: 'b' });
  });

  it('S1: knows the bytes that a user has stored', async () => {
    const [store, user] = [open(), newUser()];
    expect(await store.storedBytes(user)).toBe(0);
    const thread = await storedThread(user, 'äöü');
    await storedThread(newUser());
    const item = messageOf(thread.id, 'i', 'äöü');
    const changed = messageOf(thread.id, 'i', 'a');
    await store.saveItem(thread.id, item, user);
    expect(await store.storedBytes(user)).toBe(bytesOf(thread, item));
    await store.saveItem(thread.id, changed, user);
    expect(await store.storedBytes(user)).toBe(bytesOf(thread, changed));
    await store.deleteItem(thread.id, 'i', user);
    expect(await store.storedBytes(user)).toBe(bytesOf(thread));
    await store.deleteThread(thread.id, user);
    expect(await store.storedBytes(user)).toBe(0);
    expect(await store.storedBytes({ user: 'a\0' })).toBe(0);
  });
}
