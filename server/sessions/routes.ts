import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { checkCaller, unauthenticated, type Authenticator, type Caller } from '../auth/index.js';
import { acceptJsonOnly } from '../chatkit/index.js';
import { completeMethods } from '../http/methods.js';
import type { Metrics } from '../http/metrics.js';
import {
  isLocalPage,
  registerOrigins,
  type AllowedOrigin,
  type OriginCheck,
} from '../http/origins.js';
import { createRateLimit } from '../http/limits.js';
import { describeOnly } from '../http/schemas.js';
import {
  Problem,
  problemCodes,
  ProblemSchema,
  sendProblem,
  statusOf,
  toProblem,
} from '../problems.js';
import { SessionAnswerSchema, type SessionBackend } from './backend.js';
import { SessionOwners } from './owners.js';

export interface SessionRoutes {
  readonly backend: SessionBackend;
  readonly authenticator: Authenticator;
  readonly checkOrigin: OriginCheck;
  /** Origins of other sites whose pages may ask. */
  readonly allowedOrigins: readonly AllowedOrigin[];
  readonly metrics: Metrics;
  readonly rateLimitPerMinute: number;
  readonly maxInFlight: number;
  readonly now: () => number;
}

/** The prefix under which `sessionRoutes` is registered. */
export const sessionsPath = '/api/chatkit/sessions';
const bodyLimitBytes = 4096;

const bySession = problemCodes.filter((code) => code !== 'storage_quota_exceeded');

/** How failures are described, by status. */
const problems = (...statuses: number[]) =>
  Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        description: bySession.filter((code) => statusOf(code) === status).join(', '),
        content: { 'application/problem+json': { schema: ProblemSchema } },
      },
    ]),
  );

/** What POST and DELETE take; with AUTH=anonymous alone it says something. */
const SessionRequestSchema = Type.Object(
  {
    visitor: Type.Optional(
      Type.String({
        description:
          'Only with AUTH=anonymous: the token of an earlier answer, for a visitor whose cookie is blocked',
      }),
    ),
  },
  { description: 'Other keys are ignored' },
);

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
  const { backend, authenticator, metrics, now } = options;
  const owners = new SessionOwners(now);
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
  await registerOrigins(app, options.checkOrigin, options.allowedOrigins);
  const limit = await createRateLimit(app, options.rateLimitPerMinute);

  // No body at all is as good as {}, and what is not known is ignored.
  acceptJsonOnly(app, { empty: '{}', poisoning: 'remove' });

  const callers = new WeakMap<FastifyRequest, Caller>();
  const identify = async (request: FastifyRequest, reply: FastifyReply) => {
    const caller = checkCaller(await authenticator.authenticate(request, reply));
    callers.set(request, caller);
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
      const { client_secret, session_id, expires_at, api } = await withRoom(reply, (signal) =>
        backend.create({ user, signal, isLocal: isLocalPage(request) }),
      );
      owners.add(session_id, user, expires_at);
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
      // Also for a session that has ended by itself.
      if (!isNew) forget?.(reply);
      if (!owners.owns(id, user)) {
        throw new Problem('not_found', 'You have no such session.');
      }
      await withRoom(reply, (signal) => backend.cancel(id, signal));
      owners.delete(id);
      return reply.code(204).send();
    },
  );
  completeMethods(app, '/:id', 'DELETE');
}
