import { LRUCache } from 'lru-cache';
import type { SessionStore, StoredSession } from './session-store.js';

/** Sessions that are remembered; the ones not used for longest are forgotten first. */
const defaultLimit = 100_000;

/** The sessions of one instance. */
export class MemorySessionStore implements SessionStore {
  readonly #running: LRUCache<string, StoredSession>;
  readonly #cancelled: LRUCache<string, true>;
  readonly #now: () => number;

  /**
   * @param now milliseconds since 1970
   * @param limit how many sessions are remembered
   */
  constructor(now: () => number, limit = defaultLimit) {
    this.#now = now;
    const options = { max: limit, ttlResolution: 0, perf: { now } };
    this.#running = new LRUCache(options);
    this.#cancelled = new LRUCache(options);
  }

  add(session: StoredSession): Promise<void> {
    this.#set(this.#running, session, session);
    return Promise.resolve();
  }

  find(id: string, user: string): Promise<StoredSession | null> {
    const session = this.#running.get(id);
    return Promise.resolve(session?.user === user ? session : null);
  }

  cancel(session: StoredSession): Promise<void> {
    this.#running.delete(session.id);
    this.#set(this.#cancelled, session, true);
    return Promise.resolve();
  }

  cancelledOf(ids: readonly string[]): Promise<readonly string[]> {
    return Promise.resolve(ids.filter((id) => this.#cancelled.has(id)));
  }

  #set<T extends StoredSession | true>(
    cache: LRUCache<string, T>,
    { id, expiresAt }: StoredSession,
    value: T,
  ): void {
    // The cache counts an entry as alive in the millisecond of its end, too.
    const ttl = expiresAt * 1000 - this.#now() - 1;
    if (ttl > 0) cache.set(id, value, { ttl });
  }
}
