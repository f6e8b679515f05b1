import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '../problems.js';

export interface Caller {
  /** Stable and unique, 256 characters at most; sent to OpenAI as the session's `user`. */
  readonly user: string;
  /** True when this request made the user up: it then says nothing about who is asking. */
  readonly isNew?: boolean;
}

/** Who is asking. Implement it to use an application's own log-in. */
export interface Authenticator {
  /** @throws {Problem} `unauthenticated` without valid credentials */
  authenticate(request: FastifyRequest, reply: FastifyReply): Caller | Promise<Caller>;
}

/** The token of `Authorization: Bearer`, or undefined. */
export const bearerToken = ({ headers }: FastifyRequest): string | undefined =>
  /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];

/** No control characters, line separators or halves of characters. */
const usableUser = /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]{1,256}$/u;

/**
 * Checks what an authenticator says: an application's own may be wrong about its types, too.
 *
 * @throws {Problem} `unauthenticated` when there is no usable user
 */
export function checkCaller(caller: Caller): Caller {
  const user: unknown = caller.user;
  if (typeof user === 'string' && usableUser.test(user) && user.trim() !== '') return caller;
  throw new Problem(
    'unauthenticated',
    'Nobody usable is known to be asking: a user has 1 to 256 characters and no line breaks.',
  );
}
