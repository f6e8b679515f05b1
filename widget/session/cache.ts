import { readStored, writeStored } from '../storage.js';
import { parseSessionAnswer, type SessionAnswer } from './request.js';

/** Secrets are not used any more so long before they expire, or for the last fifth of a shorter life. */
const marginMs = 60_000;
/** How long a secret is used whose expiry has passed by the visitor's clock, which must then be wrong. */
const unknownLifeMs = 60_000;
/** ChatKit's maximum; a later expiry comes from a wrong clock or a tampered storage. */
const maxLifeMs = 600_000;

interface Entry {
  /** Whom the session belongs to. */
  identity: string;
  answer: SessionAnswer;
  /** By the visitor's own clock, in milliseconds. */
  until: number;
}

/** Keeps one session in memory and, if there is one, in a storage of the page. */
export class SessionCache {
  readonly #key: string;
  readonly #storage: Storage | null | undefined;
  readonly #now: () => number;
  #entry: Entry | null = null;

  constructor(key: string, storage: Storage | null | undefined, now: () => number) {
    this.#key = key;
    this.#storage = storage;
    this.#now = now;
  }

  /** The session that the browser keeps, whoever it belongs to. */
  peek(): SessionAnswer | null {
    return parseSessionAnswer(this.#read().answer);
  }

  /** The session of an identity; another's is forgotten. */
  get(identity: string): SessionAnswer | null {
    const { answer, until = 0, ...entry } = this.#read();
    const left = until - this.#now();
    if (left > 0 && left <= maxLifeMs && entry.identity === identity) {
      return parseSessionAnswer(answer);
    }
    if (until) this.clear();
    return null;
  }

  set(answer: SessionAnswer, identity: string): void {
    const now = this.#now();
    const life = Math.min(answer.expires_at * 1000 - now, maxLifeMs);
    const until = now + (life > 0 ? life - Math.min(marginMs, life / 5) : unknownLifeMs);
    this.#keep({ answer, until, identity });
  }

  clear(): void {
    this.#keep(null);
  }

  #read(): Partial<Entry> {
    return this.#entry ?? readStored(this.#storage, this.#key);
  }

  #keep(entry: Entry | null): void {
    this.#entry = entry;
    writeStored(this.#storage, this.#key, entry);
  }
}
