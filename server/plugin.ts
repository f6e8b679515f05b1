import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Responder, Store } from './chatkit/index.js';
import { checkModels } from './agent/model-check.js';
import { adminApi, adminPage, type AdminApiOptions } from './admin/index.js';
import { createResponder } from './agent/index.js';
import type { Config } from './config.js';
import { startCleanUp } from './attachments/attachments.js';
import {
  configureAttachments,
  type ConfiguredAttachments,
} from './attachments/configured-attachments.js';
import { signedAttachmentRoutes } from './attachments/routes.js';
import { createTranscriber } from './agent/transcriber.js';
import { createAuthenticator, type Authenticator } from './auth/index.js';
import { healthRoutes, type HealthRoute } from './http/health.js';
import { createMetrics, type Limit, type Metrics } from './http/metrics.js';
import { allowedOriginsOf, createOriginCheck } from './http/origin-check.js';
import { scriptRoutes } from './http/script.js';
import { securityHeaders } from './http/security-headers.js';
import { logErrors } from './logging/error-log.js';
import { createErrorSerializer } from './logging/errors.js';
import { createIdentify, createUserHash, scrubSaid } from './logging/request.js';
import { createScrub, secretsOf } from './logging/scrub.js';
import { sendProblem } from './problems.js';
import { connectRedis } from './redis.js';
import { chatKitRoutes } from './sessions/chatkit-routes.js';
import {
  agentReports,
  lazyAgent,
  ownResponder,
  type ConfiguredAgent,
} from './sessions/configured-agent.js';
import { createBackends } from './sessions/configured-backends.js';
import { chatkitPath, createSelfHosted } from './sessions/self-hosted.js';
import { systemTiming } from './retry.js';
import { RedisSessionStore } from './sessions/redis-session-store.js';
import { sessionRoutes, sessionsPath } from './sessions/routes.js';
import { SessionRegistry } from './sessions/session-registry.js';
import type { AnswerObserver } from './sessions/observed-responder.js';
import { LazyStore, openConfiguredStore, type AnswerRecord } from './storage/index.js';
import { createStreamingFetch, createUpstreamFetch, type Fetch } from './http/upstream-fetch.js';

/**
 * What the service answers: `sessions` and `chatkit` for pages, `script` with its languages, and `healthz`, `readyz`
 * and `metrics` for the operator, and their page `admin` where the configuration has a token for it.
 */
export type RouteName = 'sessions' | 'chatkit' | 'script' | 'admin' | HealthRoute;

/**
 * @typeParam App what the authenticator returns beside `user`, for `context.caller` of the responder
 */
