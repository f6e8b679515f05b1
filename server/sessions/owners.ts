/** Remembers whose session is whose until it expires; the oldest are forgotten when there are too many. */
export class SessionOwners {
  readonly #owners = new Map<string, { user: string; expiresAt: number }>();
  readonly #now: () => number;
  readonly #limit: number;

  /** @param now milliseconds since 1970 */
  constructor(now: () => number, limit = 100_000) {
    this.#now = now;
    this.#limit = limit;
  }

  /** @param expiresAt Unix time in seconds */
  add(sessionId: string, user: string, expiresAt: number): void {
    // Sessions live about equally long: the first ones in are the first ones out.
    for (const [id, entry] of this.#owners) {
      if (entry.expiresAt > this.#now() && this.#owners.size < this.#limit) break;
      this.#owners.delete(id);
    }
    this.#owners.set(sessionId, { user, expiresAt: expiresAt * 1000 });
  }

  owns(sessionId: string, user: string): boolean {
    const { user: owner, expiresAt = 0 } = this.#owners.get(sessionId) ?? {};
    return owner === user && expiresAt > this.#now();
  }

  delete(sessionId: string): void {
    this.#owners.delete(sessionId);
  }
}
