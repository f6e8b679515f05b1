import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { NotFoundError, type RequestClaim, type Store } from '../../chatkit/index.js';
import { aMessage, aUser, storedThread } from './samples.js';
import type { Stores } from './store-suite.js';

const error = { type: 'error', code: 'custom', message: 'No.', allow_retry: false } as const;
const longMs = 60_000;

/** A message, and the claim of the request that brought it. */
async function storedMessage(store: Store) {
  const { threadId, context } = await storedThread(store);
  await store.saveItem(threadId, aMessage(threadId, 'Hello', 'item'), context);
  const claim = (changes: Partial<RequestClaim> = {}): RequestClaim => ({
    ...{ key: 'key', threadId, itemId: 'item', bodyHash: 'hash', leaseMs: longMs },
    owner: randomUUID(),
    ...changes,
  });
  return { threadId, context, claim };
}

export function requestTests(stores: () => Stores): void {
  it('gives a key to one of many claims, in both instances', async () => {
    const [one, other] = stores();
    const { threadId, context, claim } = await storedMessage(one);
    expect(await one.loadRequest('key', context)).toBeNull();
    const claims = Array.from({ length: 8 }, (_, i) =>
      (i % 2 === 0 ? one : other).claimRequest(claim(), context),
    );
    expect((await Promise.all(claims)).filter((claimed) => claimed)).toHaveLength(1);
    for (const store of [one, other]) {
      expect(await store.loadRequest('key', context)).toEqual({
        ...{ threadId, itemId: 'item', bodyHash: 'hash', state: 'running' },
      });
    }
  });

  it('gives an abandoned request to one of many claims, for the same item only', async () => {
    const [one, other] = stores();
    const { context, claim } = await storedMessage(one);
    await one.claimRequest(claim({ leaseMs: 0 }), context);
    expect(await other.loadRequest('key', context)).toMatchObject({ state: 'abandoned' });
    for (const itemId of ['another', null]) {
      expect(await other.claimRequest(claim({ itemId }), context)).toBe(false);
    }
    const claims = [one, other, one, other].map((store) => store.claimRequest(claim(), context));
    expect((await Promise.all(claims)).filter((claimed) => claimed)).toHaveLength(1);
    expect(await one.loadRequest('key', context)).toMatchObject({ state: 'running' });
  });

  it('renews the leases of the given owners, and tells which still hold theirs', async () => {
    const [one, other] = stores();
    const { context, claim } = await storedMessage(one);
    const mine = claim({ leaseMs: 0 });
    await one.claimRequest(mine, context);
    const second = claim({ key: 'second', itemId: null });
    await one.claimRequest(second, context);
    const owners = [mine.owner, second.owner, randomUUID()];
    const renewed = await one.renewLeases(owners, longMs);
    expect(renewed).toHaveLength(2);
    expect(renewed).toContainEqual({ owner: mine.owner, stopped: false, followed: false });
    expect(await other.loadRequest('key', context)).toMatchObject({ state: 'running' });

    await one.renewLeases([mine.owner], 0);
    const thief = claim();
    expect(await other.claimRequest(thief, context)).toBe(true);
    expect(await one.renewLeases(owners, longMs)).toEqual([
      { owner: second.owner, stopped: false, followed: false },
    ]);
    expect(await one.renewLeases([], longMs)).toEqual([]);
  });

  it('tells the owner of a stop, once it is asked for by the user', async () => {
    const [one, other] = stores();
    const { context, claim } = await storedMessage(one);
    const { owner, ...rest } = claim();
    await one.claimRequest({ owner, ...rest }, context);
    await other.stopRequest('key', aUser());
    await other.stopRequest('another', context);
    expect(await one.renewLeases([owner], 0)).toEqual([{ owner, stopped: false, followed: false }]);
    await other.stopRequest('key', context);
    expect(await one.renewLeases([owner], 0)).toEqual([{ owner, stopped: true, followed: false }]);
    // A repeated request is sent the answer again.
    const next = claim();
    await other.claimRequest(next, context);
    expect(await other.renewLeases([next.owner], longMs)).toEqual([
      { owner: next.owner, stopped: false, followed: false },
    ]);
  });

  it('keeps the end of an answer, which only its owner can record', async () => {
    const [one, other] = stores();
    const { context, claim } = await storedMessage(one);
    const mine = claim();
    await one.claimRequest(mine, context);
    await other.endRequest('key', { owner: randomUUID(), error }, context);
    expect(await one.loadRequest('key', context)).toMatchObject({ state: 'running' });
    await one.endRequest('key', { owner: mine.owner, error }, context);
    expect(await other.loadRequest('key', context)).toMatchObject({ state: 'ended', error });
    expect(await one.renewLeases([mine.owner], 0)).toEqual([]);
    expect(await other.claimRequest(claim(), context)).toBe(false);

    const second = claim({ key: 'second' });
    await one.claimRequest(second, context);
    await one.endRequest('second', { owner: second.owner }, context);
    expect(await one.loadRequest('second', context)).not.toHaveProperty('error');
  });

  it('tells the others that a thread is being answered, and what its answer has said', async () => {
    const [one, other] = stores();
    const { threadId, context, claim } = await storedMessage(one);
    expect(await other.followAnswer(threadId, context)).toBeNull();
    const mine = claim();
    await one.claimRequest(mine, context);
    const renewed = { owner: mine.owner, stopped: false };
    expect(await one.renewLeases([mine.owner], longMs)).toEqual([{ ...renewed, followed: false }]);
    expect(await other.followAnswer(threadId, context)).toEqual([]);
    expect(await one.renewLeases([mine.owner], longMs)).toEqual([{ ...renewed, followed: true }]);
    const partial = [aMessage(threadId, 'Half \0 an answer 👩‍🚀', 'partial')];
    await one.savePartial(mine.owner, partial);
    expect(await one.renewLeases([mine.owner], longMs)).toEqual([{ ...renewed, followed: false }]);
    for (const store of [one, other]) {
      expect(await store.followAnswer(threadId, context)).toEqual(partial);
    }
    const { data } = await other.loadItems(threadId, { limit: 9, order: 'asc' }, context);
    expect(data.map(({ id }) => id)).toEqual(['item']);

    const end = { owner: mine.owner };
    await one.endRequest('key', end, context);
    expect(await other.followAnswer(threadId, context)).toBeNull();
    await one.savePartial(mine.owner, partial);
    expect(await other.followAnswer(threadId, context)).toBeNull();
  });

  it('tells nobody of an answer that was abandoned, and nothing that it said before another takes over', async () => {
    const [one, other] = stores();
    const { threadId, context, claim } = await storedMessage(one);
    const dead = claim();
    await one.claimRequest(dead, context);
    await one.savePartial(dead.owner, [aMessage(threadId, 'Half', 'partial')]);
    await one.renewLeases([dead.owner], 0);
    expect(await other.followAnswer(threadId, context)).toBeNull();
    await other.claimRequest(claim(), context);
    expect(await one.followAnswer(threadId, context)).toEqual([]);
  });

  it('tells no other user of an answer', async () => {
    const [one, other] = stores();
    const { threadId, context, claim } = await storedMessage(one);
    const mine = claim();
    await one.claimRequest(mine, context);
    for (const [id, user] of [
      [threadId, aUser().user],
      ['another', context.user],
      ['a\0b', 'c\0d'],
    ] as const) {
      expect(await other.followAnswer(id, { user })).toBeNull();
    }
    const [lease] = await one.renewLeases([mine.owner], longMs);
    expect(lease).toMatchObject({ followed: false });
  });

  it('is stored or rolled back with its item', async () => {
    const [store] = stores();
    const { threadId, context, claim } = await storedMessage(store);
    const failing = store.transaction(threadId, context, async (inner) => {
      await inner.saveItem(threadId, aMessage(threadId, 'b', 'b'), context);
      expect(await inner.claimRequest(claim({ itemId: 'b' }), context)).toBe(true);
      throw new Error('No.');
    });
    await expect(failing).rejects.toThrow('No.');
    expect(await store.loadRequest('key', context)).toBeNull();
    await expect(store.loadItem(threadId, 'b', context)).rejects.toThrow(NotFoundError);
  });

  it('is deleted with its thread', async () => {
    const [store, other] = stores();
    const { threadId, context, claim } = await storedMessage(store);
    const mine = claim();
    await store.claimRequest(mine, context);
    await store.deleteThread(threadId, context);
    expect(await other.loadRequest('key', context)).toBeNull();
    expect(await store.renewLeases([mine.owner], longMs)).toEqual([]);
  });

  it("belongs to its user, who cannot claim for another user's thread", async () => {
    const [store] = stores();
    const { context, claim } = await storedMessage(store);
    const stranger = await storedMessage(store);
    await store.claimRequest(claim(), context);
    expect(await store.loadRequest('key', stranger.context)).toBeNull();
    await expect(store.claimRequest(claim(), stranger.context)).rejects.toThrow(NotFoundError);
    expect(await store.claimRequest(stranger.claim(), stranger.context)).toBe(true);
    expect(await store.loadRequest('key', { user: 'a\0b' })).toBeNull();
  });
}
