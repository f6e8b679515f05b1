import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { OnRevoked } from './answers.js';
import { Deferred } from './async.js';
import { ChatKitProblem } from './errors.js';
import { acceptJsonOnly } from './json-body.js';
import { bodyLimitFor, defaultLimits } from './limits.js';
import { refuse, wrongMethod } from './refusal.js';
import { answeringHeader, ChatKitServer, type ChatKitServerOptions } from './server.js';
import { disconnectSignal, sendEvents } from './sse.js';

/**
 * The user of a request, as `authenticate` returns it. It may have fields of the application's own, such as `org` or
 * `locale`: responders get them as `context.caller`.
 */
export interface ChatKitCaller {
  /** The owner of threads: never empty, and the same for one person on every device. */
  readonly user: string;
  /** Called for each answer, whose callback stops it, with its partial text stored, when the session is ended early. */
  readonly onRevoked?: OnRevoked;
}

/**
 * @typeParam App what `authenticate` returns beside `user`, for `context.caller` of the responder
 */
export interface ChatKitServerPluginOptions<
  App extends object = object,
> extends ChatKitServerOptions<App> {
  /**
   * Returns the user of a request, before its body is read. Throws a `ChatKitProblem`, a `Problem`, or any
   * error with a `statusCode` of 401 when there is none.
   */
  readonly authenticate: (
    request: FastifyRequest,
    reply: FastifyReply,
  ) => (ChatKitCaller & App) | Promise<ChatKitCaller & App>;
  /**
   * Called before a request that is answered with a stream and is no repetition, the place for rate limits. Throws to
   * refuse: `new ChatKitProblem('rate_limited', 'Wait a little.', { retryAfter: 30 })`.
   *
   * @param ended fulfilled when the answer has ended, for limits of answers at once; never rejected
   */
  admit?(
    request: FastifyRequest,
    caller: ChatKitCaller & App,
    ended: Promise<void>,
  ): void | Promise<void>;
  /** @default '/api/chatkit' */
  readonly path?: string;
  /** After how many silent milliseconds a comment keeps a stream alive. @default 15000 */
  readonly heartbeatMs?: number;
  /** After how many milliseconds a client that does not read is disconnected. @default 30000 */
  readonly stalledMs?: number;
  /** How long running answers may go on when the application closes, in milliseconds. @default 25000 */
  readonly shutdownTimeoutMs?: number;
  /** The longest body, in bytes. @default 257536, or what the longest message needs */
  readonly bodyLimit?: number;
}

const defaults = {
  path: '/api/chatkit',
  heartbeatMs: 15_000,
  stalledMs: 30_000,
  shutdownTimeoutMs: 25_000,
} as const;

/** How long a closing server waits for the next request after a stream, in milliseconds. */
const idleMs = 500;

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
 *
 * @example
 * // With fields of the application's own, which the responder gets as `context.caller`:
 * const options: ChatKitServerPluginOptions<{ org: string }> = {
 *   store: new MemoryStore(),
 *   responder, // a Responder<{ org: string }>
 *   authenticate: async (request) => ({ user: userOf(request), org: await orgOf(request) }),
 * };
 * await app.register(chatkitServer, options);
 */
