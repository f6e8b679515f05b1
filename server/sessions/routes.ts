import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { checkCaller, unauthenticated, type Authenticator, type Caller } from '../auth/index.js';
import { acceptJsonOnly } from '../chatkit/index.js';
import { completeMethods } from '../http/methods.js';
import type { Limit, Metrics } from '../http/metrics.js';
import {
  isLocalPage,
  registerOrigins,
  type AllowedOrigin,
  type OriginCheck,
} from '../http/origins.js';
import { createRateLimit, type SharedCounters } from '../http/limits.js';
import { callerSecurity, problems } from '../http/openapi.js';
import { describeOnly } from '../http/schemas.js';
import { withinRequest, type Identify } from '../logging/request.js';
import { Problem, sendProblem, toProblem } from '../problems.js';
import { SessionAnswerSchema, SessionRequestSchema } from './backend.js';
import type { Failover } from './failover.js';
import type { SessionRegistry } from './session-registry.js';

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

/** The prefix under which `sessionRoutes` is registered. */
export const sessionsPath = '/api/chatkit/sessions';
const bodyLimitBytes = 4096;

function demandObject(body: unknown): void {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new Problem('bad_request', 'The body must be a JSON object, for example {}.');
  }
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
  const { backend, sessions, authenticator, metrics } = options;
  const onRefused = (limit: Limit) => metrics.refusals.inc({ limit });
  let inFlight = 0;

  describeOnly(app);
  app.setErrorHandler((error, request, reply) => {
    if (reply.raw.destroyed) {
      if (request.method === 'POST') metrics.sessions.inc({ outcome: 'aborted' });
      request.log.info('The caller went away before the answer.');
      return reply.hijack();
    }
    if (request.method === 'POST') metrics.sessions.inc({ outcome: toProblem(error).code });
    return sendProblem(error, request, reply);
  });
  app.addHook('onRequest', (_request, reply, done) => {
    reply.header('cache-control', 'no-store');
    done();
  });
  app.addHook('onRequest', (request, _reply, done) => withinRequest(request, done));
  await registerOrigins(app, options.checkOrigin, options.allowedOrigins);
  const limit = await createRateLimit(app, options.rateLimitPerMinute, {
    onRefused,
    shared: options.sharedCounters,
  });

  // No body at all is as good as {}, and what is not known is ignored.
  acceptJsonOnly(app, { empty: '{}', poisoning: 'remove' });

  const callers = new WeakMap<FastifyRequest, Caller>();
  const identify = async (request: FastifyRequest, reply: FastifyReply) => {
    const caller = checkCaller(await authenticator.authenticate(request, reply));
    callers.set(request, caller);
    options.identify(request, { user: caller.user });
    await limit(request, caller);
  };
  /** When the caller can be identified. */
  const whenKnown =
    authenticator.readsBody === true ? { preHandler: identify } : { onRequest: identify };
  const callerOf = (request: FastifyRequest): Caller => {
    const caller = callers.get(request);
    if (caller === undefined) throw new Problem('unauthenticated', unauthenticated);
    return caller;
  };

  /** Runs `work`, unless too much is under way here already. */
  const withRoom = async <T>(
    reply: FastifyReply,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> => {
    if (inFlight >= options.maxInFlight) {
      onRefused('sessions_in_flight');
      throw new Problem('overloaded', 'Too many sessions are being opened here. Try again.', {
        retryAfter: 1,
      });
    }
    metrics.inFlight.set(++inFlight);
    try {
      return await work(signalOf(reply));
    } finally {
      metrics.inFlight.set(--inFlight);
    }
  };

  app.post(
    '',
    {
      bodyLimit: bodyLimitBytes,
      ...whenKnown,
      schema: {
        summary: 'Open a ChatKit session for the caller',
        body: SessionRequestSchema,
        security: callerSecurity,
        response: {
          200: SessionAnswerSchema,
          ...problems(400, 401, 403, 413, 415, 429, 500, 502, 503, 504),
        },
      },
    },
    async (request, reply) => {
      if (request.body === undefined && request.headers['content-type'] === undefined) {
        throw new Problem(
          'unsupported_media_type',
          'Send JSON with content-type: application/json.',
        );
      }
      demandObject(request.body);
      const { user, remember } = callerOf(request);
      const opened = await withRoom(reply, (signal) =>
        backend.create({ user, signal, isLocal: isLocalPage(request) }),
      );
      const { client_secret, session_id, expires_at, api, upstreamRequestId } = opened.answer;
      options.identify(request, { sessionId: session_id, upstreamRequestId });
      await sessions.add({
        id: session_id,
        user,
        backend: opened.backend,
        expiresAt: expires_at,
      });
      metrics.sessions.inc({ outcome: 'ok' });
      const visitor = remember?.(reply);
      return {
        client_secret,
        session_id,
        expires_at,
        ...(api && { api }),
        ...(visitor !== undefined && { visitor }),
      };
    },
  );
  completeMethods(app, '', 'POST');

  app.delete(
    '/:id',
    {
      bodyLimit: bodyLimitBytes,
      ...whenKnown,
      schema: {
        summary: 'Cancel one of the caller’s own sessions',
        security: callerSecurity,
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
      if (request.body !== undefined) demandObject(request.body);
      const { user, isNew = false, forget } = callerOf(request);
      options.identify(request, { sessionId: id });
      // Also for a session that has ended by itself.
      if (!isNew) forget?.(reply);
      const session = await sessions.find(id, user);
      if (session === null) throw new Problem('not_found', 'You have no such session.');
      await withRoom(reply, (signal) => backend.cancel(session, signal));
      await sessions.cancel(session);
      return reply.code(204).send();
    },
  );
  completeMethods(app, '/:id', 'DELETE');
}
