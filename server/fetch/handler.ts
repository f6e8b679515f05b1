import { readHandlerConfig, type HandlerConfig } from './config.js';
import { createHandlerLog } from './log.js';
import type { HandlerContext } from './request.js';
import type { Router } from './router.js';

/** Answers a request of the service. Its second argument may be whatever a runtime gives beside the request. */
export type Handler = (request: Request, context?: unknown) => Promise<Response>;

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
 * @returns answers requests below `/api/chatkit`, and 404 to all others
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
export function createHandler<App extends object = object>(config: HandlerConfig<App>): Handler {
  const settings = readHandlerConfig(config);
  const log = createHandlerLog(settings, config.log);
  for (const warning of settings.warnings) log.warn({}, warning);
  // Not before the first request: outside of one, Workers allow neither timers nor AbortControllers, which packages
  // make when they are loaded. A cold start is the shorter for it, too.
  let service: Promise<Router> | undefined;
  let hasWarned = false;
  const load = async (): Promise<Router> => {
    const { createService } = await import('./service.js');
    return createService(settings, config, log);
  };
  return async (request, given) => {
    const context = contextOf(given);
    const address = config.address?.(request) ?? context.address;
    if (address === undefined && !hasWarned) {
      hasWarned = true;
      log.warn(
        {},
        'The address of clients is not known: new visitors share one limit. Give address.',
      );
    }
    const route = await (service ??= load());
    return route(request, address, context);
  };
}
