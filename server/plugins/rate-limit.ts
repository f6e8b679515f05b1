import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Problem } from '../problems.js';
import type { Caller } from './auth/index.js';

/** An address may stand for a whole office. */
const addressFactor = 10;

/**
 * Sessions cost the operator money: so many a minute for a user, and ten times as many for an address.
 * A visitor without a cookie counts as their address, so that throwing the cookie away gains nothing.
 */
export async function createRateLimit(app: FastifyInstance, perMinute: number) {
  await app.register(rateLimit, { global: false, cache: 20_000 });
  const keys = new WeakMap<FastifyRequest, string>();
  const limit = (max: number, key: (request: FastifyRequest) => string) =>
    app.createRateLimit({ max, timeWindow: 60_000, keyGenerator: key });
  const perUser = limit(perMinute, (request) => `user:${keys.get(request) ?? request.ip}`);
  const perAddress = limit(perMinute * addressFactor, (request) => `address:${request.ip}`);

  return async (request: FastifyRequest, caller: Caller): Promise<void> => {
    keys.set(request, caller.isNew === true ? `new:${request.ip}` : caller.user);
    for (const check of [perAddress, perUser]) {
      const result = await check(request);
      if (!result.isAllowed && result.isExceeded) {
        throw new Problem('rate_limited', 'Too many sessions. Wait before asking again.', {
          retryAfter: result.ttlInSeconds,
        });
      }
    }
  };
}
