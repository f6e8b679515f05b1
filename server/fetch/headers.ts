import { corsRules, isAllowedOrigin, type AllowedOrigin } from '../http/origin-check.js';
import type { HandlerReply, HandlerRequest } from './request.js';

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