export interface TaskPilotChatOptions<App extends object = object> {
  readonly config: Config;
  /** Routes that an application does not want, such as `{ metrics: false }`; all by default. */
  readonly routes?: Readonly<Partial<Record<RouteName, boolean>>>;
  /** An application's own log-in, instead of `config.auth`. */
  readonly authenticator?: Authenticator<FastifyRequest, FastifyReply, App>;
  /** Who answers self-hosted chats, instead of `config.agent`. */
  readonly responder?: Responder<App>;
  /** Where their threads live, instead of the configured database. */
  readonly store?: Store;
  /** Folder with the built script. */
  readonly assets?: string;
  /** Whether `/metrics` has the figures of the process, too; an application may have its own. False by default. */
  readonly processMetrics?: boolean;
  /** Whether the application's log is that of `buildApp`, which has the service's serializers. @internal */
  readonly ownLog?: boolean;
  /** Milliseconds between a red `/readyz` and refused connections when the application closes; 0. */
  readonly drainMs?: number;
  /** Where warnings and errors go when the application has no logger, instead of standard error. */
  readonly errorStream?: { write(line: string): void };
  /** For tests: how OpenAI is reached, the time in milliseconds, chance, and waiting. */
  readonly fetch?: Fetch;
  readonly now?: () => number;
  readonly random?: () => number;
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

/**
 * The service as a Fastify plugin, for mounting into another application.
 *
 * @example
 * const app = Fastify();
 * await app.register(taskpilotChat, { config: readConfig(process.env), prefix: '/assistant' });
 */
export async function taskpilotChat(
  app: FastifyInstance,
  options: TaskPilotChatOptions,
): Promise<void> {
  const { config, now = Date.now } = options;
  const serves = (route: RouteName): boolean => options.routes?.[route] ?? true;
  const hasOwnLog = logErrors(app, config, options.errorStream);
  const ownLog = hasOwnLog || options.ownLog === true;
  const identify = createIdentify(config.sessionSecrets, { ownLog });
  if (!ownLog) {
    // The log of an application that mounts the service has serializers of its own.
    const err = createErrorSerializer(scrubSaid(createScrub(secretsOf(config))));
    app.addHook('onRoute', (route) => {
      route.logSerializers = { ...route.logSerializers, err };
    });
  }
  const metrics = createMetrics({ withProcess: options.processMetrics ?? false });
  app.addHook('onRoute', ({ method, url, schema }) => {
    // Of what is hidden from /openapi.json, every call is a mistake.
    if ((schema as { hide?: boolean } | undefined)?.hide === true) return;
    const status = method === 'DELETE' ? '204' : '200';
    metrics.httpRequests.zero({ method: String(method), route: url, status });
  });
  app.addHook('onResponse', (request, reply, done) => {
    const { method, routeOptions } = request;
    const status = String(reply.statusCode);
    metrics.httpRequests.observe(
      { method, route: routeOptions.url ?? 'none', status },
      reply.elapsedTime / 1000,
    );
    done();
  });
  const given = options.fetch && { fetch: options.fetch, close: () => Promise.resolve() };
  const connectTimeoutMs = Math.min(config.openai.timeoutMs, 5000);
  const upstream = given ?? createUpstreamFetch(connectTimeoutMs, config.proxy);
  const modelUpstream = given ?? createStreamingFetch(connectTimeoutMs, config.proxy);
  const allowedOrigins = allowedOriginsOf(config);
  const checkOrigin = createOriginCheck(allowedOrigins);
  let closing = false;
  const end = new AbortController();
  app.addHook('preClose', async () => {
    closing = true;
    if (options.drainMs) await sleep(options.drainMs);
  });
  // A connection that was busy when the closing began would else stay open, and the closing wait for it.
  const announceEnd = (request: FastifyRequest, reply: FastifyReply) => {
    if (closing && request.raw.httpVersionMajor === 1) reply.header('connection', 'close');
  };
  app.addHook('onSend', (request, reply, _payload, done) => {
    announceEnd(request, reply);
    done();
  });
  // Streams have no `onSend`.
  app.addHook('onRequest', (request, reply, done) => {
    announceEnd(request, reply);
    done();
  });
  app.addHook('onClose', async () => {
    end.abort();
    await Promise.all([upstream.close(), modelUpstream.close()]);
  });

  const secured = securityHeaders(config.production);
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(secured).header('x-request-id', request.id);
    done();
  });
  app.setErrorHandler(sendProblem);
  const hasSelfHosted = config.backends.includes('self-hosted');
  const redis =
    config.redisUrl === undefined
      ? undefined
      : await connectRedis(config.redisUrl, (error) => {
          app.log.error({ err: error }, 'REDIS_URL: Redis cannot be reached. It is tried again.');
        });
  app.addHook('onClose', () => redis?.disconnect());
  const sharedCounters = redis && {
    redis,
    secrets: config.sessionSecrets,
    onFailure: config.rateLimitFail,
    onError: () => metrics.rateLimitErrors.inc(),
  };
  const needsDatabase =
    (hasSelfHosted && options.store === undefined) || config.databaseUrl !== undefined;
  let attachments: ConfiguredAttachments | null = null;
  const deleteFiles = async () => attachments?.attachments.cleanUp();
  const database = needsDatabase
    ? await openConfiguredStore(app, config, now, deleteFiles)
    : undefined;
  const sessions = new SessionRegistry({
    now,
    shared:
      config.databaseUrl !== undefined
        ? database?.sessions
        : redis && new RedisSessionStore(redis, config.sessionSecrets, now),
    onError: reportSessionErrors(app, metrics),
  });
  app.addHook('onClose', () => sessions.close());
  const kept = databaseOf(options.store, database);
  const onRefused = (limit: Limit) => metrics.refusals.inc({ limit });
  const storage = hasSelfHosted ? storageOf(options.store, database) : undefined;
  attachments = storage
    ? configureAttachments(config, {
        store: storage.store,
        fetch: modelUpstream.fetch,
        now,
        onError: (error) => app.log.error({ err: error }, 'Old attachments could not be deleted.'),
      })
    : null;
  if (attachments !== null) {
    const cleanUp = startCleanUp(attachments.attachments);
    app.addHook('onClose', () => cleanUp.stop());
  }
  const agent = hasSelfHosted
    ? await configuredAgent(app, options, metrics, modelUpstream.fetch)
    : undefined;
  const selfHosted =
    storage && agent
      ? createSelfHosted(config, {
          agent,
          ...storage,
          attachments,
          transcriber: createTranscriber(config, modelUpstream.fetch),
          sessions,
          identify,
          onRefused,
          metrics,
          onAnswer: kept && recordAnswers(app, kept),
          now,
        })
      : undefined;
  if (agent !== undefined) tellAboutAgent(app, config, agent, modelUpstream.fetch, end.signal);
  if (selfHosted !== undefined && serves('chatkit')) {
    await app.register(chatKitRoutes, {
      prefix: chatkitPath,
      selfHosted,
      checkOrigin,
      allowedOrigins,
      sharedCounters,
      shutdownTimeoutMs: Math.max(0, config.shutdownTimeoutMs - (options.drainMs ?? 0)),
    });
  }
  if (attachments?.disk && serves('chatkit')) {
    await app.register(signedAttachmentRoutes, {
      prefix: '/api/attachments',
      ...attachments.disk,
      maxBytes: attachments.maxBytes,
    });
  }
  const backend = createBackends(config, {
    selfHosted,
    fetch: upstream.fetch,
    timing: {
      now,
      random: options.random ?? systemTiming.random,
      sleep: options.sleep ?? systemTiming.sleep,
    },
    metrics,
    log: app.log,
    closing: end.signal,
  });
  await app.register(healthRoutes, {
    serves,
    metrics,
    production: config.production,
    metricsToken: config.metricsToken,
    notReady: async () => {
      if (closing) return 'closing';
      const usable = config.backends.some((name) =>
        name === 'hosted' ? config.openai.apiKey !== undefined : selfHosted?.notReady() === null,
      );
      if (!usable) return 'not_configured';
      const storageFails =
        backend.active === 'self-hosted' && (await selfHosted?.prepareStorage()) === false;
      return storageFails ? 'storage_unavailable' : null;
    },
  });
  if (serves('script')) {
    await app.register(scriptRoutes, assetsOf(options));
  }
  if (config.admin !== undefined && serves('admin')) {
    await app.register(adminPage, assetsOf(options));
    await app.register(adminApi, {
      prefix: '/admin/api',
      tokens: config.admin,
      ...conversationsOf(hasSelfHosted, kept),
      deleteFiles,
      retentionDays: config.threadRetentionDays,
      hashUser: createUserHash(config.sessionSecrets),
      checkOrigin,
      sharedCounters,
    });
  }
  if (!serves('sessions')) return;
  await app.register(sessionRoutes, {
    prefix: sessionsPath,
    allowedOrigins,
    backend,
    authenticator:
      options.authenticator ?? createAuthenticator(config, checkOrigin, upstream.fetch, now),
    checkOrigin,
    metrics,
    identify,
    rateLimitPerMinute: config.rateLimitPerMinute,
    maxInFlight: config.maxInFlight,
    sessions,
    sharedCounters,
  });
}

