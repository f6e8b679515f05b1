import rateLimit, { normalizeIP } from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Problem } from '../problems.js';
import type { Caller } from '../auth/index.js';

/** An address may stand for a whole office. */
const addressFactor = 10;

/** The client's address; of IPv6 its /64 network, which one household or server has to itself. */
function addressOf(request: FastifyRequest): string {
  // Unix sockets have no address, and neither has a client that is gone.
  const ip = request.ip as string | undefined;
  return ip === undefined ? 'local' : normalizeIP(ip);
}

type Limit = ReturnType<FastifyInstance['createRateLimit']>;
type KeyOf = (request: FastifyRequest) => string;

/** Makes limits of so many requests a minute for each key. */
async function limitsOf(app: FastifyInstance): Promise<(max: number, keyOf: KeyOf) => Limit> {
  await app.register(rateLimit, { global: false });
  return (max, keyOf) => {
    // `cache`, how many keys are remembered, is missing in the types.
    const options = { max, timeWindow: 60_000, keyGenerator: keyOf, cache: 20_000 };
    return app.createRateLimit(options);
  };
}

/** @throws {Problem} `rate_limited`, with the time to wait */
async function check(limit: Limit, request: FastifyRequest): Promise<void> {
  const result = await limit(request);
  if (result.isAllowed || !result.isExceeded) return;
  throw new Problem('rate_limited', 'Too many requests. Wait before asking again.', {
    retryAfter: result.ttlInSeconds,
  });
}

/**
 * Sessions cost the operator money: so many a minute for a user, and ten times as many for an address.
 * A visitor without a cookie counts as their address, so that throwing the cookie away gains nothing.
 * Each method is counted by itself: who opens many sessions can still end them.
 */
export async function createRateLimit(app: FastifyInstance, perMinute: number) {
  const limit = await limitsOf(app);
  const keys = new WeakMap<FastifyRequest, string>();
  // A user beyond the limit does not use up what their address may.
  const limits = [
    limit(perMinute, (request) => `${request.method} ${keys.get(request) ?? ''}`),
    limit(perMinute * addressFactor, (request) => `${request.method} ${addressOf(request)}`),
  ];

  return async (request: FastifyRequest, caller: Caller): Promise<void> => {
    keys.set(request, caller.isNew === true ? `new ${addressOf(request)}` : `user ${caller.user}`);
    for (const each of limits) await check(each, request);
  };
}

/** Answers cost the operator money, too: so many a minute for a user. */
export async function createMessageLimit(app: FastifyInstance, perMinute: number) {
  const limit = await limitsOf(app);
  const users = new WeakMap<FastifyRequest, string>();
  const ofUser = limit(perMinute, (request) => users.get(request) ?? '');

  return async (request: FastifyRequest, { user }: Pick<Caller, 'user'>): Promise<void> => {
    users.set(request, user);
    await check(ofUser, request);
  };
}