export function chatkitServer(
  app: FastifyInstance,
  options: ChatKitServerPluginOptions,
  done: () => void,
): void {
  const settings = { ...defaults, ...options };
  const speechBytes = options.transcriber ? Math.ceil((options.transcriber.maxBytes * 4) / 3) : 0;
  const messageBytes = bodyLimitFor({ ...defaultLimits, ...options.limits });
  const { path, bodyLimit = messageBytes + speechBytes } = settings;
  const server = new ChatKitServer(settings);
  const callers = new WeakMap<FastifyRequest, ChatKitCaller>();
  let closed: Promise<void> | null = null;
  const callerOf = (request: FastifyRequest): ChatKitCaller => {
    const caller = callers.get(request);
    if (!caller?.user) throw new ChatKitProblem('unauthenticated', 'The request has no user.');
    return caller;
  };

  // Not awaited here, so that connections are refused meanwhile: load balancers then choose another instance. What
  // comes over those that are open is answered, because a proxy sends no POST a second time.
  app.addHook('preClose', (done) => {
    const { server: http } = app;
    const disconnected = new Deferred();
    if (http.listening) {
      // An application may mount more ChatKit servers than Node expects listeners.
      http.setMaxListeners(http.getMaxListeners() + 1);
      http.once('close', () => disconnected.resolve());
    } else disconnected.resolve();
    closed = server.close(settings.shutdownTimeoutMs, disconnected.promise);
    done();
  });
  app.addHook('onClose', async () => closed);
  app.setErrorHandler((error, request, reply) => sendRefusal(error, request, reply, bodyLimit));
  acceptJsonOnly(app);

  app.post(path, {
    schema: { summary: 'A request of the ChatKit protocol; the answer is JSON or an event stream' },
    bodyLimit,
    onRequest: async (request, reply) => {
      callers.set(request, await options.authenticate(request, reply));
    },
    handler: async (request, reply) => {
      const caller = callerOf(request);
      const { onRevoked, ...named } = caller;
      const { 'idempotency-key': key } = request.headers;
      const result = await server.process(request.body, {
        user: caller.user,
        caller: named,
        headers: request.headers,
        requestId: request.id,
        endpoint: endpointOf(request),
        signal: disconnectSignal(reply),
        onRevoked,
        idempotencyKey: Array.isArray(key) ? key.join() : key,
        admit: (ended) => options.admit?.(request, caller, ended),
        onError: (error) => request.log.error({ err: error }, 'An answer failed.'),
      });
      if (result.type === 'json') {
        if (result.isAnswering) reply.header(answeringHeader, 'running');
        return reply.header('cache-control', 'no-store').send(result.body);
      }
      await sendEvents(reply, result.events, { ...settings, log: request.log });
      // Its connection would else stay open for further requests, and the closing wait for it. Not at once: a proxy may
      // be about to send the next one.
      if (closed !== null) setTimeout(() => app.server.closeIdleConnections(), idleMs).unref();
      return reply;
    },
  });
  // A client that disconnects does not say whether its visitor pressed stop; this does. A wildcard, because the
  // router limits the length of parameters.
  app.delete(`${path}/requests/*`, {
    schema: {
      summary: 'Stop the answer to the caller’s request with this Idempotency-Key, if there is one',
    },
    onRequest: async (request, reply) => {
      callers.set(request, await options.authenticate(request, reply));
    },
    handler: async (request, reply) => {
      const { user } = callerOf(request);
      const { '*': key } = request.params as { '*': string };
      await server.stop(key, { user });
      return reply.code(204).send();
    },
  });
  for (const [url, taken, problemOf] of [
    [`${path}/requests/*`, 'DELETE', wrongMethod.stop],
    [path, 'POST', wrongMethod.request],
  ] as const) {
    const refuseMethod = async (_request: FastifyRequest, reply: FastifyReply): Promise<never> => {
      reply.header('allow', taken);
      throw problemOf();
    };
    app.route({
      url,
      schema: { hide: true },
      method: app.supportedMethods.filter((method) => !['HEAD', 'OPTIONS', taken].includes(method)),
      // Before the body is read.
      onRequest: refuseMethod,
      handler: refuseMethod,
    });
  }
  done();
}

/** Without the query; a proxy that rewrites paths makes it wrong. */
const endpointOf = ({ protocol, host, originalUrl }: FastifyRequest): string =>
  `${protocol}://${host}${originalUrl.split('?', 1)[0] ?? ''}`;

function sendRefusal(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  bodyLimit: number,
): FastifyReply {
  const { status, headers, contentType, body } = refuse(error, bodyLimit, request.id, request.log);
  return reply.code(status).headers(headers).type(contentType).send(body);
}
