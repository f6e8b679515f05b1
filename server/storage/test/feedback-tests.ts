import { expect, it } from 'vitest';
import { NotFoundError, type Feedback } from '../../chatkit/index.js';
import { aMessage, aUser, storedThread } from './samples.js';
import type { Stores } from './store-suite.js';

const given = (itemId: string, kind: Feedback['kind'], second: number): Feedback => ({
  item_id: itemId,
  kind,
  created_at: `2026-11-30T12:00:0${second}.000Z`,
});

export function feedbackTests(stores: () => Stores): void {
  it('S18: keeps the last feedback on each item, by time, for both instances', async () => {
    const [one, other] = stores();
    const { threadId, context } = await storedThread(one);
    expect(await one.loadFeedback(threadId, context)).toEqual([]);
    await one.saveFeedback(
      threadId,
      [given('a', 'positive', 1), given('b', 'negative', 2)],
      context,
    );
    await other.saveFeedback(threadId, [given('a', 'negative', 3)], context);
    for (const store of [one, other]) {
      expect(await store.loadFeedback(threadId, context)).toEqual([
        given('b', 'negative', 2),
        given('a', 'negative', 3),
      ]);
    }
    await one.saveFeedback(
      threadId,
      [given('b', 'negative', 4), given('b', 'positive', 4)],
      context,
    );
    await one.saveFeedback(threadId, [], context);
    expect(await one.loadFeedback(threadId, context)).toEqual([
      given('a', 'negative', 3),
      given('b', 'positive', 4),
    ]);
  });

  it('keeps feedback on an item that is deleted, and none on a thread that is', async () => {
    const [one] = stores();
    const { thread, threadId, context } = await storedThread(one);
    await one.saveItem(threadId, aMessage(threadId, 'Hello', 'item'), context);
    await one.saveFeedback(threadId, [given('item', 'negative', 1)], context);
    await one.deleteItem(threadId, 'item', context);
    expect(await one.loadFeedback(threadId, context)).toHaveLength(1);
    await one.deleteThread(threadId, context);
    await one.saveThread(thread, context);
    expect(await one.loadFeedback(threadId, context)).toEqual([]);
  });

  it('is of the user whose thread it is', async () => {
    const [one] = stores();
    const { threadId, context } = await storedThread(one);
    const stranger = aUser();
    const feedback = [given('item', 'positive', 1)];
    await expect(one.saveFeedback(threadId, feedback, stranger)).rejects.toThrow(NotFoundError);
    await expect(one.loadFeedback(threadId, stranger)).rejects.toThrow(NotFoundError);
    expect(await one.loadFeedback(threadId, context)).toEqual([]);
  });

  it('is undone with its transaction', async () => {
    const [one] = stores();
    const { threadId, context } = await storedThread(one);
    const failing = one.transaction(threadId, context, async (store) => {
      await store.saveFeedback(threadId, [given('item', 'positive', 1)], context);
      throw new Error('changed its mind');
    });
    await expect(failing).rejects.toThrow('changed its mind');
    expect(await one.loadFeedback(threadId, context)).toEqual([]);
  });
}
