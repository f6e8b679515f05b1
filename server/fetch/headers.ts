import helmet from 'helmet';
import { corsRules, isAllowedOrigin, type AllowedOrigin } from '../http/origin-check.js';
import { securityPolicy } from '../http/security-policy.js';
import type { HandlerReply, HandlerRequest } from './request.js';

/** All that helmet does to a response. */
interface HeaderTarget {
  setHeader(name: string, value: string): void;
  removeHeader(name: string): void;
}

type Middleware = (request: object, response: HeaderTarget, next: (error?: Error) => void) => void;

/** The headers that helmet adds to every answer. */
export function securityHeaders(production: boolean): [string, string][] {
  const headers: [string, string][] = [];
  const target: HeaderTarget = {
    setHeader: (name, value) => void headers.push([name, value]),
    removeHeader: () => undefined,
  };
  // Its types ask for Node's classes, of which it uses this much.
  const addHeaders = helmet(securityPolicy(production)) as unknown as Middleware;
  addHeaders({}, target, (error) => {
    if (error !== undefined) throw error;
  });
  return headers;
}

/** What @fastify/cors adds by the same rules. */
export function addCorsHeaders(
  { headers, method }: HandlerRequest,
  reply: HandlerReply,
  allowed: readonly AllowedOrigin[],
): void {
  const { origin } = headers;
  reply.header('vary', 'Origin');
  if (origin !== undefined && isAllowedOrigin(allowed, origin)) {
    reply.header('access-control-allow-origin', origin);
  }
  reply.header('access-control-allow-credentials', 'true');
  reply.header('access-control-expose-headers', corsRules.exposedHeaders.join(', '));
  if (method !== 'OPTIONS') return;
  reply.header('access-control-allow-methods', corsRules.methods.join(', '));
  reply.header('vary', 'Origin, Access-Control-Request-Headers');
  const asked = headers['access-control-request-headers'];
  if (typeof asked === 'string') reply.header('access-control-allow-headers', asked);
  reply.header('access-control-max-age', String(corsRules.maxAge));
}
