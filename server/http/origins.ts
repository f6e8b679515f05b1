import cors, { type FastifyCorsOptions } from '@fastify/cors';
import type { FastifyInstance } from 'fastify';
import {
  corsRules,
  createOriginReport,
  originRefusal,
  type AllowedOrigin,
  type OriginCheck,
} from './origin-check.js';

const corsPolicy = (
  allowed: readonly AllowedOrigin[],
  methods: readonly string[],
): FastifyCorsOptions => ({
  ...corsRules,
  methods: [...methods],
  origin: [...allowed],
  // Our routes answer OPTIONS themselves, with the methods that they take.
  preflightContinue: true,
  strictPreflight: false,
});

/**
 * Refuses requests of foreign origins, which CORS headers alone would not, and lets @fastify/cors answer for the
 * allowed ones. Inside an application that has @fastify/cors itself, its copy answers by our policy, which the
 * routes carry in their `config`.
 *
 * @param scope an encapsulated scope, before its routes are added, with a prefix of its own: @fastify/cors adds a
 *   route for every OPTIONS request below it
 */
export async function registerOrigins(
  scope: FastifyInstance,
  check: OriginCheck,
  allowed: readonly AllowedOrigin[],
  methods: readonly string[] = corsRules.methods,
): Promise<void> {
  const report = createOriginReport();
  const policy = corsPolicy(allowed, methods);
  scope.addHook('onRoute', (route) => {
    // Not for the route that @fastify/cors adds itself: what we do not serve stays a 404.
    const isCatchAll = [`${scope.prefix}*`, `${scope.prefix}/*`].includes(route.url);
    const config = { ...route.config, cors: isCatchAll ? false : policy };
    Object.assign(route, { config });
  });
  scope.addHook('onRequest', (request, _reply, done) => {
    const isRefused = check(request) === 'refused';
    if (isRefused) report(request.headers.origin, (line) => request.log.warn(line));
    done(isRefused ? originRefusal() : undefined);
  });
  if (!scope.hasRequestDecorator('corsPreflightEnabled')) await scope.register(cors, policy);
}
