import { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../chatkit/index.js';
import { exportUser } from './export-user.js';
import { aMessage, aThread, aUser, storedThread } from './test/samples.js';

interface Exported {
  readonly user: string;
  readonly exported_at: string;
  readonly threads: readonly {
    readonly thread: { readonly id: string };
    readonly items: readonly { readonly id: string }[];
    readonly feedback: readonly unknown[];
  }[];
}

const parse = async (text: AsyncIterable<string>) => (await json(Readable.from(text))) as Exported;

describe('exportUser', () => {
  it('S19: has all threads, items and feedback of a user, of more than one page, and nobody else’s', async () => {
    const store = new MemoryStore();
    const context = aUser();
    const threads = Array.from({ length: 130 }, () => aThread());
    for (const thread of threads) await store.saveThread(thread, context);
    const [first = aThread()] = threads;
    const messages = Array.from({ length: 230 }, (_, index) =>
      aMessage(first.id, `${index} "🙂"\u2028`),
    );
    for (const message of messages) await store.saveItem(first.id, message, context);
    const feedback = [
      { item_id: messages[0]?.id ?? '', kind: 'negative', created_at: '2026-11-27T08:00:00.000Z' },
    ] as const;
    await store.saveFeedback(first.id, feedback, context);
    await storedThread(store, aUser());

    const exported = await parse(exportUser(store, context.user, () => 1_764_000_000_000));
    expect(exported.user).toBe(context.user);
    expect(exported.exported_at).toBe('2025-11-24T16:00:00.000Z');
    expect(exported.threads.map(({ thread }) => thread)).toEqual(threads);
    expect(exported.threads[0]).toMatchObject({ items: messages, feedback });
    expect(exported.threads[1]).toMatchObject({ items: [], feedback: [] });
  });

  it('of a user without data has no threads', async () => {
    const exported = await parse(exportUser(new MemoryStore(), 'no"body'));
    expect(exported).toMatchObject({ user: 'no"body', threads: [] });
  });
});
