import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';

/** Security headers of all answers of a scope. None of them is a document that runs anything or may be framed. */
export async function addSecurityHeaders(
  scope: FastifyInstance,
  production: boolean,
): Promise<void> {
  await scope.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
    // For this host only: its sister domains are not this service's to decide about.
    strictTransportSecurity: production ? { maxAge: 31_536_000, includeSubDomains: false } : false,
  });
}
