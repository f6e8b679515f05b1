import { createHmac } from 'node:crypto';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Redis } from 'ioredis';
import { deriveKeys } from '../derived-keys.js';
import { Problem } from '../problems.js';
import { redisPrefix } from '../redis.js';
import { addressOf } from './address.js';
import type { Caller } from '../auth/index.js';
import type { Limit as LimitName } from './metrics.js';

/** Told of each refusal. */
export type OnRefused = (limit: LimitName) => void;

/** An address may stand for a whole office. */
const addressFactor = 10;

type Limit = ReturnType<FastifyInstance['createRateLimit']>;
type KeyOf = (request: FastifyRequest) => string;

/** Where requests are counted by all instances together. */
export interface SharedCounters {
  readonly redis: Redis;
  /** `SESSION_SECRET`: its first secret hashes users and addresses, which Redis need not know. */
  readonly secrets: readonly string[];
  /** What happens to requests that cannot be counted: they are served (`open`) or refused. */
  readonly onFailure: 'open' | 'closed';
  /** A request could not be counted. */
  readonly onError: (error: unknown) => void;
}

export interface LimitOptions {
  readonly onRefused: OnRefused;
  /** Without it, each instance counts alone. */
  readonly shared?: SharedCounters | undefined;
}

/** Makes limits of so many requests a minute for each key. */
async function limitsOf(
  app: FastifyInstance,
  shared: SharedCounters | undefined,
): Promise<(max: number, keyOf: KeyOf) => Limit> {
  if (shared === undefined) {
    await app.register(rateLimit, { global: false });
    return (max, keyOf) => {
      // `cache`, how many keys are remembered, is missing in the types.
      const options = { max, timeWindow: 60_000, keyGenerator: keyOf, cache: 20_000 };
      return app.createRateLimit(options);
    };
  }
  const { redis, secrets, onFailure, onError } = shared;
  const [secret] = deriveKeys(secrets, 'keys of limits');
  if (secret === undefined) throw new RangeError('at least one secret');
  const nameSpace = `${redisPrefix}limit:`;
  await app.register(rateLimit, { global: false, redis, nameSpace });
  return (max, keyOf) => {
    const keyGenerator = (request: FastifyRequest) =>
      createHmac('sha256', secret).update(keyOf(request)).digest('base64url');
    const limit = app.createRateLimit({ max, timeWindow: 60_000, keyGenerator });
    return async (request) => {
      try {
        return await limit(request);
      } catch (error) {
        onError(error);
        // Not by `skipOnError`, which tells nobody.
        if (onFailure === 'open') return { isAllowed: true, key: '' };
        throw new Problem('overloaded', 'Requests cannot be counted right now. Try again.', {
          retryAfter: 2,
        });
      }
    };
  };
}

/** @throws {Problem} `rate_limited`, with the time to wait */
async function check(limit: Limit, request: FastifyRequest, refused: () => void): Promise<void> {
  const result = await limit(request);
  if (result.isAllowed || !result.isExceeded) return;
  refused();
  throw new Problem('rate_limited', 'Too many requests. Wait before asking again.', {
    retryAfter: result.ttlInSeconds,
  });
}

/** Counts a request, and refuses it beyond a limit. */
export type RateLimit = (request: FastifyRequest, caller: Caller) => Promise<void>;

/**
 * So many a minute for a user, and ten times as many for an address. A caller without an identity of their own counts
 * as their address, so that throwing the identity away gains nothing. Each method is counted by itself: who opens many
 * sessions can still end them.
 */
function limitUsersAndAddresses(
  limit: (max: number, keyOf: KeyOf) => Limit,
  what: 'sessions' | 'requests' | 'answers',
  perMinute: number,
  onRefused: OnRefused,
): RateLimit {
  const users = new WeakMap<FastifyRequest, string>();
  // A user beyond the limit does not use up what their address may.
  const limits = [
    limit(perMinute, (request) => `${what} ${request.method} ${users.get(request) ?? ''}`),
    limit(
      perMinute * addressFactor,
      (request) => `${what} ${request.method} ${addressOf(request)}`,
    ),
  ];
  return async (request, caller) => {
    users.set(request, caller.isNew === true ? `new ${addressOf(request)}` : `user ${caller.user}`);
    for (const each of limits) await check(each, request, () => onRefused(`${what}_per_minute`));
  };
}

/** Sessions cost the operator money. */
export async function createRateLimit(
  app: FastifyInstance,
  perMinute: number,
  options: LimitOptions,
): Promise<RateLimit> {
  const limit = await limitsOf(app, options.shared);
  return limitUsersAndAddresses(limit, 'sessions', perMinute, options.onRefused);
}

/** With each answer, a chat reads its threads and their items, and tells what the visitor thinks of them. */
const requestsPerAnswer = 6;

export interface ChatLimits {
  /** For every request of a chat. */
  readonly request: RateLimit;
  /** For those that are answered by a model, which costs the operator money. */
  readonly answer: RateLimit;
}

/** @param perMinute answers of a user */
export async function createChatLimits(
  app: FastifyInstance,
  perMinute: number,
  { onRefused, shared }: LimitOptions,
): Promise<ChatLimits> {
  const limit = await limitsOf(app, shared);
  return {
    request: limitUsersAndAddresses(limit, 'requests', perMinute * requestsPerAnswer, onRefused),
    answer: limitUsersAndAddresses(limit, 'answers', perMinute, onRefused),
  };
}

/** How much is under way by key. */
class Running {
  readonly #counts = new Map<string, number>();

  of(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  add(key: string, change: 1 | -1): void {
    const count = this.of(key) + change;
    if (count === 0) this.#counts.delete(key);
    else this.#counts.set(key, count);
  }
}

/**
 * So many answers at once for a user, and ten times as many for an address.
 *
 * @returns a function that counts an answer until its end, or throws the `Problem` `rate_limited`
 */
export function createConcurrencyLimit(perUser: number, onRefused: OnRefused) {
  const running = new Running();
  return (request: FastifyRequest, user: string, ended: Promise<void>): void => {
    const limits = [
      [`user ${user}`, perUser],
      [`address ${addressOf(request)}`, perUser * addressFactor],
    ] as const;
    if (limits.some(([key, max]) => running.of(key) >= max)) {
      onRefused('answers_at_once');
      throw new Problem('rate_limited', 'Too many answers at once. Wait for one to end.', {
        retryAfter: 5,
      });
    }
    for (const [key] of limits) running.add(key, 1);
    void ended.then(() => {
      for (const [key] of limits) running.add(key, -1);
    });
  };
}
