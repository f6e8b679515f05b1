import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Authenticator } from '../auth/index.js';
import { acceptJsonOnly } from '../chatkit/index.js';
import { createSessionLimit } from '../http/limits.js';
import { completeMethods } from '../http/methods.js';
import type { Limit, Metrics } from '../http/metrics.js';
import { problems } from '../http/openapi.js';
import type { AllowedOrigin, OriginCheck } from '../http/origin-check.js';
import { registerOrigins } from '../http/origins.js';
import { countRequests, type SharedCounters } from '../http/rate-limit.js';
import { describeOnly } from '../http/schemas.js';
import { withinRequest, type Identify } from '../logging/request.js';
import { sendProblem } from '../problems.js';
import { SessionAnswerSchema, SessionRequestSchema } from './backend.js';
import type { Failover } from './failover.js';
import type { SessionRegistry } from './session-registry.js';
import { createSessionService, sessionBodyBytes } from './session-service.js';

/** The prefix under which `sessionRoutes` is registered. */
export { sessionsPath } from './session-service.js';

export interface SessionRoutes {
  readonly backend: Failover;
  readonly sessions: SessionRegistry;
  readonly authenticator: Authenticator;
  readonly checkOrigin: OriginCheck;
  /** Origins of other sites whose pages may ask. */
  readonly allowedOrigins: readonly AllowedOrigin[];
  readonly metrics: Metrics;
  readonly identify: Identify;
  readonly rateLimitPerMinute: number;
  readonly maxInFlight: number;
  /** Without it, this instance counts alone. */
  readonly sharedCounters?: SharedCounters | undefined;
}

/** Aborted when the client goes away before it has its answer. */
function signalOf(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  if (reply.raw.destroyed) controller.abort();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort();
  });
  return controller.signal;
}

/** POST and DELETE of sessions, as an encapsulated plugin. */
export async function sessionRoutes(app: FastifyInstance, options: SessionRoutes): Promise<void> {
  const { authenticator, metrics } = options;
  const onRefused = (limit: Limit) => metrics.refusals.inc({ limit });

  describeOnly(app);
  app.setErrorHandler((error, request, reply) => {
    if (reply.raw.destroyed) {
      if (request.method === 'POST') metrics.sessions.inc({ outcome: 'aborted' });
      request.log.info('The caller went away before the answer.');
      return reply.hijack();
    }
    if (request.method === 'POST') service.failed(error);
    // Not for the whole request: until Node 24, AsyncLocalStorage makes every promise of the process slower.
    return withinRequest(request, () => sendProblem(error, request, reply));
  });
  app.addHook('onRequest', (_request, reply, done) => {
    reply.header('cache-control', 'no-store');
    done();
  });
  await registerOrigins(app, options.checkOrigin, options.allowedOrigins);
  const limits = await countRequests(app, options.sharedCounters);
  const service = createSessionService<FastifyRequest, FastifyReply>({
    ...options,
    limit: createSessionLimit(limits, options.rateLimitPerMinute, onRefused),
    onRefused,
  });

  // No body at all is as good as {}, and what is not known is ignored.
  acceptJsonOnly(app, { empty: '{}' });

  const { identify } = service;
  /** When the caller can be identified. */
  const whenKnown =
    authenticator.readsBody === true ? { preHandler: identify } : { onRequest: identify };

  app.post(
    '',
    {
      bodyLimit: sessionBodyBytes,
      ...whenKnown,
      schema: {
        summary: 'Open a ChatKit session for the caller',
        body: SessionRequestSchema,
        response: {
          200: SessionAnswerSchema,
          ...problems(400, 401, 403, 413, 415, 429, 500, 502, 503, 504),
        },
      },
    },
    (request, reply) => service.open(request, reply, signalOf(reply)),
  );
  completeMethods(app, '', 'POST');

  app.delete(
    '/:id',
    {
      bodyLimit: sessionBodyBytes,
      ...whenKnown,
      schema: {
        summary: 'Cancel one of the caller’s own sessions',
        params: Type.Object({ id: Type.String({ maxLength: 200 }) }),
        body: SessionRequestSchema,
        response: {
          204: Type.Null({ description: 'The session is ended' }),
          ...problems(400, 401, 403, 404, 413, 415, 429, 500, 502, 503, 504),
        },
      },
    },
    async (request, reply) => {
      const { id } = request.params as { id: string };
      await service.end(request, reply, id, signalOf(reply));
      return reply.code(204).send();
    },
  );
  completeMethods(app, '/:id', 'DELETE');
}
