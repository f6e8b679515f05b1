import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Redis } from 'ioredis';
import { redisPrefix } from '../redis.js';
import { createKeyHash, uncounted, type MakeLimit } from './limits.js';

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

type Counted = Awaited<ReturnType<ReturnType<FastifyInstance['createRateLimit']>>>;

const secondsToWait = (result: Counted): number | null =>
  result.isAllowed || !result.isExceeded ? null : result.ttlInSeconds;

/**
 * Limits that @fastify/rate-limit counts.
 *
 * @param shared without it, each instance counts alone
 */
export async function countRequests(
  app: FastifyInstance,
  shared: SharedCounters | undefined,
): Promise<MakeLimit<FastifyRequest>> {
  if (shared === undefined) {
    await app.register(rateLimit, { global: false });
    return (max, keyOf) => {
      // `cache`, how many keys are remembered, is missing in the types.
      const options = { max, timeWindow: 60_000, keyGenerator: keyOf, cache: 20_000 };
      const limit = app.createRateLimit(options);
      return async (request) => secondsToWait(await limit(request));
    };
  }
  const { redis, secrets, onFailure, onError } = shared;
  const hash = createKeyHash(secrets);
  const nameSpace = `${redisPrefix}limit:`;
  await app.register(rateLimit, { global: false, redis, nameSpace });
  return (max, keyOf) => {
    const keyGenerator = (request: FastifyRequest) => hash(keyOf(request));
    const limit = app.createRateLimit({ max, timeWindow: 60_000, keyGenerator });
    return async (request) => {
      try {
        return secondsToWait(await limit(request));
      } catch (error) {
        onError(error);
        // Not by `skipOnError`, which tells nobody.
        if (onFailure === 'open') return null;
        throw uncounted();
      }
    };
  };
}
