import { createAgentResponder } from '../agent/agent-responder.js';
import { createAnonymousAuthenticator } from '../auth/anonymous.js';
import { unauthenticated, type Authenticator } from '../auth/authenticator.js';
import { createJwtAuthenticator } from '../auth/jwt.js';
import { MemoryStore } from '../chatkit/memory-store.js';
import type { Config } from '../config.js';
import { allowedOriginsOf, createOriginCheck, type OriginCheck } from '../http/origin-check.js';
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
import { readHandlerConfig, type HandlerConfig, type HandlerOptions } from './config.js';
import { countWith, createMemoryCounter } from './counter.js';
import { createHandlerLog } from './log.js';
import type { HandlerContext, HandlerReply, HandlerRequest } from './request.js';
import { createRouter } from './router.js';
import { sessionEndpoint } from './session-endpoint.js';

/** Answers a request of the service. Its second argument may be whatever a runtime gives beside the request. */
export type Handler = (request: Request, context?: unknown) => Promise<Response>;

type HandlerAuthenticator = Authenticator<HandlerRequest, HandlerReply>;

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
        if (caller === null) throw new Problem('unauthenticated', unauthenticated);
        return { user: caller.user };
      },
    };
  }
  return auth.mode === 'jwt'
    ? createJwtAuthenticator(auth, now)
    : createAnonymousAuthenticator(sessionSecrets, checkOrigin);
}

function agentOf(config: Config, { responder }: HandlerOptions, log: Log): ConfiguredAgent {
  if (responder !== undefined) return ownResponder(responder);
  const { apiKey, model, instructions, historyTokens, maxOutputTokens } = config.agent;
  return lazyAgent(config, () =>
    createAgentResponder({
      openai: { apiKey: apiKey ?? config.openai.apiKey, baseUrl: config.openai.baseUrl },
      model,
      instructions,
      historyTokens,
      maxOutputTokens,
      ...agentReports(log),
    }),
  );
}

const contextOf = (context: unknown): HandlerContext => {
  const { address, waitUntil } = (context ?? {}) as Partial<Record<keyof HandlerContext, unknown>>;
  return {
    ...(typeof address === 'string' && { address }),
    ...(typeof waitUntil === 'function' && {
      waitUntil: (work) => void waitUntil.call(context, work),
    }),
  };
};

/**
 * The service as one function, for every runtime with `fetch`: session endpoint and ChatKit server, as
 * docs/service.md describes them, without Fastify and without a database of its own. It keeps limits, sessions and,
 * without a `store`, threads in the memory of one process.
 *
 * @param config variables by their documented names, and what the application gives; see `HandlerOptions`
 * @returns answers requests below `/api/chatkit`, and 404 to all others; never rejects
 * @throws {ConfigError} one line about the first wrong variable
 *
 * @example
 * const handler = createHandler({
 *   OPENAI_API_KEY: process.env.OPENAI_API_KEY,
 *   SESSION_SECRET: process.env.SESSION_SECRET,
 *   ALLOWED_ORIGINS: 'https://www.example.com',
 *   AUTH: 'anonymous',
 * });
 * const response = await handler(
 *   new Request('https://chat.example.com/api/chatkit/sessions', {
 *     method: 'POST',
 *     headers: { 'content-type': 'application/json' },
 *     body: '{}',
 *   }),
 *   { address: '192.0.2.1' },
 * );
 */
export function createHandler(config: HandlerConfig): Handler {
  const settings = readHandlerConfig(config);
  const { now = Date.now, fetch = globalThis.fetch } = config;
  const log = createHandlerLog(settings, config.log);
  for (const warning of settings.warnings) log.warn({}, warning);
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
  const selfHosted = settings.backends.includes('self-hosted')
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
    fetch,
    timing: {
      now,
      random: config.random ?? systemTiming.random,
      sleep: config.sleep ?? systemTiming.sleep,
    },
    log,
    // It lives as long as its process.
    closing: new AbortController().signal,
  });
  const route = createRouter({
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
  return (request, given) => {
    const context = contextOf(given);
    const address = config.address?.(request) ?? context.address;
    return route(request, address, context);
  };
}
