import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';
import type { Config } from './config.js';
import { createAuthenticator, type Authenticator } from './plugins/auth/index.js';
import { healthRoutes } from './plugins/health.js';
import { createMetrics } from './plugins/metrics.js';
import { createOriginCheck } from './plugins/origin.js';
import { scriptRoutes } from './plugins/script.js';
import { sendProblem } from './problems.js';
import { createHostedBackend } from './sessions/hosted.js';
import { sessionRoutes } from './sessions/routes.js';
import { createUpstreamFetch, type Fetch } from './sessions/upstream-fetch.js';

export interface TaskpilotChatOptions {
  readonly config: Config;
  /** An application's own log-in, instead of `config.auth`. */
  readonly authenticator?: Authenticator;
  /** Folder with the built script. */
  readonly assets?: string;
  /** Milliseconds between a red `/readyz` and refused connections when the application closes; 0. */
  readonly drainMs?: number;
  /** For tests: how OpenAI is reached, the time in milliseconds, chance, and waiting. */
  readonly fetch?: Fetch;
  readonly now?: () => number;
  readonly random?: () => number;
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

/** Everything the service answers, for mounting into an application of one's own. */
export async function taskpilotChat(
  app: FastifyInstance,
  options: TaskpilotChatOptions,
): Promise<void> {
  const { config, now = Date.now } = options;
  const metrics = createMetrics();
  const upstream =
    options.fetch === undefined
      ? createUpstreamFetch(new URL(config.openai.baseUrl).origin, config.openai.timeoutMs)
      : { fetch: options.fetch, close: () => Promise.resolve() };
  let closing = false;
  app.addHook('preClose', async () => {
    closing = true;
    if (options.drainMs) await sleep(options.drainMs);
  });
  // A connection that was busy when the closing began would else stay open, and the closing wait for it.
  app.addHook('onSend', async (request, reply) => {
    if (closing && request.raw.httpVersionMajor === 1) reply.header('connection', 'close');
  });
  app.addHook('onClose', () => upstream.close());

  const backend = createHostedBackend({
    ...config.openai,
    workflowId: config.workflowId,
    ttlSeconds: config.sessionTtlSeconds,
    fetch: upstream.fetch,
    now,
    random: options.random ?? Math.random,
    sleep: options.sleep ?? ((ms, signal) => sleep(ms, undefined, { signal })),
    onTry: (ms, status) => metrics.upstream.observe({ status }, ms / 1000),
  });
  const checkOrigin = createOriginCheck(config.allowedOrigins);

  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
    // For this host only: its sister domains are not this service's to decide about.
    strictTransportSecurity: config.production
      ? { maxAge: 31_536_000, includeSubDomains: false }
      : false,
  });
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
  app.setErrorHandler(sendProblem);
  await app.register(healthRoutes, {
    metrics,
    notReady: () => {
      if (closing) return 'closing';
      return config.openai.apiKey === undefined ? 'not_configured' : null;
    },
  });
  await app.register(scriptRoutes, options.assets === undefined ? {} : { assets: options.assets });
  await app.register(sessionRoutes, {
    backend,
    authenticator: options.authenticator ?? createAuthenticator(config, checkOrigin, now),
    checkOrigin,
    metrics,
    rateLimitPerMinute: config.rateLimitPerMinute,
    maxInFlight: config.maxInFlight,
    now,
  });
}

/** A request id from outside is taken over only if it is harmless in logs. */
export function requestId(request: {
  headers: Record<string, string | string[] | undefined>;
}): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && /^[\w-]{8,64}$/.test(given) ? given : randomUUID();
}
