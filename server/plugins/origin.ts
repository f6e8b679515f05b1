import cors from '@fastify/cors';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Problem } from '../problems.js';

/**
 * Whether the request comes from a page of this service's own origin. A page on https may sit behind a
 * proxy that talks plain http to us; a page on plain http never speaks for an https service.
 */
function isSameOrigin(origin: string, request: FastifyRequest): boolean {
  if (origin === `${request.protocol}://${request.host}`) return true;
  return request.protocol === 'http' && origin === `https://${request.host}`;
}

/** How the caller's page relates to this service. */
export type OriginKind = 'same-origin' | 'allowed' | 'none' | 'refused';

/** @param allowed normalised origins of other sites */
export function createOriginCheck(allowed: readonly string[]) {
  const known = new Set(allowed);
  return (request: FastifyRequest): OriginKind => {
    const { origin } = request.headers;
    if (origin === undefined) {
      // Browsers send Origin with every POST and DELETE: without it, no page of another site is asking.
      return request.headers['sec-fetch-site'] === 'cross-site' ? 'refused' : 'none';
    }
    if (isSameOrigin(origin, request)) return 'same-origin';
    return known.has(origin) ? 'allowed' : 'refused';
  };
}

export type OriginCheck = ReturnType<typeof createOriginCheck>;

/** Refuses other origins' requests, which CORS headers alone would not, and lets the allowed ones read. */
export async function registerOrigins(app: FastifyInstance, check: OriginCheck): Promise<void> {
  app.addHook('onRequest', async (request) => {
    if (check(request) !== 'refused') return;
    throw new Problem(
      'origin_not_allowed',
      'Pages of this origin may not open sessions. Add the origin to ALLOWED_ORIGINS.',
    );
  });
  await app.register(cors, {
    delegator: (request, callback) => {
      const origin = check(request) === 'allowed' ? request.headers.origin : undefined;
      callback(null, {
        origin: origin ?? false,
        credentials: true,
        methods: ['POST', 'DELETE'],
        allowedHeaders: ['content-type', 'authorization'],
        exposedHeaders: ['retry-after', 'x-request-id'],
        maxAge: 7200,
      });
    },
  });
}