/**
 * Who answers self-hosted chats. A module that cannot be loaded fails the start, not the first visitor's chat.
 *
 * @throws {AgentModuleError} one line about what is wrong with `AGENT_MODULE`
 */
async function configuredAgent(
  app: FastifyInstance,
  { config, responder }: TaskPilotChatOptions,
  metrics: Metrics,
  fetch: Fetch,
): Promise<ConfiguredAgent> {
  if (responder !== undefined) return ownResponder(responder);
  const create = () =>
    createResponder(config.agent, {
      openai: { apiKey: config.openai.apiKey, baseUrl: config.openai.baseUrl, fetch },
      ...agentReports(app.log, metrics),
    });
  if (config.agent.module !== undefined) return create();
  return lazyAgent(config, async () => (await create()).responder);
}

/** Writes to the log what an operator should know of the agent; its models are asked for once the service listens. */
function tellAboutAgent(
  app: FastifyInstance,
  { agent: { apiKey, approvals, modelMap }, openai }: Config,
  { models, warnings }: ConfiguredAgent,
  fetch: Fetch,
  signal: AbortSignal,
): void {
  for (const warning of warnings) app.log.warn(warning);
  if (approvals === 'allow') {
    app.log.warn('AGENT_APPROVALS=allow: tools that want an approval run without one.');
  }
  const upstream = { apiKey: apiKey ?? openai.apiKey, baseUrl: openai.baseUrl, fetch, modelMap };
  if (upstream.apiKey === undefined) return;
  app.addHook('onListen', (done) => {
    // The start does not wait for it, and it never rejects.
    void checkModels(models, upstream, signal).then((lines) => {
      for (const line of lines) app.log.warn(line);
    });
    done();
  });
}

