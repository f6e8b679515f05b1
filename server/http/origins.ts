import cors, { type FastifyCorsOptions } from '@fastify/cors';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Config } from '../config.js';
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

export const isLoopback = (hostname: string): boolean =>
  /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname) || hostname.endsWith('.localhost');

/** Whether the page that asks is on its visitor's own machine. */
export function isLocalPage({ protocol, host, headers }: FastifyRequest): boolean {
  const origin = headers.origin ?? originOf(protocol, host);
  return origin !== undefined && URL.canParse(origin) && isLoopback(new URL(origin).hostname);
}

/** How the caller's page relates to this service. */
export type OriginKind = 'same-origin' | 'allowed' | 'none' | 'refused';

/** A normalised origin of another site, or a pattern of such. */
export type AllowedOrigin = string | RegExp;

/** Every page on this machine. */
const loopbackOrigin =
  /^https?:\/\/(?:(?:[\w-]+\.)*localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/;

/** `https://*.example.com` stands for every name of one label more. */
function toPattern(origin: string): AllowedOrigin {
  const [before = '', after] = origin.split('*');
  const escape = (text: string) => text.replace(/[.[\]]/g, '\\$&');
  return after === undefined
    ? origin
    : new RegExp(`^${escape(before)}[a-z0-9]([a-z0-9-]*[a-z0-9])?${escape(after)}$`);
}

/** The origins of other sites whose pages may open sessions: outside production, those on this machine as well. */
export const allowedOriginsOf = ({
  allowedOrigins,
  production,
}: Pick<Config, 'allowedOrigins' | 'production'>): readonly AllowedOrigin[] => [
  ...allowedOrigins.map(toPattern),
  ...(production ? [] : [loopbackOrigin]),
];

export function createOriginCheck(allowed: readonly AllowedOrigin[]) {
  const isAllowed = (origin: string): boolean =>
    allowed.some((entry) => (typeof entry === 'string' ? entry === origin : entry.test(origin)));
  return (request: FastifyRequest): OriginKind => {
    const { origin, 'sec-fetch-site': site } = request.headers;
    if (origin === undefined) {
      // Browsers send Origin with every POST and DELETE: without it, no page of another site is asking.
      return site === 'cross-site' || site === 'same-site' ? 'refused' : 'none';
    }
    if (isSameOrigin(origin, request)) return 'same-origin';
    return isAllowed(origin) ? 'allowed' : 'refused';
  };
}

export type OriginCheck = ReturnType<typeof createOriginCheck>;

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

const refusal = (): Problem =>
  new Problem(
    'origin_not_allowed',
    'Pages of this origin may not open sessions. Add the origin to ALLOWED_ORIGINS.',
  );

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
    done(isRefused ? refusal() : undefined);
  });
  if (!scope.hasRequestDecorator('corsPreflightEnabled')) await scope.register(cors, policy);
}
