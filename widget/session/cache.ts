import { readStored, writeStored } from '../storage.js';
import { parseSessionAnswer, type SessionAnswer } from './answer.js';

/** The longest time before its end at which a secret is no longer used. */
const marginMs = 60_000;
/** What a secret is trusted for when the visitor's clock makes nonsense of its expiry. */
const unknownLifeMs = 60_000;
/** No secret of ChatKit's lives longer, whatever a wrong clock or a tampered storage says. */
const maxLifeMs = 600_000;

interface Entry {
  answer: SessionAnswer;
  /** By the visitor's own clock, in milliseconds. */
  until: number;
}

/** Keeps one session in memory and, where there is one, in a storage of the page. */
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

  get(): SessionAnswer | null {
    const { answer, until = 0 } =
      this.#entry ?? (readStored(this.#storage, this.#key) as Partial<Entry>);
    const left = until - this.#now();
    if (left > 0 && left <= maxLifeMs) return parseSessionAnswer(answer);
    if (until) this.clear();
    return null;
  }

  set(answer: SessionAnswer): void {
    const now = this.#now();
    const life = Math.min(answer.expires_at * 1000 - now, maxLifeMs);
    const until = now + (life > 0 ? life - Math.min(marginMs, life / 5) : unknownLifeMs);
    this.#keep({ answer, until });
  }

  clear(): void {
    this.#keep(null);
  }

  #keep(entry: Entry | null): void {
    this.#entry = entry;
    writeStored(this.#storage, this.#key, entry);
  }
}
