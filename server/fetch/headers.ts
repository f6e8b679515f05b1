import type { IncomingMessage, ServerResponse } from 'node:http';
import helmet from 'helmet';
import { corsRules, isAllowedOrigin, type AllowedOrigin } from '../http/origin-check.js';
import { securityPolicy } from '../http/security-policy.js';
import type { HandlerReply, HandlerRequest } from './request.js';

/** The headers that helmet adds to every answer. */
export function securityHeaders(production: boolean): [string, string][] {
  const headers: [string, string][] = [];
  // All that helmet calls of a response.
  const response = {
    setHeader: (name: string, value: string) => void headers.push([name, value]),
    removeHeader: () => undefined,
  };
  helmet(securityPolicy(production))(
    {} as IncomingMessage,
    response as unknown as ServerResponse,
    (error) => {
      if (error !== undefined) throw error as Error;
    },
  );
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
