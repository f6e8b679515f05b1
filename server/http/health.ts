import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { Metrics } from './metrics.js';
import { completeMethods } from './methods.js';
import { describeOnly } from './schemas.js';

const Health = Type.Object({ status: Type.String(), reason: Type.Optional(Type.String()) });

export interface HealthOptions {
  /** Why no session can be opened now, or null. */
  readonly notReady: () => Promise<string | null>;
  readonly metrics: Metrics;
}

/** Liveness, readiness and figures. */
export function healthRoutes(
  app: FastifyInstance,
  options: HealthOptions,
  done: (error?: Error) => void,
): void {
  describeOnly(app);
  app.get('/healthz', { schema: { response: { 200: Health } } }, () => ({ status: 'ok' }));
  app.get(
    '/readyz',
    { schema: { response: { 200: Health, 503: Health } } },
    async (_request, reply) => {
      const reason = await options.notReady();
      return reason === null
        ? reply.header('cache-control', 'no-store').send({ status: 'ok' })
        : reply.header('cache-control', 'no-store').code(503).send({ status: 'not ready', reason });
    },
  );
  app.get('/metrics', { schema: { hide: true } }, async (_request, reply) =>
    reply.type(options.metrics.contentType).send(await options.metrics.text()),
  );
  for (const path of ['/healthz', '/readyz', '/metrics']) completeMethods(app, path, 'GET');
  done();
}
