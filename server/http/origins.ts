import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '../problems.js';

/** A host as proxies and browsers spell it differently: `Example.com:443` is `example.com` on https. */
function originOf(protocol: string, host: string): string | undefined {
  const url = `${protocol}://${host}`;
  return URL.canParse(url) ? new URL(url).origin : undefined;
}

/**
 * Whether the request comes from a page of this service's own origin. A page on https may sit behind a
 * proxy that talks plain http to us; a page on plain http never speaks for an https service.
 */
function isSameOrigin(origin: string, { protocol, host }: FastifyRequest): boolean {
  return origin === originOf(protocol, host) || origin === originOf('https', host);
}

const isLoopback = (hostname: string): boolean =>
  /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname) || hostname.endsWith('.localhost');

/**
 * The origin under which the caller reaches this service. A page on https can have reached it over https
 * only, whatever a proxy in between says, unless it is on the page's own machine.
 */
export function publicOrigin(request: FastifyRequest): string {
  const { protocol, host } = request;
  const secure = request.headers.origin?.startsWith('https:') === true;
  const hostname = originOf(protocol, host) && new URL(`${protocol}://${host}`).hostname;
  const scheme = secure && hostname !== undefined && !isLoopback(hostname) ? 'https' : protocol;
  return originOf(scheme, host) ?? `${scheme}://${host}`;
}

/** How the caller's page relates to this service. */
export type OriginKind = 'same-origin' | 'allowed' | 'none' | 'refused';

/** @param allowed normalised origins of other sites */
export function createOriginCheck(allowed: readonly string[]) {
  const known = new Set(allowed);
  return (request: FastifyRequest): OriginKind => {
    const { origin, 'sec-fetch-site': site } = request.headers;
    if (origin === undefined) {
      // Browsers send Origin with every POST and DELETE: without it, no page of another site is asking.
      return site === 'cross-site' || site === 'same-site' ? 'refused' : 'none';
    }
    if (isSameOrigin(origin, request)) return 'same-origin';
    return known.has(origin) ? 'allowed' : 'refused';
  };
}

export type OriginCheck = ReturnType<typeof createOriginCheck>;

function letRead(origin: string | undefined, request: FastifyRequest, reply: FastifyReply): void {
  reply
    .header('access-control-allow-origin', origin)
    .header('access-control-allow-credentials', 'true')
    .header('access-control-expose-headers', 'retry-after, x-request-id');
  if (request.method !== 'OPTIONS') return;
  reply
    .header('access-control-allow-methods', 'POST, DELETE')
    // An allowed page may send what it likes; ChatKit chooses headers of its own.
    .header(
      'access-control-allow-headers',
      request.headers['access-control-request-headers'] ?? 'content-type, authorization',
    )
    .header('access-control-max-age', '7200');
}

/**
 * Refuses other origins' requests, which CORS headers alone would not, and lets the allowed ones read.
 * Not done by @fastify/cors: that cannot be mounted into an application which uses it itself.
 */
export function registerOrigins(app: FastifyInstance, check: OriginCheck): void {
  app.addHook('onRequest', (request, reply, done) => {
    const vary = reply.getHeader('vary');
    reply.header('vary', vary === undefined ? 'origin' : `${String(vary)}, origin`);
    const kind = check(request);
    if (kind === 'allowed') letRead(request.headers.origin, request, reply);
    done(kind === 'refused' ? refusal() : undefined);
  });
}

const refusal = (): Problem =>
  new Problem(
    'origin_not_allowed',
    'Pages of this origin may not open sessions. Add the origin to ALLOWED_ORIGINS.',
  );
