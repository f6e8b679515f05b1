import {
  appFieldsOf,
  checkCaller,
  unauthenticated,
  type Authenticator,
  type Caller,
} from '../auth/authenticator.js';
import type { RateLimit, OnRefused } from '../http/limits.js';
import type { Metrics } from '../http/metrics.js';
import { isLocalPage } from '../http/origin-check.js';
import type { IncomingRequest, ReplyHeaders } from '../http/request.js';
import type { Identify, LoggedRequest } from '../logging/request.js';
import { Problem, toProblem } from '../problems.js';
import type { SessionAnswer } from './backend.js';
import type { Failover } from './failover.js';
import type { SessionRegistry } from './session-registry.js';

/** The path below which sessions are opened and ended. */
export const sessionsPath = '/api/chatkit/sessions';
/** Of the body of such a request. */
export const sessionBodyBytes = 4096;

/** A request for a session: Fastify's, or that of the fetch handler. */
export type SessionRequest = IncomingRequest & LoggedRequest;

export interface SessionServiceOptions<Request, Reply> {
  readonly backend: Failover;
  readonly sessions: SessionRegistry;
  readonly authenticator: Authenticator<Request, Reply>;
  readonly limit: RateLimit<Request>;
  readonly onRefused: OnRefused;
  readonly identify: Identify;
  /** Sessions that are being made at the same time; more are refused as `overloaded`. */
  readonly maxInFlight: number;
  readonly metrics?: Pick<Metrics, 'sessions' | 'inFlight'> | undefined;
}

/** What is asked of a session, whatever carries the request. */
export interface SessionService<Request, Reply> {
  /**
   * Names the caller, and counts the request; before the body is read, unless the identity may be in it.
   *
   * @throws {Problem} `unauthenticated` or `rate_limited`
   */
  readonly identify: (request: Request, reply: Reply) => Promise<void>;
  /** @throws {Problem} and adds no identity to the reply then */
  readonly open: (request: Request, reply: Reply, signal: AbortSignal) => Promise<SessionAnswer>;
  /** Ends one of the caller's own sessions. @throws {Problem} `not_found` for anybody else's */
  readonly end: (request: Request, reply: Reply, id: string, signal: AbortSignal) => Promise<void>;
  /** Counts how a request to open a session has failed. */
  readonly failed: (error: unknown) => void;
}

function demandObject(body: unknown): void {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new Problem('bad_request', 'The body must be a JSON object, for example {}.');
  }
}

export function createSessionService<Request extends SessionRequest, Reply extends ReplyHeaders>(
  options: SessionServiceOptions<Request, Reply>,
): SessionService<Request, Reply> {
  const { backend, sessions, authenticator, metrics } = options;
  const callers = new WeakMap<Request, Caller>();
  const callerOf = (request: Request): Caller => {
    const caller = callers.get(request);
    if (caller === undefined) throw new Problem('unauthenticated', unauthenticated);
    return caller;
  };
  let inFlight = 0;

  /** Runs `work`, unless too much is under way here already. */
  const withRoom = async <T>(work: () => Promise<T>): Promise<T> => {
    if (inFlight >= options.maxInFlight) {
      options.onRefused('sessions_in_flight');
      throw new Problem('overloaded', 'Too many sessions are being opened here. Try again.', {
        retryAfter: 1,
      });
    }
    metrics?.inFlight.set(++inFlight);
    try {
      return await work();
    } finally {
      metrics?.inFlight.set(--inFlight);
    }
  };

  return {
    async identify(request, reply) {
      const caller = checkCaller(await authenticator.authenticate(request, reply));
      callers.set(request, caller);
      options.identify(request, { user: caller.user });
      await options.limit(request, caller);
    },

    async open(request, reply, signal) {
      if (request.body === undefined && request.headers['content-type'] === undefined) {
        throw new Problem(
          'unsupported_media_type',
          'Send JSON with content-type: application/json.',
        );
      }
      demandObject(request.body);
      const caller = callerOf(request);
      const { user, remember } = caller;
      const app = appFieldsOf(caller);
      const opened = await withRoom(() =>
        backend.create({ user, app, signal, isLocal: isLocalPage(request) }),
      );
      const { client_secret, session_id, expires_at, api, offers, upstreamRequestId } =
        opened.answer;
      options.identify(request, { sessionId: session_id, upstreamRequestId });
      await sessions.add({
        id: session_id,
        user,
        backend: opened.backend,
        expiresAt: expires_at,
      });
      metrics?.sessions.inc({ outcome: 'ok' });
      const visitor = remember?.(reply);
      return {
        client_secret,
        session_id,
        expires_at,
        ...(api && { api }),
        ...(offers && { offers }),
        ...(visitor !== undefined && { visitor }),
      };
    },

    async end(request, reply, id, signal) {
      if (request.body !== undefined) demandObject(request.body);
      const { user, isNew = false, forget } = callerOf(request);
      options.identify(request, { sessionId: id });
      // Also for a session that has ended by itself.
      if (!isNew) forget?.(reply);
      const session = await sessions.find(id, user);
      if (session === null) throw new Problem('not_found', 'You have no such session.');
      await withRoom(() => backend.cancel(session, signal));
      await sessions.cancel(session);
    },

    failed: (error) => metrics?.sessions.inc({ outcome: toProblem(error).code }),
  };
}
