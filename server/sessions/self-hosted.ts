import {
  type AgentFailureCode,
  type ConfiguredResponder,
  createResponder,
} from '../agent/index.js';
import { bearerToken } from '../auth/index.js';
import { chatkitServer, type Responder, type Store } from '../chatkit/index.js';
import type { Config } from '../config.js';
import { createChatLimits, createConcurrencyLimit } from '../http/limits.js';
import type { Metrics } from '../http/metrics.js';
import { allowedOriginsOf, type OriginCheck, registerOrigins } from '../http/origins.js';
import { Problem } from '../problems.js';
import {
  checkDataDir,
  LazyStore,
  openStore,
  type Retention,
  startRetention,
  StorageError,
} from '../storage/index.js';
import type { CreateSession, SessionAnswer, SessionBackend } from './backend.js';
import { SessionTokens } from './tokens.js';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';

export interface SelfHostedOptions {
  readonly tokens: SessionTokens;
  /** URL of the service as pages reach it, where it is known; see `PUBLIC_URL`. */
  readonly publicUrl: string | undefined;
  /** OpenAI's key for the page's domain; ChatKit wants one beside every `url`. Pages on localhost need none. */
  readonly domainKey: string | undefined;
  /** Why the agent cannot answer, or null. A session that fails later is worse than one that is refused. */
  readonly notReady: () => string | null;
  /** Whether conversations can be kept. A chat is about to begin, so get ready for it. */
  readonly prepareStorage: () => Promise<boolean>;
}

/** ChatKit's placeholder for pages on localhost. Source: OpenAI's ChatKit guide. */
export const localhostDomainKey = 'domain_pk_localhost_dev';

/** Sessions on this service's own ChatKit server. */
export function createSelfHostedBackend(options: SelfHostedOptions): SessionBackend {
  const { tokens, publicUrl, domainKey } = options;
  const unusable: SessionBackend['unusable'] = ({ isLocal }) =>
    options.notReady() ??
    (domainKey === undefined && !isLocal
      ? 'Self-hosted chats of this page need a CHATKIT_DOMAIN_KEY: OpenAI gives one out for each domain on its allowlist.'
      : null);
  return {
    name: 'self-hosted',
    unusable,

    async create({ user, isLocal }: CreateSession): Promise<SessionAnswer> {
      const reason = unusable({ isLocal });
      if (reason !== null) throw new Problem('not_configured', reason);
      if (!(await options.prepareStorage())) {
        throw new Problem('storage_unavailable', 'Conversations cannot be kept right now.', {
          retryAfter: 5,
        });
      }
      const { token, sessionId, expiresAt } = await tokens.issue(user);
      return {
        client_secret: token,
        session_id: sessionId,
        expires_at: expiresAt,
        api: {
          // Resolved by the page against its session endpoint: no proxy, prefix or Host header can make it wrong.
          url: publicUrl === undefined ? '../chatkit' : publicUrl + chatkitPath,
          domain_key: domainKey ?? localhostDomainKey,
        },
      };
    },

    cancel(sessionId: string): Promise<void> {
      tokens.cancel(sessionId);
      return Promise.resolve();
    },
  };
}

export const chatkitPath = '/api/chatkit';
const defaultTtlSeconds = 600;

