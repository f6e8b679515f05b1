import type { Caller } from '../auth/authenticator.js';
import type { AttachmentStore } from '../chatkit/attachments.js';
import type { Responder } from '../chatkit/responder.js';
import type { Store } from '../chatkit/store.js';
import { ConfigError, readConfig, type Config } from '../config.js';
import type { VariableName } from '../variables.js';
import type { Fetch } from '../http/upstream-fetch.js';
import type { SessionStore } from '../sessions/session-store.js';
import type { RequestCounter } from './counter.js';
import type { LogTarget } from './log.js';

type MaybeCaller<App extends object> = (Pick<Caller, 'user'> & App) | null;

/**
 * What an application gives a handler beside its variables.
 *
 * @typeParam App what `authenticate` returns beside `user`, for `context.caller` of the responder
 */
export interface HandlerOptions<App extends object = object> {
  /** Before the paths of the handler, such as `/assistant`; none by default. */
  readonly prefix?: string;
  /**
   * The application's own log-in, instead of `AUTH`: the user of a request, or null when there is none. It must not
   * read the body. May throw an error with a `statusCode` of 401. Its other fields reach the responder as
   * `context.caller`; as JSON they take 2,048 bytes at most, and the page can read them: no secrets.
   */
  readonly authenticate?: (request: Request) => MaybeCaller<App> | Promise<MaybeCaller<App>>;
  /** Who answers self-hosted chats, instead of the default agent. */
  readonly responder?: Responder<App>;
  /** Where their threads live; in memory by default, which ends with the process. */
  readonly store?: Store;
  /**
   * Where files of visitors are kept, instead of `ATTACHMENTS=s3`. Their records belong into the same `store`; delete
   * what `abandonedAttachments` gives from time to time.
   */
  readonly attachments?: AttachmentStore;
  /** Which sessions there are, where several processes or isolates answer; each knows its own only by default. */
  readonly sessions?: SessionStore;
  /** Counts requests for the limits; in memory of one process by default. */
  readonly counter?: RequestCounter;
  /** The client's address, for the limits: such as a header that the platform sets, and that clients cannot. */
  readonly address?: (request: Request) => string | null | undefined;
  /** Where lines go; the console by default. */
  readonly log?: LogTarget;
  /** How OpenAI is reached; the platform's own by default. */
  readonly fetch?: Fetch;
  /** For tests: the time in milliseconds, chance, and waiting. */
  readonly now?: () => number;
  readonly random?: () => number;
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

/**
 * Variables of the service, by their documented names, beside what the application gives. They are read from here
 * alone, never from the process.
 */
export type HandlerConfig<App extends object = object> = HandlerOptions<App> &
  Readonly<Partial<Record<VariableName, string | undefined>>>;

/**
 * Checks the variables. Without `NODE_ENV`, which edge runtimes do not have, the handler is in production.
 *
 * @throws {ConfigError} one line about the first wrong variable
 */
export function readHandlerConfig(config: HandlerConfig): Config {
  const { authenticate, responder, AGENT_MODULE: module } = config;
  const mode = authenticate === undefined ? config.AUTH : 'anonymous';
  if (mode?.trim() === 'header') {
    throw new ConfigError(
      'AUTH takes anonymous or jwt here: a fetch handler cannot see which proxy a request comes from. For a log-in of your own, give authenticate.',
    );
  }
  if (config.ATTACHMENTS?.trim() === 'disk') {
    throw new ConfigError(
      'ATTACHMENTS takes s3 or off here: a fetch handler has no disk. For a store of your own, give attachments.',
    );
  }
  if (module !== undefined && module.trim() !== '' && responder === undefined) {
    throw new ConfigError('AGENT_MODULE names a file: a fetch handler takes a responder instead.');
  }
  return readConfig({
    NODE_ENV: 'production',
    ...Object.fromEntries(Object.entries(config).filter(([, value]) => typeof value === 'string')),
    AUTH: mode,
    // A responder is the operator's own agent, which the warnings take into account.
    AGENT_MODULE: responder && 'responder',
  });
}
