import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ChatKitProblem, isHttpProblem, RequestError, type HttpProblem } from './errors.js';
import { acceptJsonOnly } from './json-body.js';
import { bodyLimitFor, defaultLimits, type ChatKitLimits } from './limits.js';
import type { NewId, Responder } from './responder.js';
import { ChatKitServer } from './server.js';
import { ActiveRequest } from './sse.js';
import { NotFoundError, type Store } from './store.js';

/** The user of a request, as `authenticate` returns it. */
export interface ChatKitCaller {
  /** The owner of threads: never empty, and the same for one person on every device. */
  readonly user: string;
}

export interface ChatKitServerPluginOptions {
  /** Where threads are kept. */
  readonly store: Store;
  /** Answers messages and actions. */
  readonly responder: Responder;
  /**
   * Returns the user of a request, before its body is read. Throws a `ChatKitProblem`, a `Problem`, or any
   * error with a `statusCode` of 401 when there is none.
   */
  readonly authenticate: (
    request: FastifyRequest,
    reply: FastifyReply,
  ) => ChatKitCaller | Promise<ChatKitCaller>;
  /**
   * Called before a request that is answered with a stream, the place for rate limits. Throws to refuse:
   * `new ChatKitProblem('rate_limited', 'Wait a little.', { retryAfter: 30 })`.
   *
   * @param ended fulfilled when the answer has ended, for limits of answers at once; never rejected
   */
  readonly admit?: (
    request: FastifyRequest,
    caller: ChatKitCaller,
    ended: Promise<void>,
  ) => void | Promise<void>;
  /** @default '/api/chatkit' */
  readonly path?: string;
  /**
   * What happens to an answer when its client disconnects. A server cannot tell the stop button from a
   * reload: `stop` treats both as the button, stops the model and stores the partial text; `finish` treats
   * both as a reload, completes the answer and stores it.
   *
   * @default 'stop'
   */
  readonly onDisconnect?: 'stop' | 'finish';
  /** How long an answer may take, in milliseconds. @default 600000 */
  readonly deadlineMs?: number;
  /** After how many silent milliseconds a comment keeps a stream alive. @default 15000 */
  readonly heartbeatMs?: number;
  /** After how many milliseconds a client that does not read is disconnected. @default 30000 */
  readonly stalledMs?: number;
  /** The longest body, in bytes. @default 257536, or what the longest message needs */
  readonly bodyLimit?: number;
  /** How much a request may bring, and a user may have stored. */
  readonly limits?: Partial<ChatKitLimits>;
  /** The time in milliseconds since 1970. @default Date.now */
  readonly now?: () => number;
  /** @default `newId` */
  readonly newId?: NewId;
}

const defaults = {
  path: '/api/chatkit',
  onDisconnect: 'stop',
  deadlineMs: 600_000,
  heartbeatMs: 15_000,
  stalledMs: 30_000,
} as const;

/**
 * A ChatKit server as a Fastify plugin: all requests of the ChatKit protocol as `POST` to one path. In the page:
 * `api: { url: 'https://…/api/chatkit', domainKey: '…' }`. docs/protocol.md describes the protocol, and where
 * this server differs from OpenAI's.
 *
 * @example
 * await app.register(chatkitServer, {
 *   store: new MemoryStore(),
 *   responder,
 *   authenticate: (request) => ({ user: userOf(request) }),
 * });
 */
