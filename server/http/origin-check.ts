import type { Config } from '../config.js';
import { Problem } from '../problems.js';
import { loopbackOrigin } from './loopback.js';
import type { IncomingRequest } from './request.js';

const defaultPort: Readonly<Record<string, RegExp>> = { http: /:80$/, https: /:443$/ };

/** A host as proxies and browsers spell it differently: `Example.com:443` is `example.com` on https. */
function originOf(protocol: string, host: string): string {
  const name = host.toLowerCase();
  const port = defaultPort[protocol];
  return `${protocol}://${port === undefined ? name : name.replace(port, '')}`;
}

/**
 * Whether the request comes from a page of this service's own origin. A page on https may sit behind a
 * proxy that talks plain http to us; a page on plain http never speaks for an https service.
 */
function isSameOrigin(origin: string, { protocol, host }: IncomingRequest): boolean {
  const isOurs = origin === originOf(protocol, host) || origin === originOf('https', host);
  return isOurs && URL.canParse(origin);
}

/** Whether the page that asks is on its visitor's own machine. */
export function isLocalPage({ protocol, host, headers }: IncomingRequest): boolean {
  return loopbackOrigin.test(headers.origin ?? originOf(protocol, host));
}

/** How the caller's page relates to this service. */
export type OriginKind = 'same-origin' | 'allowed' | 'none' | 'refused';

/** A normalised origin of another site, or a pattern of such. */
export type AllowedOrigin = string | RegExp;

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

export const isAllowedOrigin = (allowed: readonly AllowedOrigin[], origin: string): boolean =>
  allowed.some((entry) => (typeof entry === 'string' ? entry === origin : entry.test(origin)));

/** What a page of an allowed origin may send and read. */
export const corsRules = {
  credentials: true,
  methods: ['POST', 'DELETE'],
  // No list of headers to send: ChatKit chooses some of its own, and an allowed page may send what it likes.
  exposedHeaders: ['retry-after', 'x-request-id', 'x-taskpilot-answer'],
  /** Seconds. */
  maxAge: 7200,
};

export function createOriginCheck(allowed: readonly AllowedOrigin[]) {
  return (request: IncomingRequest): OriginKind => {
    const { origin, 'sec-fetch-site': site } = request.headers;
    if (origin === undefined) {
      // Browsers send Origin with every POST and DELETE: without it, no page of another site is asking.
      return site === 'cross-site' || site === 'same-site' ? 'refused' : 'none';
    }
    if (isSameOrigin(origin, request)) return 'same-origin';
    return isAllowedOrigin(allowed, origin) ? 'allowed' : 'refused';
  };
}

export type OriginCheck = ReturnType<typeof createOriginCheck>;

/** Origins of which the log speaks; anybody can make up more. */
const maxReported = 100;

/** Tells the operator once of each origin that is refused. */
export function createOriginReport(): (
  origin: string | undefined,
  warn: (line: string) => void,
) => void {
  const reported = new Set<string>();
  return (origin, warn) => {
    if (origin === undefined || reported.has(origin) || reported.size >= maxReported) return;
    reported.add(origin);
    const isOrigin = URL.canParse(origin) && new URL(origin).origin === origin;
    warn(
      isOrigin
        ? `A page of ${origin} was refused. To allow it, set ALLOWED_ORIGINS=${origin}`
        : 'A page without an origin, such as a file or a sandboxed frame, was refused.',
    );
  };
}

export const originRefusal = (): Problem =>
  new Problem(
    'origin_not_allowed',
    'Pages of this origin may not open sessions. Add the origin to ALLOWED_ORIGINS.',
  );
