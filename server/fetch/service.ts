import { createAgentResponder } from '../agent/agent-responder.js';
import { createAnonymousAuthenticator } from '../auth/anonymous.js';
import { unauthenticated, type Authenticator } from '../auth/authenticator.js';
import { createJwtAuthenticator } from '../auth/jwt.js';
import { Attachments, type AttachmentsOptions } from '../attachments/attachments.js';
import { S3Blobs } from '../attachments/s3-blobs.js';
import type { AttachmentStore } from '../chatkit/attachments.js';
import { MemoryStore } from '../chatkit/memory-store.js';
import type { Attachment } from '../chatkit/protocol/index.js';
import type { Store } from '../chatkit/store.js';
import type { Config } from '../config.js';
import { allowedOriginsOf, createOriginCheck, type OriginCheck } from '../http/origin-check.js';
import type { ReplyHeaders } from '../http/request.js';
import { createIdentify, type Log } from '../logging/request.js';
import { Problem } from '../problems.js';
import { systemTiming } from '../retry.js';
import {
  agentReports,
  lazyAgent,
  ownResponder,
  type ConfiguredAgent,
} from '../sessions/configured-agent.js';
import { createBackends } from '../sessions/configured-backends.js';
import { createSelfHosted } from '../sessions/self-hosted.js';
import { SessionRegistry } from '../sessions/session-registry.js';
import { chatKitEndpoint } from './chatkit-endpoint.js';
import type { HandlerOptions } from './config.js';
import { countWith, createMemoryCounter } from './counter.js';
import type { HandlerRequest } from './request.js';
import { createRouter, type Router } from './router.js';
import { sessionEndpoint } from './session-endpoint.js';
import { readingFetch } from './upstream.js';

type HandlerAuthenticator = Authenticator<HandlerRequest, ReplyHeaders>;

function authenticatorOf(
  { auth, sessionSecrets }: Config,
  { authenticate }: HandlerOptions,
  checkOrigin: OriginCheck,
  now: () => number,
): HandlerAuthenticator {
  if (authenticate !== undefined) {
    return {
      async authenticate({ source }) {
        const caller = await authenticate(source);
        if (!caller) throw new Problem('unauthenticated', unauthenticated);
        return caller;
      },
    };
  }
  return auth.mode === 'jwt'
    ? createJwtAuthenticator(auth, globalThis.fetch, now)
    : createAnonymousAuthenticator(sessionSecrets, checkOrigin);
}

function agentOf(config: Config, { responder, fetch }: HandlerOptions, log: Log): ConfiguredAgent {
  if (responder !== undefined) return ownResponder(responder);
  const { apiKey, api, azureApiVersion, ...agent } = config.agent;
  return lazyAgent(config, () =>
    createAgentResponder({
      openai: {
        apiKey: apiKey ?? config.openai.apiKey,
        baseUrl: config.openai.baseUrl,
        api,
        azureApiVersion,
        ...(fetch && { fetch }),
      },
      model: agent.model,
      instructions: agent.instructions,
      historyTokens: agent.historyTokens,
      maxOutputTokens: agent.maxOutputTokens,
      ...agentReports(log),
    }),
  );
}

/** Milliseconds between two cleanups. */
const cleanUpEveryMs = 10 * 60_000;

/** Attachments that are cleaned up when somebody uploads: a handler may have no timers. */
class HandlerAttachments extends Attachments {
  readonly #now: () => number;
  #cleanedAt = -Infinity;

  constructor(options: AttachmentsOptions) {
    super(options);
    this.#now = options.now;
  }

  override create(...args: Parameters<Attachments['create']>): Promise<Attachment> {
    if (this.#now() - this.#cleanedAt >= cleanUpEveryMs) {
      this.#cleanedAt = this.#now();
      void this.cleanUp();
    }
    return super.create(...args);
  }
}

/** Files of visitors: the application's own store, or an S3-compatible one where the variables name it. */
function attachmentsOf(
  settings: Config,
  { attachments, fetch = globalThis.fetch }: HandlerOptions,
  store: Store,
  now: () => number,
  log: Log,
): AttachmentStore | null {
  const { s3 } = settings.attachments;
  if (attachments !== undefined || s3 === null) return attachments ?? null;
  return new HandlerAttachments({
    store,
    blobs: new S3Blobs({ ...s3, fetch }),
    limits: { ...settings.attachments, storedMaxBytes: settings.storedMaxBytes },
    now,
    onError: (error) => log.error({ err: error }, 'Old attachments could not be deleted.'),
  });
}

/** The service that a configuration describes, made of the same parts as the one on Fastify. */
export function createService(settings: Config, config: HandlerOptions, log: Log): Router {
  const { now = Date.now, fetch = globalThis.fetch } = config;
  const identify = createIdentify(settings.sessionSecrets);
  const allowedOrigins = allowedOriginsOf(settings);
  const checkOrigin = createOriginCheck(allowedOrigins);
  // Nothing here is told of refusals: it has no metrics.
  const onRefused = () => undefined;
  const limit = countWith({
    counter: config.counter ?? createMemoryCounter(now),
    secrets: settings.sessionSecrets,
    onFailure: settings.rateLimitFail,
    onError: (error) => log.error({ err: error }, 'A request could not be counted.'),
  });
  const sessions = new SessionRegistry({
    now,
    shared: config.sessions,
    onError: (error) => log.error({ err: error }, 'The store of sessions cannot be used.'),
  });
  const hasSelfHosted = settings.backends.includes('self-hosted');
  if (hasSelfHosted && config.store === undefined) {
    log.warn({}, 'Self-hosted chats are kept in memory, for this process alone. Give a store.');
  }
  const store = config.store ?? new MemoryStore();
  const selfHosted = hasSelfHosted
    ? createSelfHosted(settings, {
        agent: agentOf(settings, config, log),
        store,
        attachmentStore: attachmentsOf(settings, config, store, now, log),
        prepareStorage: () => Promise.resolve(true),
        sessions,
        identify,
        onRefused,
        now,
      })
    : undefined;
  const backend = createBackends(settings, {
    selfHosted,
    fetch: readingFetch(fetch),
    timing: {
      now,
      random: config.random ?? systemTiming.random,
      sleep: config.sleep ?? systemTiming.sleep,
    },
    log,
    // It lives as long as its process.
    closing: new AbortController().signal,
  });
  return createRouter({
    prefix: config.prefix ?? '',
    production: settings.production,
    allowedOrigins,
    checkOrigin,
    log,
    endpoints: [
      ...sessionEndpoint({
        backend,
        sessions,
        authenticator: authenticatorOf(settings, config, checkOrigin, now),
        limit,
        perMinute: settings.rateLimitPerMinute,
        maxInFlight: settings.maxInFlight,
        onRefused,
        identify,
      }),
      ...(selfHosted ? chatKitEndpoint(selfHosted, limit) : []),
    ],
  });
}