export function chatkitServer(
  app: FastifyInstance,
  options: ChatKitServerPluginOptions,
  done: () => void,
): void {
  const settings = { ...defaults, ...options };
  const { path, bodyLimit = bodyLimitFor({ ...defaultLimits, ...options.limits }) } = settings;
  const server = new ChatKitServer(settings);
  const callers = new WeakMap<FastifyRequest, ChatKitCaller>();
  const active = new Set<ActiveRequest>();
  /** Requests that are being answered, by user and `Idempotency-Key`. */
  const byKey = new Map<string, ActiveRequest>();
  const keyOf = (user: string, key: string) => JSON.stringify([user, key]);
  let closing = false;
  const assertOpen = () => {
    if (closing)
      throw new ChatKitProblem('overloaded', 'The server is shutting down.', { retryAfter: 1 });
  };

  app.addHook('preClose', async () => {
    closing = true;
    for (const running of active) running.interrupt();
    await Promise.all([...active].map(({ ended }) => ended));
  });
  app.setErrorHandler((error, request, reply) => sendError(error, request, reply, bodyLimit));
  acceptJsonOnly(app);

  app.post(path, {
    schema: { summary: 'A request of the ChatKit protocol; the answer is JSON or an event stream' },
    bodyLimit,
    onRequest: async (request, reply) => {
      assertOpen();
      callers.set(request, await options.authenticate(request, reply));
    },
    handler: async (request, reply) => {
      const caller = callers.get(request);
      if (!caller?.user) throw new ChatKitProblem('unauthenticated', 'The request has no user.');
      // The server may have begun to close during authentication.
      assertOpen();
      const running = new ActiveRequest(reply, settings);
      active.add(running);
      const { 'idempotency-key': header } = request.headers;
      const key = typeof header === 'string' ? keyOf(caller.user, header) : undefined;
      if (key !== undefined) byKey.set(key, running);
      try {
        const result = await server.process(request.body, {
          user: caller.user,
          requestId: request.id,
          signal: running.signal,
          disconnected: running.disconnected,
          admit: () => options.admit?.(request, caller, running.ended),
          onError: (error) => request.log.error({ err: error }, 'An answer failed.'),
        });
        if (result.type === 'stream') return await running.stream(result.events, request.log);
        return await reply.header('cache-control', 'no-store').send(result.body);
      } finally {
        active.delete(running);
        if (key !== undefined && byKey.get(key) === running) byKey.delete(key);
        running.end();
      }
    },
  });
  // A client that disconnects does not say whether its visitor pressed stop; this does.
  app.delete(`${path}/requests/:key`, {
    schema: {
      summary: 'Stop the answer to the caller’s request with this Idempotency-Key, if there is one',
    },
    onRequest: async (request, reply) => {
      callers.set(request, await options.authenticate(request, reply));
    },
    handler: async (request, reply) => {
      const caller = callers.get(request);
      if (!caller?.user) throw new ChatKitProblem('unauthenticated', 'The request has no user.');
      const { key } = request.params as { key: string };
      byKey.get(keyOf(caller.user, key))?.stop();
      return reply.code(204).send();
    },
  });
  const refuse = async (_request: FastifyRequest, reply: FastifyReply): Promise<never> => {
    reply.header('allow', 'POST');
    throw new ChatKitProblem('method_not_allowed', 'The ChatKit protocol uses POST.');
  };
  app.route({
    url: path,
    schema: { hide: true },
    method: ['GET', 'PUT', 'PATCH', 'DELETE'],
    // Before the body is read.
    onRequest: refuse,
    handler: refuse,
  });
  done();
}

/** Statuses of errors that Fastify throws, or an application's `authenticate`. */
function problemOfStatus(status: number, bodyLimit: number, cause: unknown): ChatKitProblem {
  switch (status) {
    case 401:
    case 403:
      return new ChatKitProblem('unauthenticated', 'The request has no valid credentials.');
    case 404:
      return new ChatKitProblem('not_found', 'There is nothing at this address.');
    case 405:
      return new ChatKitProblem('method_not_allowed', 'The ChatKit protocol uses POST.');
    case 413:
      return new ChatKitProblem(
        'payload_too_large',
        `The body may have ${bodyLimit} bytes at most.`,
      );
    case 415:
      return new ChatKitProblem(
        'unsupported_media_type',
        'Send JSON with content-type: application/json.',
      );
    case 429:
      return new ChatKitProblem('rate_limited', 'Too many requests. Wait before asking again.');
    default:
      if (status >= 400 && status < 500) {
        return new ChatKitProblem('bad_request', 'The body is not JSON.');
      }
      return new ChatKitProblem('internal_error', 'The service failed. Its log has the details.', {
        cause,
      });
  }
}

function toProblem(error: unknown, bodyLimit: number): HttpProblem {
  if (isHttpProblem(error)) return error;
  if (error instanceof RequestError) return new ChatKitProblem('bad_request', error.message);
  if (error instanceof NotFoundError) {
    return new ChatKitProblem('not_found', 'There is no such thread or item.');
  }
  // An application's `authenticate` may throw anything, undefined included.
  const { statusCode = 500 } = (error ?? {}) as Partial<FastifyError>;
  return problemOfStatus(statusCode, bodyLimit, error);
}

/**
 * Sends an error as ChatKit reads it, with a JSON field `message` beside those of a problem document.
 * ChatKit repeats a request after a 5xx, and gives up after a 4xx.
 */
function sendError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  bodyLimit: number,
): FastifyReply {
  const problem = toProblem(error, bodyLimit);
  const { code, status } = problem;
  if (status >= 500) request.log.error({ code, err: problem.cause }, problem.message);
  else request.log.info({ code }, problem.message);
  if (problem.retryAfter !== undefined) {
    reply.header('retry-after', String(Math.max(1, Math.ceil(problem.retryAfter))));
  }
  if (code === 'unauthenticated') reply.header('www-authenticate', 'Bearer');
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .type('application/json')
    .send({ message: problem.message, ...problem.body(request.id) });
}
