import { createAgentResponder } from '../agent/agent-responder.js';
import { createAnonymousAuthenticator } from '../auth/anonymous.js';
import { unauthenticated, type Authenticator } from '../auth/authenticator.js';
import { createJwtAuthenticator } from '../auth/jwt.js';
import { MemoryStore } from '../chatkit/memory-store.js';
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
        return { user: caller.user };
      },
    };
  }
  return auth.mode === 'jwt'
    ? createJwtAuthenticator(auth, globalThis.fetch, now)
    : createAnonymousAuthenticator(sessionSecrets, checkOrigin);
}

function agentOf(config: Config, { responder, fetch }: HandlerOptions, log: Log): ConfiguredAgent {
  if (responder !== undefined) return ownResponder(responder);
  const { apiKey, model, instructions, historyTokens, maxOutputTokens } = config.agent;
  return lazyAgent(config, () =>
    createAgentResponder({
      openai: {
        apiKey: apiKey ?? config.openai.apiKey,
        baseUrl: config.openai.baseUrl,
        ...(fetch && { fetch }),
      },
      model,
      instructions,
      historyTokens,
      maxOutputTokens,
      ...agentReports(log),
    }),
  );
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
  const selfHosted = hasSelfHosted
    ? createSelfHosted(settings, {
        agent: agentOf(settings, config, log),
        store: config.store ?? new MemoryStore(),
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
