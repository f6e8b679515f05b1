import { Stored } from '../storage.js';
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

/** Keeps one session. */
export class SessionCache {
  readonly #stored: Stored<Entry>;

  constructor(storage: Storage | null | undefined, key: string) {
    this.#stored = new Stored(storage, key);
  }

  /** The session that the browser keeps, whoever it belongs to. */
  peek(): SessionAnswer | null {
    return parseSessionAnswer(this.#stored.value.answer);
  }

  /** The session of an identity; another's is forgotten. */
  get(identity: string): SessionAnswer | null {
    const { until = 0, ...entry } = this.#stored.value;
    const left = until - Date.now();
    if (left > 0 && left <= maxLifeMs && entry.identity === identity) return this.peek();
    this.clear();
    return null;
  }

  set(answer: SessionAnswer, identity: string): void {
    const now = Date.now();
    const life = Math.min(answer.expires_at * 1000 - now, maxLifeMs);
    const until = now + (life > 0 ? life - Math.min(marginMs, life / 5) : unknownLifeMs);
    this.#stored.keep({ answer, until, identity });
  }

  clear(): void {
    this.#stored.keep(null);
  }
}
