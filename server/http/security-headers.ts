import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';
import { securityPolicy } from './security-policy.js';

/** Adds security headers to all answers of a scope. */
export async function addSecurityHeaders(
  scope: FastifyInstance,
  production: boolean,
): Promise<void> {
  await scope.register(helmet, securityPolicy(production));
}
