import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { NotFoundError, type AttachmentRecord, type Store } from '../../chatkit/index.js';
import { aUser, storedThread } from './samples.js';
import type { Stores } from './store-suite.js';
import { difficultTexts } from './texts.js';

/** Older than what other tests have stored, because of each call only the oldest are returned. */
const long = new Date('2020-01-01T00:00:00Z');
const longAgo = (minutes = 0): string => new Date(long.getTime() - minutes * 60_000).toISOString();

const aRecord = (changes: Partial<AttachmentRecord> = {}): AttachmentRecord => ({
  id: `atc_${randomUUID()}`,
  name: 'cat.png',
  mime_type: 'image/png',
  size: 1000,
  created_at: longAgo(),
  ...changes,
});

export function attachmentTests(stores: () => Stores): void {
  const abandoned = async (store: Store, unsentBefore = new Date(0)): Promise<string[]> => {
    const records = await store.abandonedAttachments(unsentBefore);
    return records.map(({ id }) => id);
  };

  const names = Object.entries(difficultTexts).filter(([, text]) => !/[\p{Cc}\p{Cs}]/u.test(text));

  it.each(names)('A5: keeps a file’s name: %s', async (_, name) => {
    const [store, other] = stores();
    const context = aUser();
    const record = aRecord({ name });
    await store.addAttachment(record, context);
    expect(await other.loadAttachment(record.id, context)).toEqual(record);
  });

  it('A5: never reaches another user’s attachment', async () => {
    const [store] = stores();
    const context = aUser();
    const record = aRecord();
    await store.addAttachment(record, context);
    const bob = await storedThread(store);
    const attempts = [
      () => store.loadAttachment(record.id, bob.context),
      () => store.deleteAttachment(record.id, bob.context),
      () => store.attach([record.id], bob.threadId, bob.context),
      () => store.attach([record.id], bob.threadId, context),
      () => store.loadAttachment('atc_none', context),
    ];
    for (const attempt of attempts) await expect(attempt()).rejects.toThrow(NotFoundError);
    expect(await store.storedBytes(bob.context)).toBeLessThan(record.size);
    expect(await store.loadAttachment(record.id, context)).toEqual(record);
  });

  it('A5: is part of one thread', async () => {
    const [store, other] = stores();
    const { context, threadId } = await storedThread(store);
    const elsewhere = await storedThread(store, context);
    const record = aRecord();
    await store.addAttachment(record, context);
    await store.attach([record.id], threadId, context);
    await other.attach([record.id], threadId, context);
    await expect(store.attach([record.id], elsewhere.threadId, context)).rejects.toThrow(
      NotFoundError,
    );
    await store.deleteThread(elsewhere.threadId, context);
    expect(await other.loadAttachment(record.id, context)).toEqual(record);
    expect(await abandoned(store, new Date())).not.toContain(record.id);
  });

  it('A5: goes with its thread', async () => {
    const [store, other] = stores();
    const { context, threadId } = await storedThread(store);
    const record = aRecord({ created_at: longAgo(1) });
    await store.addAttachment(record, context);
    expect(await store.storedBytes(context)).toBeGreaterThanOrEqual(record.size);
    await store.attach([record.id], threadId, context);
    expect(await abandoned(store)).not.toContain(record.id);
    await other.deleteThread(threadId, context);
    expect(await abandoned(store)).toContain(record.id);
    expect(await store.storedBytes(context)).toBe(0);
    await expect(store.loadAttachment(record.id, context)).rejects.toThrow(NotFoundError);
  });

  it('A5: can be deleted, with and without a thread', async () => {
    const [store, other] = stores();
    const { context, threadId } = await storedThread(store);
    const [sent, unsent] = [
      aRecord({ created_at: longAgo(2) }),
      aRecord({ created_at: longAgo(2) }),
    ];
    for (const record of [sent, unsent]) await store.addAttachment(record, context);
    await store.attach([sent.id], threadId, context);
    for (const { id } of [sent, unsent]) {
      await store.deleteAttachment(id, context);
      await expect(other.deleteAttachment(id, context)).rejects.toThrow(NotFoundError);
      await expect(other.attach([id], threadId, context)).rejects.toThrow(NotFoundError);
      expect(await abandoned(other)).toContain(id);
    }
  });

  it('A5: is abandoned when no message brings it in time, and forgotten only then', async () => {
    const [store] = stores();
    const { context, threadId } = await storedThread(store);
    const [sent, old, young] = [
      aRecord({ created_at: longAgo(3) }),
      aRecord({ created_at: longAgo(3) }),
      aRecord({ created_at: new Date().toISOString() }),
    ];
    for (const record of [sent, old, young]) await store.addAttachment(record, context);
    await store.attach([sent.id], threadId, context);
    expect(await abandoned(store)).not.toContain(old.id);
    const found = await abandoned(store, long);
    expect(found).toContain(old.id);
    expect(found).not.toContain(sent.id);
    expect(found).not.toContain(young.id);
    await store.forgetAttachments([sent.id, old.id]);
    expect(await abandoned(store, long)).not.toContain(old.id);
    expect(await store.loadAttachment(sent.id, context)).toEqual(sent);
    await expect(store.loadAttachment(old.id, context)).rejects.toThrow(NotFoundError);
    await store.forgetAttachments([]);
  });

  it('A5: stays unsent when the message is undone', async () => {
    const [store] = stores();
    const { context, threadId } = await storedThread(store);
    const record = aRecord({ created_at: longAgo(4) });
    await store.addAttachment(record, context);
    const undone = store.transaction(threadId, context, async (actions) => {
      await actions.attach([record.id], threadId, context);
      throw new Error('No.');
    });
    await expect(undone).rejects.toThrow('No.');
    expect(await abandoned(store, long)).toContain(record.id);
    await store.transaction(threadId, context, (actions) =>
      actions.attach([record.id], threadId, context),
    );
    expect(await abandoned(store, long)).not.toContain(record.id);
  });
}
