import { parseSessionAnswer, type SessionAnswer } from './session-answer.js';

/** The longest time before its end at which a secret is no longer used. */
const marginMs = 60_000;
/** What a secret is trusted for when the visitor's clock makes nonsense of its expiry. */
const unknownLifeMs = 60_000;

interface Entry {
  answer: SessionAnswer;
  /** By the visitor's own clock, in milliseconds. */
  until: number;
}

/** Keeps one session in memory and, where there is one, in a storage of the page. */
export class SessionCache {
  readonly #key: string;
  readonly #storage: Storage | null;
  readonly #now: () => number;
  #entry: Entry | null = null;

  constructor(key: string, storage: Storage | null, now: () => number) {
    this.#key = key;
    this.#storage = storage;
    this.#now = now;
  }

  get(): SessionAnswer | null {
    this.#entry ??= this.#read();
    if (this.#entry && this.#entry.until > this.#now()) return this.#entry.answer;
    if (this.#entry) this.clear();
    return null;
  }

  set(answer: SessionAnswer): void {
    const now = this.#now();
    const life = answer.expires_at * 1000 - now;
    const until = now + (life > 0 ? life - Math.min(marginMs, life / 5) : unknownLifeMs);
    this.#entry = { answer, until };
    this.#write((storage) => storage.setItem(this.#key, JSON.stringify(this.#entry)));
  }

  clear(): void {
    this.#entry = null;
    this.#write((storage) => storage.removeItem(this.#key));
  }

  /** Storage may be forbidden, full or tampered with: then the memory has to do. */
  #write(action: (storage: Storage) => void): void {
    try {
      if (this.#storage) action(this.#storage);
    } catch {
      // Nothing is lost but the reuse across page changes.
    }
  }

  #read(): Entry | null {
    try {
      const stored = JSON.parse(
        this.#storage?.getItem(this.#key) ?? 'null',
      ) as Partial<Entry> | null;
      const answer = parseSessionAnswer(stored?.answer);
      return answer && typeof stored?.until === 'number' ? { answer, until: stored.until } : null;
    } catch {
      return null;
    }
  }
}
