import type { FastifyReply, FastifyRequest } from 'fastify';
import type { IncomingRequest, ReplyHeaders } from '../http/request.js';
import { Problem } from '../problems.js';

export interface Caller {
  /** Stable and unique, 256 characters at most; sent to OpenAI as the session's `user`. */
  readonly user: string;
  /** True when the identity was made for this request: a limit for this user alone would not hold. */
  readonly isNew?: boolean;
  /**
   * Called when the request has succeeded, never for a refusal: keeps the identity with the client, and returns
   * the token that names it where the client's cookies are blocked.
   */
  readonly remember?: (reply: ReplyHeaders) => string;
  /** Called at a log-out, that is when a session is to be ended: the client forgets the identity. */
  readonly forget?: (reply: ReplyHeaders) => void;
}

/**
 * Names the user of a request. Implement it to use an application's own log-in.
 *
 * Its answer may have fields of the application's own, such as `org` or `locale`: the responder of self-hosted chats
 * gets them as `context.caller`. They travel in the session's token, which is signed and not encrypted: they are JSON of
 * at most 2,048 bytes, as of the opening of the session, and no secrets. Hosted sessions have no use for them.
 *
 * @typeParam App the application's own fields
 *
 * @example
 * const authenticator: Authenticator = {
 *   authenticate: async (request) => ({ user: (await sessionOf(request)).userId }),
 * };
 *
 * @example
 * const authenticator: Authenticator<FastifyRequest, FastifyReply, { org: string }> = {
 *   authenticate: async (request) => {
 *     const { userId, org } = await sessionOf(request);
 *     return { user: userId, org };
 *   },
 * };
 */
export interface Authenticator<
  Request = FastifyRequest,
  Reply = FastifyReply,
  App extends object = object,
> {
  /** Whether the identity may be in the request's body: it is then settled after the body has been read. */
  readonly readsBody?: boolean;
  /** @throws {Problem} `unauthenticated` without valid credentials */
  authenticate(request: Request, reply: Reply): (Caller & App) | Promise<Caller & App>;
}

/** Needs nothing of Fastify. */
export type PlainAuthenticator = Authenticator<IncomingRequest, ReplyHeaders>;

/** The one sentence for requests without a user. */
export const unauthenticated = 'The request names no valid user.';

/** How often a header was sent: Node keeps one of several. */
export const countHeader = ({ raw }: IncomingRequest, name: string): number =>
  raw.rawHeaders.filter((text, index) => index % 2 === 0 && text.toLowerCase() === name).length;

/** The token of `Authorization: Bearer`, or undefined; two of them are none. */
export function bearerToken(request: IncomingRequest): string | undefined {
  const [, token] = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '') ?? [];
  return token !== undefined && countHeader(request, 'authorization') === 1 ? token : undefined;
}

/** What the token of a session has room for, beside all else that a request's head holds. */
const maxAppBytes = 2048;

/**
 * The application's own fields of a caller, as JSON.
 *
 * @throws {TypeError} when they do not fit into the token of a session
 */
export function appFieldsOf(caller: Caller): Readonly<Record<string, unknown>> {
  const known = new Set(['user', 'isNew', 'remember', 'forget']);
  const fields = Object.entries(caller).filter(([name]) => !known.has(name));
  const json = JSON.stringify(Object.fromEntries(fields));
  const bytes = Buffer.byteLength(json);
  if (bytes > maxAppBytes) {
    throw new TypeError(
      `authenticate returned ${bytes} bytes beside the user: a session takes ${maxAppBytes} at most. Look the rest up in the responder.`,
    );
  }
  return JSON.parse(json) as Record<string, unknown>;
}

/** No control characters, line separators or halves of characters. */
const usableUser = /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]{1,256}$/u;

/**
 * Checks the result of an authenticator: an application's own may be of another type at run time.
 *
 * @throws {Problem} `unauthenticated` when there is no usable user
 */
export function checkCaller(caller: Caller): Caller {
  const user: unknown = caller.user;
  if (typeof user === 'string' && usableUser.test(user) && user.trim() !== '') return caller;
  throw new Problem(
    'unauthenticated',
    `${unauthenticated} A user has 1 to 256 characters and no line breaks.`,
  );
}
