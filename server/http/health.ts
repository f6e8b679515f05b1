import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Metrics } from './metrics.js';
import { completeMethods } from './methods.js';
import { bearerToken } from '../auth/index.js';
import { Problem } from '../problems.js';
import { problems } from './openapi.js';
import { describeOnly } from './schemas.js';

const Health = Type.Object({ status: Type.String(), reason: Type.Optional(Type.String()) });

export interface HealthOptions {
  /** Why no session can be opened now, or null. */
  readonly notReady: () => Promise<string | null>;
  readonly metrics: Metrics;
  readonly production: boolean;
  /** Without one, `/metrics` is open outside production, and not there in production. */
  readonly metricsToken: string | undefined;
  /** Whether a route is served. */
  readonly serves: (route: HealthRoute) => boolean;
}

/** Routes for the operator. */
export const healthRouteNames = ['healthz', 'readyz', 'metrics'] as const;
export type HealthRoute = (typeof healthRouteNames)[number];

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** @throws {Problem} `unauthenticated`, or `not_found` where there is no token to ask for */
function checkMetricsToken(request: FastifyRequest, options: HealthOptions): void {
  const { metricsToken: token, production } = options;
  if (token === undefined) {
    if (!production) return;
    throw new Problem('not_found', 'In production there are metrics with a METRICS_TOKEN only.');
  }
  // Of equal length, so that the comparison takes the same time whatever was sent.
  if (!timingSafeEqual(digest(bearerToken(request) ?? ''), digest(token))) {
    throw new Problem('unauthenticated', 'Send METRICS_TOKEN as a bearer token.');
  }
}

/** Liveness, readiness and figures. */
export function healthRoutes(
  app: FastifyInstance,
  options: HealthOptions,
  done: (error?: Error) => void,
): void {
  describeOnly(app);
  const routes: Readonly<Record<HealthRoute, () => void>> = {
    healthz() {
      app.get('/healthz', { schema: { response: { 200: Health } } }, () => ({ status: 'ok' }));
    },
    readyz() {
      app.get(
        '/readyz',
        { schema: { response: { 200: Health, 503: Health } } },
        async (_request, reply) => {
          const reason = await options.notReady();
          return reason === null
            ? reply.header('cache-control', 'no-store').send({ status: 'ok' })
            : reply
                .header('cache-control', 'no-store')
                .code(503)
                .send({ status: 'not ready', reason });
        },
      );
    },
    metrics() {
      app.get(
        '/metrics',
        {
          schema: {
            summary:
              'Figures in the text format of Prometheus; in production only with METRICS_TOKEN',
            response: {
              200: { content: { 'text/plain': { schema: Type.String() } } },
              ...problems(401, 404),
            },
          },
        },
        async (request, reply) => {
          checkMetricsToken(request, options);
          return reply.type(options.metrics.contentType).send(await options.metrics.text());
        },
      );
    },
  };
  for (const name of healthRouteNames.filter(options.serves)) {
    routes[name]();
    completeMethods(app, `/${name}`, 'GET');
  }
  done();
}
