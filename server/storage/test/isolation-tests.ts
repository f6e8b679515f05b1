import { expect, it } from 'vitest';
import { NotFoundError, type Store, type StoreContext } from '../../chatkit/index.js';
import { aMessage, aThread, aUser, storedThread } from './samples.js';
import type { Stores } from './store-suite.js';

const page = { limit: 9, order: 'asc' } as const;

/** Everything that names a thread. */
const attempts: Readonly<
  Record<string, (store: Store, threadId: string, context: StoreContext) => Promise<unknown>>
> = {
  loadThread: (store, id, context) => store.loadThread(id, context),
  deleteThread: (store, id, context) => store.deleteThread(id, context),
  'loadThreads after it': (store, id, context) =>
    store.loadThreads({ ...page, after: id }, context),
  loadItem: (store, id, context) => store.loadItem(id, 'item', context),
  loadItems: (store, id, context) => store.loadItems(id, page, context),
  'loadItems after one': (store, id, context) =>
    store.loadItems(id, { ...page, after: 'item' }, context),
  saveItem: (store, id, context) => store.saveItem(id, aMessage(id, 'Mine', 'item'), context),
  'saveItem, a new one': (store, id, context) => store.saveItem(id, aMessage(id), context),
  deleteItem: (store, id, context) => store.deleteItem(id, 'item', context),
  deleteItemsAfter: (store, id, context) => store.deleteItemsAfter(id, 'item', context),
};

export function isolationTests(stores: () => Stores): void {
  it.each(Object.entries(attempts))(
    "%s does not find another user's thread",
    async (_, attempt) => {
      const [store] = stores();
      const { thread, threadId, context } = await storedThread(store);
      const item = aMessage(threadId, 'Theirs', 'item');
      await store.saveItem(threadId, item, context);

      await expect(attempt(store, threadId, aUser())).rejects.toThrow(NotFoundError);

      expect(await store.loadThread(threadId, context)).toEqual(thread);
      expect((await store.loadItems(threadId, page, context)).data).toEqual([item]);
    },
  );

  it.each(Object.entries(attempts))('%s does not find a missing thread', async (_, attempt) => {
    const [store] = stores();
    for (const id of [aThread().id, '', 'x\0y', '\uD83D', 'x'.repeat(10_000)]) {
      await expect(attempt(store, id, aUser())).rejects.toThrow(NotFoundError);
    }
  });

  it("saveThread does not replace another user's thread", async () => {
    const [store] = stores();
    const { thread, threadId, context } = await storedThread(store);
    const mine = aThread({ id: threadId, title: 'Mine' });
    await expect(store.saveThread(mine, aUser())).rejects.toThrow(NotFoundError);
    expect(await store.loadThread(threadId, context)).toEqual(thread);
  });

  it("a transaction does not begin on another user's thread, or on a missing one", async () => {
    const [store] = stores();
    const { threadId } = await storedThread(store);
    let begun = 0;
    const action = () => Promise.resolve(begun++);
    for (const id of [threadId, aThread().id, 'x\0y']) {
      await expect(store.transaction(id, aUser(), action)).rejects.toThrow(NotFoundError);
    }
    expect(begun).toBe(0);
  });

  it("lists only the user's own threads", async () => {
    const [store] = stores();
    const { thread, context } = await storedThread(store);
    await storedThread(store);
    expect((await store.loadThreads(page, context)).data).toEqual([thread]);
  });

  it.each(["o'hara; drop table", 'a%', 'A', 'ä'])('accepts %s as a user', async (user) => {
    const [store] = stores();
    const { thread, context } = await storedThread(store, { user: `${user}${aUser().user}` });
    expect((await store.loadThreads(page, context)).data).toEqual([thread]);
    const others = { user: context.user.toUpperCase() };
    expect((await store.loadThreads(page, others)).data).toEqual([]);
  });
}
