import {
  type AgentFailureCode,
  type ConfiguredResponder,
  createResponder,
} from '../agent/index.js';
import { bearerToken } from '../auth/index.js';
import { chatkitServer, type Responder, type Store } from '../chatkit/index.js';
import type { Config } from '../config.js';
import { createChatLimits, createConcurrencyLimit, type SharedCounters } from '../http/limits.js';
import type { Limit, Metrics } from '../http/metrics.js';
import { currentLog, withinRequest, type Identify } from '../logging/request.js';
import { allowedOriginsOf, type OriginCheck, registerOrigins } from '../http/origins.js';
import type { Fetch } from '../http/upstream-fetch.js';
import { Problem } from '../problems.js';
import type { CreateSession, SessionAnswer, SessionBackend } from './backend.js';
import { observeResponder } from './observed-responder.js';
import type { SessionRegistry } from './session-registry.js';
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

    // Its token is refused because its session is known as cancelled.
    cancel: () => Promise.resolve(),
  };
}

export const chatkitPath = '/api/chatkit';
const defaultTtlSeconds = 600;

export interface SelfHostedDependencies {
  /** Who answers, instead of the configured agent. */
  readonly responder?: Responder | undefined;
  /** How the configured agent reaches its models. */
  readonly fetch: Fetch;
  /** Where threads live. */
  readonly store: Store;
  /** Opens or checks the database; false when that failed. */
  readonly prepareStorage: () => Promise<boolean>;
  readonly sessions: SessionRegistry;
  readonly sharedCounters: SharedCounters | undefined;
  readonly checkOrigin: OriginCheck;
  readonly metrics: Metrics;
  readonly identify: Identify;
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
  { responder, fetch, metrics }: SelfHostedDependencies,
  log: FastifyBaseLogger,
): Promise<Prepared> {
  if (responder) return { responder, ownCredentials: true, notReady: null };
  const create = () =>
    createResponder(config.agent, {
      openai: { apiKey: config.openai.apiKey, baseUrl: config.openai.baseUrl, fetch },
      onUsage: ({ inputTokens, outputTokens }) => {
        metrics.tokens.inc({ direction: 'input' }, inputTokens);
        metrics.tokens.inc({ direction: 'output' }, outputTokens);
      },
      onFailure: ({ code, message, status, upstreamRequestId, cause }, { part, threadId }) => {
        metrics.answerFailures.inc({ code, part });
        const level = visitorsOwn.has(code) ? 'info' : 'error';
        // In line with the other lines of its request; a title can outlive it.
        currentLog(log)[level](
          { code, upstreamStatus: status, upstreamRequestId, part, threadId, err: cause },
          message,
        );
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

/**
 * Adds the ChatKit server to the app.
 *
 * @throws {AgentModuleError} one line about what is wrong with `AGENT_MODULE`
 */
export async function createSelfHosted(
  app: FastifyInstance,
  config: Config,
  dependencies: SelfHostedDependencies,
): Promise<SelfHosted> {
  const { checkOrigin, identify, metrics, now, store, prepareStorage, sessions } = dependencies;
  const onRefused = (limit: Limit) => metrics.refusals.inc({ limit });
  const prepared = await prepareResponder(config, dependencies, app.log);
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
    scope.addHook('preHandler', (request, _reply, done) => withinRequest(request, done));
    const limits = await createChatLimits(scope, config.messageLimitPerMinute, {
      onRefused,
      shared: dependencies.sharedCounters,
    });
    const limitAnswersAtOnce = createConcurrencyLimit(config.messageMaxConcurrent, onRefused);
    await scope.register(chatkitServer, {
      path: '',
      store,
      responder: observeResponder(prepared.responder, metrics),
      limits: {
        messageMaxChars: config.messageMaxChars,
        storedMaxBytes: config.storedMaxBytes,
      },
      onDisconnect: config.onDisconnect,
      shutdownTimeoutMs: Math.max(0, config.shutdownTimeoutMs - dependencies.drainMs),
      now,
      authenticate: async (request) => {
        const claims = await tokens.verify(bearerToken(request) ?? '');
        if (claims !== null) identify(request, { user: claims.user, sessionId: claims.sessionId });
        await limits.request(request, claims ?? { user: '', isNew: true });
        if (claims === null || (await sessions.isCancelled(claims.sessionId))) {
          throw new Problem('unauthenticated', 'The session has ended. Open a new one.');
        }
        const { user, sessionId } = claims;
        return { user, onRevoked: (callback) => sessions.watch(sessionId, callback) };
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