/** Where threads live; an application that brings its own store opens and closes it itself. */
function storageOf(own: Store | undefined, database: LazyStore | undefined) {
  if (own !== undefined) return { store: own, prepareStorage: () => Promise.resolve(true) };
  if (database === undefined) throw new TypeError('no store');
  return { store: database, prepareStorage: () => database.isReady() };
}

/** The database with the conversations, also where an application has opened it; undefined for a store of another kind. */
const databaseOf = (own: Store | undefined, database: LazyStore | undefined) =>
  own === undefined ? database : own instanceof LazyStore ? own : undefined;

const assetsOf = ({ assets }: TaskPilotChatOptions) => (assets === undefined ? {} : { assets });

/** Where the operator's page finds conversations. */
function conversationsOf(
  hasSelfHosted: boolean,
  database: LazyStore | undefined,
): Pick<AdminApiOptions, 'conversations' | 'open'> {
  if (hasSelfHosted && database !== undefined) {
    return { conversations: 'stored', open: () => database.open() };
  }
  return {
    conversations: hasSelfHosted ? 'elsewhere' : 'hosted',
    open: () => Promise.reject(new TypeError('no conversations')),
  };
}

/** Keeps how answers went for the operator's page. An answer that has ended well does not fail because of that. */
function recordAnswers(app: FastifyInstance, database: LazyStore): AnswerObserver['onAnswer'] {
  const record = async (threadId: string, user: string, answer: AnswerRecord) => {
    try {
      await (await database.open()).admin.addAnswer(threadId, { user }, answer);
    } catch (error) {
      app.log.error({ err: error, threadId }, 'How an answer went could not be stored.');
    }
  };
  return (...args) => void record(...args);
}

/** Time between two lines about the store of sessions, in milliseconds; the metric counts all. */
const reportEveryMs = 60_000;

function reportSessionErrors(app: FastifyInstance, metrics: Metrics): (error: unknown) => void {
  let reportedAt = -Infinity;
  return (error) => {
    metrics.sessionStoreErrors.inc();
    if (performance.now() - reportedAt < reportEveryMs) return;
    reportedAt = performance.now();
    app.log.error(
      { err: error },
      'The shared store of sessions cannot be used: each instance goes on with those that it has made.',
    );
  };
}
