import cors, { type FastifyCorsOptions } from '@fastify/cors';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { originRefusal, type AllowedOrigin, type OriginCheck } from './origin-check.js';

export * from './origin-check.js';

/** What a page of an allowed origin may send and read. */
const corsPolicy = (allowed: readonly AllowedOrigin[]): FastifyCorsOptions => ({
  origin: [...allowed],
  credentials: true,
  methods: ['POST', 'DELETE'],
  // No list: ChatKit chooses headers of its own, and an allowed page may send what it likes.
  exposedHeaders: ['retry-after', 'x-request-id'],
  maxAge: 7200,
  // Our routes answer OPTIONS themselves, with the methods that they take.
  preflightContinue: true,
  strictPreflight: false,
});

/** Origins of which the log speaks; anybody can make up more. */
const maxReported = 100;

/** Tells the operator once of each origin that is refused. */
function createReport(): (request: FastifyRequest) => void {
  const reported = new Set<string>();
  return ({ headers: { origin }, log }) => {
    if (origin === undefined || reported.has(origin) || reported.size >= maxReported) return;
    reported.add(origin);
    const isOrigin = URL.canParse(origin) && new URL(origin).origin === origin;
    log.warn(
      isOrigin
        ? `A page of ${origin} was refused. To allow it, set ALLOWED_ORIGINS=${origin}`
        : 'A page without an origin, such as a file or a sandboxed frame, was refused.',
    );
  };
}

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
): Promise<void> {
  const report = createReport();
  const policy = corsPolicy(allowed);
  scope.addHook('onRoute', (route) => {
    // Not for the route that @fastify/cors adds itself: what we do not serve stays a 404.
    const config = { ...route.config, cors: route.url.endsWith('*') ? false : policy };
    Object.assign(route, { config });
  });
  scope.addHook('onRequest', (request, _reply, done) => {
    const isRefused = check(request) === 'refused';
    if (isRefused) report(request);
    done(isRefused ? originRefusal() : undefined);
  });
  if (!scope.hasRequestDecorator('corsPreflightEnabled')) await scope.register(cors, policy);
}
