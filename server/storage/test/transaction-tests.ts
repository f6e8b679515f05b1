import { expect, it } from 'vitest';
import { NotFoundError, type Store } from '../../chatkit/index.js';
import { aMessage, aThread, aUser, deferred, storedThread, textsOf } from './samples.js';
import type { Stores } from './store-suite.js';

const all = { limit: 1000, order: 'asc' } as const;

export function transactionTests(stores: () => Stores): void {
  it("commits all changes, and returns the action's result", async () => {
    const [store, other] = stores();
    const { thread, threadId, context } = await storedThread(store);
    await store.saveItem(threadId, aMessage(threadId, 'a', 'a'), context);
    const result = await store.transaction(threadId, context, async (inner) => {
      await inner.saveItem(threadId, aMessage(threadId, 'b', 'b'), context);
      await inner.deleteItem(threadId, 'a', context);
      await inner.saveThread({ ...thread, title: 'Changed' }, context);
      return textsOf(await inner.loadItems(threadId, all, context));
    });
    expect(result).toEqual(['b']);
    expect(textsOf(await other.loadItems(threadId, all, context))).toEqual(['b']);
    expect((await other.loadThread(threadId, context)).title).toBe('Changed');
  });

  it('rolls back when the action throws, and passes on its error', async () => {
    const [store] = stores();
    const { thread, threadId, context } = await storedThread(store);
    for (const id of ['a', 'b']) {
      await store.saveItem(threadId, aMessage(threadId, id, id), context);
    }
    const error = new Error('No.');
    const failing = store.transaction(threadId, context, async (inner) => {
      await inner.deleteItemsAfter(threadId, 'a', context);
      await inner.saveItem(threadId, aMessage(threadId, 'changed', 'a'), context);
      await inner.saveItem(threadId, aMessage(threadId, 'c'), context);
      await inner.saveThread({ ...thread, title: 'Changed' }, context);
      throw error;
    });
    await expect(failing).rejects.toBe(error);
    expect(textsOf(await store.loadItems(threadId, all, context))).toEqual(['a', 'b']);
    expect(await store.loadThread(threadId, context)).toEqual(thread);
  });

  it('adds a new thread with what the action stores in it, or neither', async () => {
    const [store, other] = stores();
    const [context, thread] = [aUser(), aThread()];
    const add = (failure?: Error) =>
      store.transaction(thread, context, async (inner) => {
        await inner.saveItem(thread.id, aMessage(thread.id, 'a'), context);
        if (failure !== undefined) throw failure;
      });
    const error = new Error('No.');
    await expect(add(error)).rejects.toBe(error);
    await expect(other.loadThread(thread.id, context)).rejects.toThrow(NotFoundError);
    await add();
    expect(await other.loadThread(thread.id, context)).toEqual(thread);
    expect(textsOf(await other.loadItems(thread.id, all, context))).toEqual(['a']);
    await expect(
      store.transaction(thread, aUser(), () => Promise.reject(new Error('It must not run.'))),
    ).rejects.toThrow(NotFoundError);
  });

  it('continues after a NotFoundError', async () => {
    const [store] = stores();
    const { threadId, context } = await storedThread(store);
    await store.transaction(threadId, context, async (inner) => {
      await expect(inner.loadItem(threadId, 'none', context)).rejects.toThrow(NotFoundError);
      await inner.saveItem(threadId, aMessage(threadId, 'a'), context);
    });
    expect(textsOf(await store.loadItems(threadId, all, context))).toEqual(['a']);
  });

  it('excludes other writers to the thread, in both instances', async () => {
    const [one, other] = stores();
    const { threadId, context } = await storedThread(one);
    await one.saveItem(threadId, aMessage(threadId, '0', 'count'), context);
    const increment = (store: Store) =>
      store.transaction(threadId, context, async (inner) => {
        const [text] = textsOf(await inner.loadItems(threadId, all, context));
        const next = aMessage(threadId, String(Number(text) + 1), 'count');
        await inner.saveItem(threadId, next, context);
      });
    await Promise.all(Array.from({ length: 20 }, (_, i) => increment(i % 2 === 0 ? one : other)));
    expect(textsOf(await one.loadItems(threadId, all, context))).toEqual(['20']);
  });

  it.each([
    [
      'saveItem',
      (store: Store, id: string, user: string) =>
        store.saveItem(id, aMessage(id, 'late'), { user }),
    ],
    ['deleteItem', (store: Store, id: string, user: string) => store.deleteItem(id, 'a', { user })],
    [
      'deleteItemsAfter',
      (store: Store, id: string, user: string) => store.deleteItemsAfter(id, 'a', { user }),
    ],
    ['deleteThread', (store: Store, id: string, user: string) => store.deleteThread(id, { user })],
  ] as const)('keeps %s waiting', async (_, write) => {
    const [one, other] = stores();
    const { threadId, context } = await storedThread(one);
    for (const id of ['a', 'b']) await one.saveItem(threadId, aMessage(threadId, id, id), context);
    const begun = deferred();
    const proceed = deferred();
    const order: string[] = [];
    const transaction = one.transaction(threadId, context, async (inner) => {
      begun.resolve();
      await proceed.promise;
      await inner.saveItem(threadId, aMessage(threadId, 'c', 'c'), context);
      expect(textsOf(await inner.loadItems(threadId, all, context))).toEqual(['a', 'b', 'c']);
      order.push('transaction');
    });
    await begun.promise;
    const writing = write(other, threadId, context.user).then(() => order.push('write'));
    proceed.resolve();
    await Promise.all([transaction, writing]);
    expect(order).toEqual(['transaction', 'write']);
  });

  it('deletes items that an earlier transaction has added', async () => {
    const [one, other] = stores();
    const { threadId, context } = await storedThread(one);
    await one.saveItem(threadId, aMessage(threadId, 'a', 'a'), context);
    const begun = deferred();
    const proceed = deferred();
    const transaction = one.transaction(threadId, context, async (inner) => {
      begun.resolve();
      await proceed.promise;
      await inner.saveItem(threadId, aMessage(threadId, 'b'), context);
    });
    await begun.promise;
    const deleting = other.deleteItemsAfter(threadId, 'a', context);
    proceed.resolve();
    await Promise.all([transaction, deleting]);
    expect(textsOf(await one.loadItems(threadId, all, context))).toEqual(['a']);
  });
}
