import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '../problems.js';
import { ChatKitServer } from './server.js';
import { sendChatKitError } from './http-errors.js';
import type { NewId } from './ids.js';
import type { Responder } from './responder.js';
import { Run } from './run.js';
import type { Store } from './store.js';

/** Whose request it is. */
export interface ChatKitCaller {
  /** Never empty, and the same for the same person on every device: threads belong to it. */
  readonly user: string;
}

export interface ChatKitServerPluginOptions {
  /** Where threads live. */
  readonly store: Store;
  /** Who answers. */
  readonly responder: Responder;
  /**
   * Says whose request it is, before anything else happens. When it is nobody's, it throws: a `Problem`, or
   * any error with a `statusCode` of 401.
   */
  readonly authenticate: (
    request: FastifyRequest,
    reply: FastifyReply,
  ) => ChatKitCaller | Promise<ChatKitCaller>;
  /**
   * Called before a request for an answer is carried out: where limits belong, for answers cost a model's
   * time. To refuse, it throws: `new Problem('rate_limited', 'Wait a little.', { retryAfter: 30 })`.
   */
  readonly admit?: (request: FastifyRequest, caller: ChatKitCaller) => void | Promise<void>;
  /** @default '/api/chatkit' */
  readonly path?: string;
  /**
   * What happens to an answer when its client goes away. A server cannot tell the stop button from a
   * reload: `stop` takes both for the button, stops the model and keeps what was said; `finish` takes both
   * for a reload, completes the answer and stores it.
   *
   * @default 'stop'
   */
  readonly onDisconnect?: 'stop' | 'finish';
  /** How long an answer may take, in milliseconds. @default 600000 */
  readonly deadlineMs?: number;
  /** How long a stream may be silent before a comment keeps it alive, in milliseconds. @default 15000 */
  readonly heartbeatMs?: number;
  /** How long a client may leave a stream unread before it is cut, in milliseconds. @default 30000 */
  readonly stalledMs?: number;
  /** The longest body, in bytes. @default 1048576 */
  readonly bodyLimit?: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly newId?: NewId;
}

const defaults = {
  path: '/api/chatkit',
  onDisconnect: 'stop',
  deadlineMs: 600_000,
  heartbeatMs: 15_000,
  stalledMs: 30_000,
  bodyLimit: 1024 * 1024,
} as const;

/**
 * A ChatKit server as a Fastify plugin: `POST` of all requests of the ChatKit protocol at one path.
 *
 * ```ts
 * await app.register(chatkitServer, {
 *   store: new MemoryStore(),
 *   responder: { async *respond(thread, message, context) { … } },
 *   authenticate: (request) => ({ user: userOf(request) }),
 * });
 * ```
 *
 * In the page: `api: { url: 'https://…/api/chatkit', domainKey: '…' }`. The protocol, its guarantees and
 * where it differs from the reference are described in docs/protocol.md.
 */
export function chatkitServer(
  app: FastifyInstance,
  options: ChatKitServerPluginOptions,
  done: () => void,
): void {
  const settings = { ...defaults, ...options };
  const { bodyLimit, path } = settings;
  const server = new ChatKitServer(settings);
  const callers = new WeakMap<FastifyRequest, ChatKitCaller>();
  const runs = new Set<Run>();
  let closing = false;
  const assertOpen = () => {
    if (closing) throw new Problem('overloaded', 'The server is shutting down.', { retryAfter: 1 });
  };

  app.addHook('preClose', async () => {
    closing = true;
    for (const run of runs) run.interrupt();
    await Promise.all([...runs].map(({ ended }) => ended));
  });
  app.setErrorHandler((error, request, reply) =>
    sendChatKitError(error, request, reply, bodyLimit),
  );
  // Fastify reads text by default, and would take it for a body that is not an object.
  app.removeContentTypeParser('text/plain');

  app.post(path, {
    schema: { summary: 'A request of the ChatKit protocol: answered by JSON or an event stream' },
    bodyLimit,
    onRequest: async (request, reply) => {
      assertOpen();
      callers.set(request, await options.authenticate(request, reply));
    },
    handler: async (request, reply) => {
      const caller = callers.get(request);
      if (!caller?.user) throw new Problem('unauthenticated', 'There is nobody who asks.');
      // Authentication may have taken its time.
      assertOpen();
      const run = new Run(reply, settings);
      runs.add(run);
      try {
        const result = await server.process(request.body, {
          user: caller.user,
          requestId: request.id,
          signal: run.signal,
          disconnected: run.disconnected,
          admit: () => options.admit?.(request, caller),
          onError: (error) => request.log.error({ err: error }, 'An answer failed.'),
        });
        if (result.type === 'stream') return await run.stream(result.events, request.log);
        return await reply.header('cache-control', 'no-store').send(result.body);
      } finally {
        runs.delete(run);
        run.end();
      }
    },
  });
  const refuse = async (_request: FastifyRequest, reply: FastifyReply): Promise<never> => {
    reply.header('allow', 'POST');
    throw new Problem('method_not_allowed', 'The ChatKit protocol is spoken by POST.');
  };
  app.route({
    url: path,
    schema: { hide: true },
    method: ['GET', 'PUT', 'PATCH', 'DELETE'],
    // Before the body is looked at.
    onRequest: refuse,
    handler: refuse,
  });
  done();
}
