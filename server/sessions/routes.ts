import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Authenticator } from '../plugins/auth/index.js';
import type { Metrics } from '../plugins/metrics.js';
import { registerOrigins, type OriginCheck } from '../plugins/origin.js';
import { createRateLimit } from '../plugins/rate-limit.js';
import { Problem, ProblemSchema, sendProblem, toProblem } from '../problems.js';
import { SessionAnswerSchema, type SessionBackend } from './backend.js';
import { SessionOwners } from './owners.js';

export interface SessionRoutes {
  readonly backend: SessionBackend;
  readonly authenticator: Authenticator;
  readonly checkOrigin: OriginCheck;
  readonly metrics: Metrics;
  readonly rateLimitPerMinute: number;
  readonly maxInFlight: number;
  readonly now: () => number;
}

export const sessionsPath = '/api/chatkit/sessions';
const bodyLimitBytes = 4096;

const problems = Object.fromEntries(
  [400, 401, 403, 404, 413, 415, 429, 502, 503, 504].map((status) => [status, ProblemSchema]),
);

function isObject(body: unknown): boolean {
  return typeof body === 'object' && body !== null && !Array.isArray(body);
}

/** Aborted when the client goes away before it has its answer. */
function signalOf(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
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

  app.setErrorHandler((error, request, reply) => {
    if (reply.raw.destroyed) {
      metrics.sessions.inc({ outcome: 'aborted' });
      request.log.info('The caller went away before the answer.');
      return reply.hijack();
    }
    if (request.method === 'POST') metrics.sessions.inc({ outcome: toProblem(error).code });
    return sendProblem(error, request, reply);
  });
  app.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store').header('x-request-id', request.id);
  });
  await registerOrigins(app, options.checkOrigin);
  const limit = await createRateLimit(app, options.rateLimitPerMinute);

  // Only JSON, and no body at all is as good as {}.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'string', bodyLimit: bodyLimitBytes },
    (_request, body, done) => {
      try {
        done(null, body === '' ? {} : JSON.parse(body as string));
      } catch (error) {
        done(new Problem('bad_request', 'The body is not JSON. Send {}.', { cause: error }));
      }
    },
  );

  const callers = new WeakMap<FastifyRequest, { user: string }>();
  const identify = async (request: FastifyRequest, reply: FastifyReply) => {
    const caller = await authenticator.authenticate(request, reply);
    callers.set(request, caller);
    if (request.method === 'POST') await limit(request, caller);
  };
  const userOf = (request: FastifyRequest): string => {
    const caller = callers.get(request);
    if (caller === undefined) throw new Problem('unauthenticated', 'Nobody is known to be asking.');
    return caller.user;
  };

  app.post(
    sessionsPath,
    {
      bodyLimit: bodyLimitBytes,
      onRequest: identify,
      schema: {
        summary: 'Open a ChatKit session for the caller',
        response: { 200: SessionAnswerSchema, ...problems },
      },
    },
    async (request, reply) => {
      if (request.body === undefined && request.headers['content-type'] === undefined) {
        throw new Problem(
          'unsupported_media_type',
          'Send JSON with content-type: application/json.',
        );
      }
      if (!isObject(request.body)) {
        throw new Problem('bad_request', 'The body must be a JSON object, for example {}.');
      }
      if (inFlight >= options.maxInFlight) {
        throw new Problem('overloaded', 'Too many sessions are being opened here. Try again.', {
          retryAfter: 1,
        });
      }
      const user = userOf(request);
      metrics.inFlight.set(++inFlight);
      try {
        const session = await backend.create({
          user,
          signal: signalOf(reply),
          publicOrigin: `${request.protocol}://${request.host}`,
        });
        owners.add(session.session_id, user, session.expires_at);
        metrics.sessions.inc({ outcome: 'ok' });
        return session;
      } finally {
        metrics.inFlight.set(--inFlight);
      }
    },
  );

  app.delete(
    `${sessionsPath}/:id`,
    {
      onRequest: identify,
      schema: {
        summary: 'Cancel one of the caller’s own sessions',
        params: Type.Object({ id: Type.String({ maxLength: 200 }) }),
        response: { 204: Type.Null(), ...problems },
      },
    },
    async (request, reply) => {
      const { id } = request.params as { id: string };
      if (!owners.owns(id, userOf(request))) {
        throw new Problem('not_found', 'You have no such session.');
      }
      await backend.cancel(id, signalOf(reply));
      owners.delete(id);
      return reply.code(204).send();
    },
  );
}
