import { LRUCache } from 'lru-cache';

/** Sessions that are remembered; the ones not used for longest are forgotten first. */
const defaultLimit = 100_000;

/** Remembers whose session is whose until it expires. */
export class SessionOwners {
  readonly #owners: LRUCache<string, string>;
  readonly #now: () => number;

  /**
   * @param now milliseconds since 1970
   * @param limit how many sessions are remembered
   */
  constructor(now: () => number, limit = defaultLimit) {
    this.#now = now;
    this.#owners = new LRUCache({ max: limit, ttlResolution: 0, perf: { now } });
  }

  /** @param expiresAt Unix time in seconds */
  add(sessionId: string, user: string, expiresAt: number): void {
    // The cache counts an entry as alive in the millisecond of its end, too.
    const ttl = expiresAt * 1000 - this.#now() - 1;
    if (ttl > 0) this.#owners.set(sessionId, user, { ttl });
  }

  owns(sessionId: string, user: string): boolean {
    return this.#owners.get(sessionId) === user;
  }

  delete(sessionId: string): void {
    this.#owners.delete(sessionId);
  }
}
