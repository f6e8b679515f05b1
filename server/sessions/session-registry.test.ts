import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MemorySessionStore } from './memory-session-store.js';
import { SessionRegistry } from './session-registry.js';
import type { SessionStore } from './session-store.js';

const session = { id: 'cksess_1', user: 'ann', backend: 'self-hosted', expiresAt: 2e9 } as const;

/** Two instances on a store that can go away. */
function setUp() {
  const store = new MemorySessionStore(Date.now);
  const state: { failure: 'none' | 'refused' | 'hanging' } = { failure: 'none' };
  const shared = new Proxy<SessionStore>(store, {
    get: (target, name: keyof SessionStore) => {
      if (state.failure === 'hanging') return () => new Promise(() => undefined);
      if (state.failure === 'refused') return () => Promise.reject(new Error('ECONNREFUSED'));
      return (target[name] as (...args: unknown[]) => unknown).bind(target);
    },
  });
  const errors: unknown[] = [];
  const instance = () =>
    new SessionRegistry({ now: Date.now, shared, onError: (error) => errors.push(error) });
  return { one: instance(), other: instance(), state, errors };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('SessionRegistry', () => {
  it('S4: a session that another instance cancels ends what is running for it within a second', async () => {
    const { one, other } = setUp();
    await one.add(session);
    const ended = vi.fn();
    const left = vi.fn();
    one.watch(session.id, ended);
    one.watch(session.id, left)();
    const found = await other.find(session.id, 'ann');
    await other.cancel(found ?? expect.unreachable());
    expect(await one.isCancelled(session.id)).toBe(true);
    await vi.advanceTimersByTimeAsync(1000);
    expect(ended).toHaveBeenCalledTimes(1);
    expect(left).not.toHaveBeenCalled();
    expect(await one.find(session.id, 'ann')).toBeNull();
    await vi.advanceTimersByTimeAsync(5000);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('S4: one that is cancelled here ends at once', async () => {
    const { one } = setUp();
    await one.add(session);
    const ended = vi.fn();
    one.watch(session.id, ended);
    await one.cancel(session);
    expect(ended).toHaveBeenCalledTimes(1);
    const late = vi.fn();
    one.watch(session.id, late);
    await vi.advanceTimersByTimeAsync(0);
    expect(late).toHaveBeenCalledTimes(1);
  });

  it.each(['refused', 'hanging'] as const)(
    'S4: while the shared store is away (%s), an instance goes on with its own sessions',
    async (failure) => {
      const { one, other, state, errors } = setUp();
      state.failure = failure;
      const soon = async <T>(work: Promise<T>) => {
        const outcome = work.then(
          (value) => value,
          (error: unknown) => error,
        );
        await vi.advanceTimersByTimeAsync(500);
        return outcome;
      };
      expect(await soon(one.add(session))).toBeUndefined();
      expect(await soon(one.isCancelled(session.id))).toBe(false);
      expect(await soon(one.find(session.id, 'ann'))).toEqual(session);
      expect(await soon(other.find(session.id, 'ann'))).toMatchObject({
        code: 'storage_unavailable',
      });
      expect(await soon(one.cancel(session))).toMatchObject({ code: 'storage_unavailable' });
      expect(errors).toHaveLength(5);
      state.failure = 'none';
      await one.cancel(session);
      expect(await other.isCancelled(session.id)).toBe(true);
    },
  );
});
