import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import type { SessionStore, StoredSession } from '../session-store.js';

/** One store as two instances see it; the same object twice for a store in memory. */
export type SessionStores = readonly [SessionStore, SessionStore];

function aSession(over: Partial<StoredSession> = {}): StoredSession {
  const expiresAt = Math.floor(Date.now() / 1000) + 600;
  return { id: `cksess_${randomUUID()}`, user: 'ann', backend: 'self-hosted', expiresAt, ...over };
}

/** Tests for every store. Called within a `describe`; `stores` is called within its tests. */
export function sessionStoreSuite(stores: () => SessionStores): void {
  it('S4: a session is known to every instance, with its backend', async () => {
    const [one, other] = stores();
    const session = aSession({ backend: 'hosted' });
    await one.add(session);
    expect(await other.find(session.id, 'ann')).toEqual(session);
    expect(await other.cancelledOf([session.id])).toEqual([]);
  });

  it("S4: nobody finds another user's session", async () => {
    const [one, other] = stores();
    const session = aSession();
    await one.add(session);
    expect(await other.find(session.id, 'bob')).toBeNull();
    expect(await other.find('cksess_none', 'ann')).toBeNull();
  });

  it('S4: a cancelled session is gone on every instance, and known as cancelled', async () => {
    const [one, other] = stores();
    const [first, second] = [aSession(), aSession()];
    for (const session of [first, second]) await one.add(session);
    await other.cancel(first);
    expect(await one.find(first.id, 'ann')).toBeNull();
    expect(await one.find(second.id, 'ann')).toEqual(second);
    expect(await one.cancelledOf([first.id, second.id, 'cksess_none'])).toEqual([first.id]);
  });

  it('S4: a session that was made while the store was away can be cancelled', async () => {
    const [one, other] = stores();
    const session = aSession();
    await one.cancel(session);
    expect(await other.cancelledOf([session.id])).toEqual([session.id]);
  });

  it('S4: an expired session is not found', async () => {
    const [one, other] = stores();
    const session = aSession({ expiresAt: Math.floor(Date.now() / 1000) - 1 });
    await one.add(session);
    expect(await other.find(session.id, 'ann')).toBeNull();
  });

  it('asks for nothing in vain', async () => {
    expect(await stores()[0].cancelledOf([])).toEqual([]);
  });
}
