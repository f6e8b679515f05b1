import { LRUCache } from 'lru-cache';
import { createKeyHash, uncounted, type MakeLimit } from '../http/limits.js';
import type { HandlerRequest } from './request.js';

// By hand: @fastify/rate-limit needs an application of Fastify, and rate-limiter-flexible loads Node's cluster module.

/**
 * Counts requests. The one in memory counts for one process; an application gives its own where many processes or
 * isolates answer.
 *
 * @example
 * const counter: RequestCounter = {
 *   async count(key, windowMs) {
 *     const count = await redis.incr(key);
 *     if (count === 1) await redis.pexpire(key, windowMs);
 *     return { count, endsInMs: await redis.pttl(key) };
 *   },
 * };
 */
export interface RequestCounter {
  /**
   * Counts one more request.
   *
   * @param key a hash of a user or an address
   * @param windowMs how long the window lasts that begins with the first request, in milliseconds
   * @returns how many there were in this window, this one included, and the milliseconds to its end
   */
  count(
    key: string,
    windowMs: number,
  ): Promise<{ readonly count: number; readonly endsInMs: number }>;
}

const windowMs = 60_000;
const maxKeys = 20_000;

/** @param now milliseconds since 1970 */
export function createMemoryCounter(now: () => number): RequestCounter {
  const windows = new LRUCache<string, { count: number; readonly endsAt: number }>({
    max: maxKeys,
  });
  return {
    count(key, ms) {
      let window = windows.get(key);
      if (window === undefined || window.endsAt <= now()) {
        window = { count: 0, endsAt: now() + ms };
        windows.set(key, window);
      }
      window.count += 1;
      return Promise.resolve({ count: window.count, endsInMs: window.endsAt - now() });
    },
  };
}

export interface CountOptions {
  readonly counter: RequestCounter;
  readonly secrets: readonly string[];
  /** What happens to requests that cannot be counted: they are served (`open`) or refused. */
  readonly onFailure: 'open' | 'closed';
  readonly onError: (error: unknown) => void;
}

/** Limits by a counter. */
export function countWith(options: CountOptions): MakeLimit<HandlerRequest> {
  const { counter, onFailure, onError } = options;
  const hash = createKeyHash(options.secrets);
  return (max, keyOf) => async (request) => {
    try {
      const { count, endsInMs } = await counter.count(hash(keyOf(request)), windowMs);
      return count <= max ? null : Math.ceil(endsInMs / 1000);
    } catch (error) {
      onError(error);
      if (onFailure === 'open') return null;
      throw uncounted();
    }
  };
}
