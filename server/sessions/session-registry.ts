import { withTimeout } from '../chatkit/async.js';
import { Problem } from '../problems.js';
import { MemorySessionStore } from './memory-session-store.js';
import type { SessionStore, StoredSession } from './session-store.js';

/** How long a request waits for the shared store, in milliseconds. */
const patienceMs = 500;
/** Within this time and that of one query, the streams of a cancelled session end on every instance. */
const defaultWatchMs = 1000;

export interface SessionRegistryOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** What all instances share; without it, this instance knows its own sessions only. */
  readonly shared?: SessionStore | undefined;
  /** A call of the shared store has failed or took too long. */
  readonly onError?: (error: unknown) => void;
  /** Time between two looks at the sessions that have something running, in milliseconds. */
  readonly watchMs?: number;
}

/**
 * The sessions, with what is running for them here. While the shared store is away, an instance goes on with the
 * sessions that it has made itself.
 */
export class SessionRegistry {
  readonly #own: MemorySessionStore;
  readonly #shared: SessionStore | undefined;
  readonly #onError: (error: unknown) => void;
  readonly #watchMs: number;
  readonly #watchers = new Map<string, Set<() => void>>();
  #timer: NodeJS.Timeout | null = null;

  constructor({ now, shared, onError, watchMs = defaultWatchMs }: SessionRegistryOptions) {
    this.#own = new MemorySessionStore(now);
    this.#shared = shared;
    this.#onError = onError ?? (() => undefined);
    this.#watchMs = watchMs;
  }

  /** Never rejects: a session is worth more than its cancellation. */
  async add(session: StoredSession): Promise<void> {
    await this.#own.add(session);
    await this.#ask((store) => store.add(session));
  }

  /**
   * This user's session; null when there is none.
   *
   * @throws {Problem} `storage_unavailable` when another instance may know it
   */
  async find(id: string, user: string): Promise<StoredSession | null> {
    const own = () => this.#own.find(id, user);
    if (this.#shared === undefined) return own();
    const found = await this.#ask((store) => store.find(id, user));
    if (found?.value !== undefined) return found.value;
    return (await own()) ?? unavailable();
  }

  /**
   * Refuses the session's token from now on, and ends what is running for it.
   *
   * @throws {Problem} `storage_unavailable` when the other instances cannot learn of it
   */
  async cancel(session: StoredSession): Promise<void> {
    await this.#own.cancel(session);
    this.#notify(session.id);
    if (this.#shared === undefined) return;
    if ((await this.#ask((store) => store.cancel(session))) !== null) return;
    // The caller may try again, which needs the session.
    await this.#own.add(session);
    unavailable();
  }

  /** False also when it cannot be known. */
  async isCancelled(id: string): Promise<boolean> {
    if ((await this.#own.cancelledOf([id])).length > 0) return true;
    const found = await this.#ask((store) => store.cancelledOf([id]));
    return (found?.value.length ?? 0) > 0;
  }

  /**
   * Calls back once when the session is cancelled, here or on another instance.
   *
   * @returns a function that ends the watch
   */
  watch(id: string, onCancelled: () => void): () => void {
    const watchers = this.#watchers.get(id) ?? new Set();
    this.#watchers.set(id, watchers.add(onCancelled));
    if (this.#shared !== undefined) this.#timer ??= this.#lookLater();
    // It may have been cancelled between the check of its token and now.
    void this.#own.cancelledOf([id]).then(({ length }) => length > 0 && this.#notify(id));
    return () => {
      watchers.delete(onCancelled);
      if (watchers.size === 0 && this.#watchers.get(id) === watchers) this.#watchers.delete(id);
    };
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#watchers.clear();
  }

  #lookLater(): NodeJS.Timeout {
    return setTimeout(() => void this.#look(), this.#watchMs).unref();
  }

  async #look(): Promise<void> {
    const ids = [...this.#watchers.keys()];
    if (ids.length > 0) {
      const found = await this.#ask((store) => store.cancelledOf(ids));
      for (const id of found?.value ?? []) this.#notify(id);
    }
    this.#timer = this.#watchers.size > 0 ? this.#lookLater() : null;
  }

  #notify(id: string): void {
    const watchers = this.#watchers.get(id);
    this.#watchers.delete(id);
    for (const onCancelled of watchers ?? []) onCancelled();
  }

  /** Null when there is no shared store, it fails, or is not done in time; it may then still do it. */
  async #ask<T>(call: (store: SessionStore) => Promise<T>): Promise<{ readonly value: T } | null> {
    if (this.#shared === undefined) return null;
    const answer = call(this.#shared).then(
      (value) => ({ value }),
      (error: unknown) => {
        this.#onError(error);
        return null;
      },
    );
    return withTimeout(answer, patienceMs, () => {
      this.#onError(new Error('The store of sessions took too long.'));
      return null;
    });
  }
}

function unavailable(): never {
  throw new Problem('storage_unavailable', 'Sessions cannot be looked up right now. Try again.', {
    retryAfter: 2,
  });
}
