import { getHeapStatistics } from 'node:v8';
import swagger from '@fastify/swagger';
import underPressure from '@fastify/under-pressure';
import Fastify, { LogController, type FastifyInstance } from 'fastify';
import type { Config } from './config.js';
import { countHeader } from './auth/authenticator.js';
import { requestId } from './http/request.js';
import { taskpilotChat, type TaskPilotChatOptions } from './plugin.js';
import { dropUnusedConnections } from './http/connections.js';
import { completeMethods } from './http/methods.js';
import { openApi } from './http/openapi.js';
import type { Tracing } from './http/tracing.js';
import { loggerOptions } from './logging/logger.js';
import { Problem, sendProblem, sendUnreadable } from './problems.js';

export type AppDependencies = Omit<TaskPilotChatOptions, 'config'> & {
  /** Where log lines go, instead of standard output. */
  readonly logStream?: { write(line: string): void };
  /** Bytes of heap from which requests are refused as `overloaded`; nine tenths of what Node may use. */
  readonly maxHeapUsedBytes?: number;
  /** Milliseconds in which a request has to come, its body included; 15,000. */
  readonly requestTimeoutMs?: number;
  /** OpenTelemetry, when it has been started. */
  readonly tracing?: Tracing | undefined;
};

/** Mean delay of the event loop, in milliseconds, that counts as overload when it lasts. */
const maxLoopDelayMs = 1000;
const loopDelayForMs = 5000;
/** Two signs further apart, in milliseconds, are two different things: the plugin samples every second. */
const signGapMs = 2500;

/** Tells of signs of overload whether they have come for so long. */
function sustained(forMs: number): () => boolean {
  let since = -Infinity;
  let last = -Infinity;
  return () => {
    const now = performance.now();
    if (now - last > signGapMs) since = now;
    last = now;
    return now - since >= forMs;
  };
}

/** The whole service; it does not listen. */
export async function buildApp(
  config: Config,
  {
    logStream,
    maxHeapUsedBytes = getHeapStatistics().heap_size_limit * 0.9,
    requestTimeoutMs = 15_000,
    tracing,
    ...dependencies
  }: AppDependencies = {},
): Promise<FastifyInstance> {
  const trust = config.trustProxy;
  const app: FastifyInstance = Fastify({
    logger: loggerOptions(config, logStream),
    genReqId: requestId,
    // One line for a request, when it is known how it went.
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: typeof trust === 'number' ? (_address, hop) => hop < trust : trust,
    // A new embedded database takes seconds to make, many on a machine that is busy.
    pluginTimeout: 90_000,
    requestTimeout: requestTimeoutMs,
    http: {
      // Node would answer without a problem document, and takes the first of several.
      requireHostHeader: false,
      // Node swaps the two when the one for the whole request is the smaller.
      headersTimeout: requestTimeoutMs,
      // It looks every 30 s otherwise.
      connectionsCheckingInterval: Math.min(1000, requestTimeoutMs),
    },
    // Nothing comes from us while OpenAI is waited for: that is no reason to hang up.
    connectionTimeout: 60_000 + config.openai.timeoutMs,
    keepAliveTimeout: 72_000,
    bodyLimit: 65_536,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    // An address that cannot be decoded or is too long.
    frameworkErrors: (error, request, reply) => void sendProblem(error, request, reply),
    clientErrorHandler: (error, socket) => {
      app.log.trace({ err: error }, 'client error');
      sendUnreadable(error, socket);
    },
  });
  // First, so that it knows of every hook and route.
  if (tracing) await app.register(tracing.plugin);
  app.addHook('onRequest', (request, _reply, done) => {
    // A proxy may have looked at another one (RFC 9112, section 3.2).
    const hosts = countHeader(request, 'host');
    const isUsual = hosts === 1 || (hosts === 0 && request.raw.httpVersion !== '1.1');
    done(isUsual ? undefined : new Problem('bad_request', 'A request has one Host header.'));
  });
  app.addHook('onResponse', (request, reply, done) => {
    const { statusCode, elapsedTime } = reply;
    request.log.info({ req: request, statusCode, ms: Math.round(elapsedTime) }, 'answered');
    done();
  });
  app.setErrorHandler(sendProblem);
  app.setNotFoundHandler((request, reply) =>
    sendProblem(new Problem('not_found', 'There is nothing at this address.'), request, reply),
  );
  const isSustained = sustained(loopDelayForMs);
  await app.register(underPressure, {
    maxHeapUsedBytes,
    maxEventLoopDelay: maxLoopDelayMs,
    pressureHandler: (request, reply, type) => {
      // A busy process is alive: restarting it would only lose what it is doing.
      if (request.url === '/healthz') return;
      // Opening an embedded database blocks the loop once, for longer than the plugin samples.
      const isLate = type === underPressure.TYPE_EVENT_LOOP_DELAY;
      if (isLate && !isSustained() && app.memoryUsage().heapUsed <= maxHeapUsedBytes) return;
      const busy = new Problem('overloaded', 'The service is overloaded. Try again.', {
        retryAfter: 10,
      });
      void sendProblem(busy, request, reply);
    },
  });
  await app.register(swagger, openApi);
  await app.register(taskpilotChat, {
    config,
    processMetrics: true,
    ownLog: true,
    ...dependencies,
  });
  dropUnusedConnections(app);
  app.get('/openapi.json', { schema: { hide: true } }, (_request, reply) =>
    reply.header('x-content-type-options', 'nosniff').send(app.swagger()),
  );
  completeMethods(app, '/openapi.json', 'GET');
  return app;
}
