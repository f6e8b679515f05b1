import rateLimit, { normalizeIP } from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Problem } from '../problems.js';
import type { Caller } from './auth/index.js';

/** An address may stand for a whole office. */
const addressFactor = 10;

/** The client's address; of IPv6 its /64 network, which one household or server has to itself. */
function addressOf(request: FastifyRequest): string {
  // Unix sockets have no address, and neither has a client that is gone.
  const ip = request.ip as string | undefined;
  return ip === undefined ? 'local' : normalizeIP(ip);
}

/**
 * Sessions cost the operator money: so many a minute for a user, and ten times as many for an address.
 * A visitor without a cookie counts as their address, so that throwing the cookie away gains nothing.
 * Each method is counted by itself: who opens many sessions can still end them.
 */
export async function createRateLimit(app: FastifyInstance, perMinute: number) {
  await app.register(rateLimit, { global: false });
  const keys = new WeakMap<FastifyRequest, string>();
  const limit = (max: number, key: (request: FastifyRequest) => string) => {
    const keyGenerator = (request: FastifyRequest) => `${request.method} ${key(request)}`;
    const options = { max, timeWindow: 60_000, keyGenerator, cache: 20_000 };
    return app.createRateLimit(options);
  };
  // A user beyond the limit does not use up what their address may.
  const checks = [
    limit(perMinute, (request) => keys.get(request) ?? ''),
    limit(perMinute * addressFactor, addressOf),
  ];

  return async (request: FastifyRequest, caller: Caller): Promise<void> => {
    keys.set(request, caller.isNew === true ? `new ${addressOf(request)}` : `user ${caller.user}`);
    for (const check of checks) {
      const result = await check(request);
      if (!result.isAllowed && result.isExceeded) {
        throw new Problem('rate_limited', 'Too many requests. Wait before asking again.', {
          retryAfter: result.ttlInSeconds,
        });
      }
    }
  };
}
