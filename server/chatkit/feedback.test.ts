import { describe, expect, it, vi } from 'vitest';
import { MemoryStore } from './memory-store.js';
import type { Responder } from './responder.js';
import { ChatKitServer } from './server.js';
import { TestResponder } from './test/harness.js';
import { aMessage, storedThread } from '../storage/test/samples.js';

describe('Feedback', () => {
  it('S18: is stored with its thread, item, kind and time, then given to the responder', async () => {
    const store = new MemoryStore();
    const { threadId, context } = await storedThread(store);
    for (const id of ['one', 'two']) {
      await store.saveItem(threadId, aMessage(threadId, 'Hello', id), context);
    }
    const feedback = vi.fn<NonNullable<Responder['feedback']>>(() => Promise.resolve());
    const responder: Responder = Object.assign(new TestResponder(), { feedback });
    const now = () => Date.parse('2026-11-30T12:00:00.000Z');
    const server = new ChatKitServer({ store, responder, now });
    const give = (itemIds: string[], kind: string) =>
      server.process(
        {
          type: 'items.feedback',
          params: { thread_id: threadId, item_ids: itemIds, kind },
        },
        { ...context, signal: new AbortController().signal },
      );

    expect(await give(['one', 'two', 'two'], 'positive')).toEqual({ type: 'json', body: {} });
    await give(['two'], 'negative');
    const created_at = '2026-11-30T12:00:00.000Z';
    expect(await store.loadFeedback(threadId, context)).toEqual([
      { item_id: 'one', kind: 'positive', created_at },
      { item_id: 'two', kind: 'negative', created_at },
    ]);
    expect(feedback.mock.calls.map((call) => call[2])).toEqual(['positive', 'negative']);

    await expect(give(['one', 'missing'], 'negative')).rejects.toThrow('No item missing');
    expect(feedback).toHaveBeenCalledTimes(2);
    expect((await store.loadFeedback(threadId, context))[0]).toMatchObject({ kind: 'positive' });
  });
});