export interface SelfHostedDependencies {
  /** Who answers, instead of the configured agent. */
  readonly responder?: Responder | undefined;
  /** Where threads live, instead of the configured database; who made it opens, tidies and closes it. */
  readonly store?: Store | undefined;
  readonly checkOrigin: OriginCheck;
  readonly metrics: Metrics;
  /** Milliseconds between the begin of a shutdown and the closing of this server. */
  readonly drainMs: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** The service's own ChatKit server, and the sessions that open it. */
export interface SelfHosted {
  readonly backend: SessionBackend;
  /** Whether it answers although OpenAI refuses the service's own key. */
  readonly ownCredentials: boolean;
  /** Why the agent cannot answer, or null. */
  readonly notReady: () => string | null;
  /** Opens or checks the database; false when that failed. */
  readonly prepareStorage: () => Promise<boolean>;
}

interface Prepared extends Omit<ConfiguredResponder, 'kind'> {
  readonly responder: Responder;
}

/** What a visitor has brought about; nothing is broken. */
const visitorsOwn: ReadonlySet<AgentFailureCode> = new Set([
  'guardrail',
  'content_filtered',
  'context_too_long',
]);

async function prepareResponder(
  config: Config,
  { responder, metrics }: SelfHostedDependencies,
  log: FastifyBaseLogger,
): Promise<Prepared> {
  if (responder) return { responder, ownCredentials: true, notReady: null };
  const create = () =>
    createResponder(config.agent, {
      openai: { apiKey: config.openai.apiKey, baseUrl: config.openai.baseUrl },
      onFailure: ({ code, message, status, cause }, { part, requestId }) => {
        metrics.answerFailures.inc({ code, part });
        const level = visitorsOwn.has(code) ? 'info' : 'error';
        log[level]({ code, upstreamStatus: status, part, requestId, err: cause }, message);
      },
    });
  // A module that cannot be loaded fails the start, not the first visitor's chat.
  if (config.agent.module !== undefined) return create();
  // The Agents SDK takes half a second and 50 MB, which a service with hosted sessions may never need.
  let answerer: Promise<ConfiguredResponder> | undefined;
  let loaded: Responder | undefined;
  const load: Responder['respond'] = async function* (...asked) {
    answerer ??= create();
    loaded = (await answerer).responder;
    yield* loaded.respond(...asked);
  };
  const { apiKey } = config.agent;
  return {
    ownCredentials: apiKey !== undefined,
    notReady:
      (apiKey ?? config.openai.apiKey) === undefined
        ? 'The service has no OPENAI_API_KEY, and its agent no AGENT_API_KEY.'
        : null,
    responder: {
      respond: (...asked) => (loaded === undefined ? load(...asked) : loaded.respond(...asked)),
    },
  };
}

/** The line of a `StorageError` is written for operators; other errors keep theirs out of the log. */
function tellUnopened(error: unknown, log: FastifyBaseLogger): void {
  const reason = error instanceof StorageError ? ` ${error.message}` : '';
  log.error({ err: error }, `The database cannot be used.${reason}`);
}

/**
 * The configured database. It is opened at once where every chat needs it, else when a chat is about to begin;
 * but what would keep it from opening is logged at the start, not when it is needed first.
 *
 * @throws {StorageError}
 */
async function configuredStore(app: FastifyInstance, config: Config, now: () => number) {
  const { databaseUrl, dataDir, threadRetentionDays: days } = config;
  const { log } = app;
  let retention: Retention | undefined;
  let closing = false;
  const open = async () => {
    const onError = (error: StorageError) => log.error({ code: error.code }, error.message);
    const openStored = await openStore({ databaseUrl, dataDir, now, onError });
    if (!closing) {
      retention = startRetention({
        store: openStored,
        days,
        onDeleted: (deleted) => log.info(deleted, 'Old threads were deleted.'),
        onError: (error) => log.error({ err: error }, 'Old threads could not be deleted.'),
      });
    }
    return openStored;
  };
  const store = new LazyStore(open, (error) => tellUnopened(error, log));
  if (config.backends[0] === 'self-hosted') await store.open();
  else if (databaseUrl !== undefined || days !== undefined) store.prepare();
  // Open, it takes memory that hosted sessions may never need.
  else store.check(() => checkDataDir(dataDir));
  app.addHook('onClose', async () => {
    closing = true;
    await retention?.stop();
    await store.close();
  });
  return { store, prepareStorage: () => store.isReady() };
}

/**
 * Adds the ChatKit server to the app.
 *
 * @throws {AgentModuleError} one line about what is wrong with `AGENT_MODULE`
 * @throws {StorageError} one line about the database, if there is no other backend before this one
 */
export async function createSelfHosted(
  app: FastifyInstance,
  config: Config,
  dependencies: SelfHostedDependencies,
): Promise<SelfHosted> {
  const { checkOrigin, now } = dependencies;
  const prepared = await prepareResponder(config, dependencies, app.log);
  const { store, prepareStorage } = dependencies.store
    ? { store: dependencies.store, prepareStorage: () => Promise.resolve(true) }
    : await configuredStore(app, config, now);
  const tokens = new SessionTokens({
    secrets: config.sessionSecrets,
    ttlSeconds: config.sessionTtlSeconds ?? defaultTtlSeconds,
    now,
  });

  const addServer = async (scope: FastifyInstance): Promise<void> => {
    await registerOrigins(scope, checkOrigin, allowedOriginsOf(config));
    scope.options('', { schema: { hide: true } }, (_request, reply) =>
      reply.header('allow', 'POST, OPTIONS').code(204).send(),
    );
    scope.options('/requests/*', { schema: { hide: true } }, (_request, reply) =>
      reply.header('allow', 'DELETE, OPTIONS').code(204).send(),
    );
    const limits = await createChatLimits(scope, config.messageLimitPerMinute);
    const limitAnswersAtOnce = createConcurrencyLimit(config.messageMaxConcurrent);
    await scope.register(chatkitServer, {
      path: '',
      store,
      responder: prepared.responder,
      limits: {
        messageMaxChars: config.messageMaxChars,
        storedMaxBytes: config.storedMaxBytes,
      },
      onDisconnect: config.onDisconnect,
      shutdownTimeoutMs: Math.max(0, config.shutdownTimeoutMs - dependencies.drainMs),
      now,
      authenticate: async (request) => {
        const claims = await tokens.verify(bearerToken(request) ?? '');
        await limits.request(request, claims ?? { user: '', isNew: true });
        if (claims === null) {
          throw new Problem('unauthenticated', 'The session has ended. Open a new one.');
        }
        return claims;
      },
      admit: async (request, caller, ended) => {
        limitAnswersAtOnce(request, caller.user, ended);
        await limits.answer(request, caller);
      },
    });
  };
  await app.register(addServer, { prefix: chatkitPath });

  const notReady = () => prepared.notReady;
  return {
    ownCredentials: prepared.ownCredentials,
    notReady,
    prepareStorage,
    backend: createSelfHostedBackend({
      tokens,
      publicUrl: config.publicUrl,
      domainKey: config.domainKey,
      notReady,
      prepareStorage,
    }),
  };
}
