import type { ConfiguredAttachments } from '../attachments/configured-attachments.js';
import { bearerToken } from '../auth/authenticator.js';
import type { AttachmentStore } from '../chatkit/attachments.js';
import type { Transcriber } from '../chatkit/transcription.js';
import type { Store } from '../chatkit/store.js';
import type { ChatKitCaller } from '../chatkit/http.js';
import type { ChatKitServerOptions } from '../chatkit/server.js';
import type { Config } from '../config.js';
import {
  createChatLimits,
  createConcurrencyLimit,
  type MakeLimit,
  type OnRefused,
} from '../http/limits.js';
import type { Metrics } from '../http/metrics.js';
import type { IncomingRequest } from '../http/request.js';
import type { Identify, LoggedRequest } from '../logging/request.js';
import { Problem } from '../problems.js';
import type { CreateSession, SessionAnswer, SessionBackend } from './backend.js';
import type { ConfiguredAgent } from './configured-agent.js';
import { observeResponder, type AnswerObserver } from './observed-responder.js';
import type { SessionRegistry } from './session-registry.js';
import { SessionTokens } from './tokens.js';

export interface SelfHostedOptions {
  readonly tokens: SessionTokens;
  /** URL of the service as pages reach it, where it is known; see `PUBLIC_URL`. */
  readonly publicUrl: string | undefined;
  /** OpenAI's key for the page's domain; ChatKit wants one beside every `url`. Pages on localhost need none. */
  readonly domainKey: string | undefined;
  /** What the composer may offer. */
  readonly offers: NonNullable<SessionAnswer['offers']>;
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

    async create({ user, app, isLocal }: CreateSession): Promise<SessionAnswer> {
      const reason = unusable({ isLocal });
      if (reason !== null) throw new Problem('not_configured', reason);
      if (!(await options.prepareStorage())) {
        throw new Problem('storage_unavailable', 'Conversations cannot be kept right now.', {
          retryAfter: 5,
        });
      }
      const { token, sessionId, expiresAt } = await tokens.issue(user, app);
      return {
        client_secret: token,
        session_id: sessionId,
        expires_at: expiresAt,
        api: {
          // Resolved by the page against its session endpoint: no proxy, prefix or Host header can make it wrong.
          url: publicUrl === undefined ? '../chatkit' : publicUrl + chatkitPath,
          domain_key: domainKey ?? localhostDomainKey,
        },
        ...(options.offers.length > 0 && { offers: [...options.offers] }),
      };
    },

    // Its token is refused because its session is known as cancelled.
    cancel: () => Promise.resolve(),
  };
}

export const chatkitPath = '/api/chatkit';
const defaultTtlSeconds = 600;

export interface SelfHostedDependencies {
  /** Who answers. */
  readonly agent: ConfiguredAgent;
  /** Null when they are switched off. */
  readonly attachments?: ConfiguredAttachments | null;
  /** The application's own, instead. */
  readonly attachmentStore?: AttachmentStore | null | undefined;
  /** Null when it is switched off. */
  readonly transcriber?: Transcriber | null;
  /** Where threads live. */
  readonly store: Store;
  /** Opens or checks the database; false when that failed. */
  readonly prepareStorage: () => Promise<boolean>;
  readonly sessions: SessionRegistry;
  readonly identify: Identify;
  readonly onRefused: OnRefused;
  readonly metrics?: Metrics | undefined;
  /** Told how each answer went; needs `metrics`. */
  readonly onAnswer?: AnswerObserver['onAnswer'];
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** A request of a chat: Fastify's, or that of the fetch handler. */
export type ChatRequest = IncomingRequest & LoggedRequest;

/** Who may ask the ChatKit server, and how often. */
export interface ChatAccess<Request> {
  /** @throws {Problem} `unauthenticated` or `rate_limited` */
  readonly authenticate: (request: Request) => Promise<ChatKitCaller>;
  /** @throws {Problem} `rate_limited` */
  readonly admit: (
    request: Request,
    caller: { readonly user: string },
    ended: Promise<void>,
  ) => Promise<void>;
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
  readonly attachments: ConfiguredAttachments | null;
  /** Of the ChatKit server. */
  readonly serverOptions: ChatKitServerOptions;
  /** @param limit counts its requests */
  readonly access: <Request extends ChatRequest>(limit: MakeLimit<Request>) => ChatAccess<Request>;
}

export function createSelfHosted(config: Config, dependencies: SelfHostedDependencies): SelfHosted {
  const { agent, store, prepareStorage, sessions, identify, onRefused, metrics, now } =
    dependencies;
  const { attachments = null, transcriber = null, onAnswer } = dependencies;
  const attachmentStore = dependencies.attachmentStore ?? attachments?.attachments ?? null;
  const { models } = config.agent;
  const tokens = new SessionTokens({
    secrets: config.sessionSecrets,
    ttlSeconds: config.sessionTtlSeconds ?? defaultTtlSeconds,
    now,
  });
  const notReady = () => agent.notReady;

  const access: SelfHosted['access'] = (limit) => {
    const limits = createChatLimits(limit, config.messageLimitPerMinute, onRefused);
    const limitAnswersAtOnce = createConcurrencyLimit(config.messageMaxConcurrent, onRefused);
    return {
      async authenticate(request) {
        const claims = await tokens.verify(bearerToken(request) ?? '');
        if (claims !== null) identify(request, { user: claims.user, sessionId: claims.sessionId });
        await limits.request(request, claims ?? { user: '', isNew: true });
        if (claims === null || (await sessions.isCancelled(claims.sessionId))) {
          throw new Problem('unauthenticated', 'The session has ended. Open a new one.');
        }
        const { user, sessionId, app } = claims;
        return { ...app, user, onRevoked: (callback) => sessions.watch(sessionId, callback) };
      },
      async admit(request, caller, ended) {
        limitAnswersAtOnce(request, caller.user, ended);
        await limits.answer(request, caller);
      },
    };
  };

  return {
    ownCredentials: agent.ownCredentials,
    notReady,
    prepareStorage,
    access,
    attachments,
    serverOptions: {
      store,
      attachments: attachmentStore,
      transcriber,
      responder: metrics
        ? observeResponder(agent.responder, { metrics, onAnswer })
        : agent.responder,
      limits: {
        messageMaxChars: config.messageMaxChars,
        storedMaxBytes: config.storedMaxBytes,
      },
      headers: config.agent.headers,
      locales: config.agent.locales,
      onDisconnect: config.onDisconnect,
      now,
    },
    backend: createSelfHostedBackend({
      tokens,
      publicUrl: config.publicUrl,
      domainKey: config.domainKey,
      notReady,
      prepareStorage,
      offers: [
        ...(attachmentStore === null ? [] : ['attachments' as const]),
        ...(transcriber === null ? [] : ['dictation' as const]),
        ...(models.length === 0 ? [] : ['models' as const]),
      ],
    }),
  };
}
