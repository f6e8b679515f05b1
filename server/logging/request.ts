import { createHmac } from 'node:crypto';
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Logger } from 'pino';
import { deriveKeys } from '../derived-keys.js';
import type { Scrub } from './scrub.js';

/** Who and what a request is about; each of its lines has it. */
export interface RequestSubject {
  readonly user?: string;
  readonly sessionId?: string;
  /** OpenAI's `x-request-id`, which its support asks for. */
  readonly upstreamRequestId?: string | undefined;
}

/** A log of structured lines, as pino has it. */
export interface Log {
  error(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  info(fields: object, message: string): void;
  /** A log whose lines have these fields as well. */
  child(fields: object): Log;
}

/** A request with its own log. */
export interface LoggedRequest {
  log: Log;
  /** Parsed, once it has been read. */
  readonly body: unknown;
}

/** The request that the running code works for, also in an answer that goes on after its connection is lost. */
const current = new AsyncLocalStorage<LoggedRequest>();

/** Runs `work` for a request. */
export const withinRequest = <T>(request: LoggedRequest, work: () => T): T =>
  current.run(request, work);

/** The log of the request that is being answered, else another one. */
export const currentLog = (other: Log): Log => current.getStore()?.log ?? other;

/** The users of requests: messages of OpenAI's errors repeat them. */
const users = new WeakMap<LoggedRequest, string>();

export type Identify = (request: LoggedRequest, subject: RequestSubject) => void;

/** A keyed hash of a user, the same on every instance. */
export function createUserHash(secrets: readonly string[]): (user: string) => string {
  const [key = Buffer.alloc(32)] = deriveKeys(secrets, 'user in logs');
  return (user) => createHmac('sha256', key).update(user).digest('hex').slice(0, 16);
}

/** Whether a log can take further fields, as pino's can. */
const canGrow = (log: Log): log is Log & Pick<Logger, 'setBindings'> => 'setBindings' in log;

export interface IdentifyOptions {
  /**
   * Whether each request has a log that nobody else writes to: fields are then added to it, which costs less than
   * another child. An application's `childLoggerFactory` may return one log for all requests.
   */
  readonly ownLog?: boolean;
}

/** Adds to each further line of a request what it is about; of the user a keyed hash, the same on every instance. */
export function createIdentify(
  secrets: readonly string[],
  { ownLog = false }: IdentifyOptions = {},
): Identify {
  const hash = createUserHash(secrets);
  return (request, { user, ...subject }) => {
    if (user !== undefined) users.set(request, user);
    const fields = { ...(user !== undefined && { user: hash(user) }), ...subject };
    if (ownLog && canGrow(request.log)) request.log.setBindings(fields);
    else request.log = request.log.child(fields);
  };
}

/** Shorter texts say nothing, and are parts of other words. */
const minSaidChars = 4;
const isIdentifier = (name: string): boolean => /^(?:id|type|kind|order|.*_ids?)$/.test(name);

function* textsOf(value: unknown, name = ''): Generator<string> {
  if (typeof value === 'string') {
    if (!isIdentifier(name)) yield* [value, ...value.split(/[\r\n]+/)];
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      yield* textsOf(inner, Array.isArray(value) ? name : key);
    }
  }
}

/**
 * Removes secrets, the user, and what the visitor has said with the current request: errors of models and tools repeat
 * them.
 */
export function scrubSaid(scrub: Scrub): Scrub {
  return (text) => {
    const request = current.getStore();
    const user = (request && users.get(request)) ?? '';
    const said = [user, ...textsOf(request?.body)]
      .map((each) => each.trim())
      .filter(({ length }) => length >= minSaidChars)
      .sort((a, b) => b.length - a.length);
    let rest = text;
    for (const each of said) {
      for (const spelling of [each, JSON.stringify(each).slice(1, -1)]) {
        rest = rest.replaceAll(spelling, each === user ? '[user]' : '[said]');
      }
    }
    return scrub(rest);
  };
}
