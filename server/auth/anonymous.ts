import { randomUUID } from 'node:crypto';
import { parse, serialize } from 'cookie';
import type { OriginCheck } from '../http/origin-check.js';
import type { IncomingRequest, ReplyHeaders } from '../http/request.js';
import { createSigner } from '../signatures.js';
import type { PlainAuthenticator } from './authenticator.js';

/** The prefix makes browsers refuse a cookie that another host of the domain has planted. */
export const visitorCookie = '__Host-taskpilot-visitor';
const lifeSeconds = 365 * 24 * 3600;

/** The token that a page keeps where cookies of the service's site are blocked. */
function tokenOf(body: unknown): string | undefined {
  const token: unknown =
    typeof body === 'object' && body !== null && Object.hasOwn(body, 'visitor')
      ? (body as { visitor: unknown }).visitor
      : undefined;
  return typeof token === 'string' ? token : undefined;
}

/**
 * A visitor is known by a signed cookie or, where the browser blocks it, by a signed token that the page keeps, so
 * that one visitor stays one user.
 *
 * @param sessionSecrets the first one signs, all of them verify
 */
export function createAnonymousAuthenticator(
  sessionSecrets: readonly string[],
  checkOrigin: OriginCheck,
): PlainAuthenticator {
  const cookies = createSigner(sessionSecrets, 'visitor cookie');
  const tokens = createSigner(sessionSecrets, 'visitor token');

  function isCrossSite(request: IncomingRequest): boolean {
    const site = request.headers['sec-fetch-site'];
    return site !== 'same-site' && site !== 'same-origin' && checkOrigin(request) === 'allowed';
  }

  const setCookie = (
    request: IncomingRequest,
    reply: ReplyHeaders,
    value: string,
    maxAge: number,
  ) =>
    reply.header(
      'set-cookie',
      serialize(visitorCookie, value, {
        path: '/',
        httpOnly: true,
        secure: true,
        maxAge,
        ...(isCrossSite(request) ? { sameSite: 'none', partitioned: true } : { sameSite: 'lax' }),
      }),
    );

  return {
    readsBody: true,
    authenticate(request) {
      const cookie = parse(request.headers.cookie ?? '')[visitorCookie];
      const known = cookies.verify(cookie) ?? tokens.verify(tokenOf(request.body));
      const id = known ?? randomUUID();
      return {
        user: `anon_${id}`,
        isNew: known === undefined,
        // Each session renews the cookie.
        remember: (reply) => {
          setCookie(request, reply, cookies.sign(id), lifeSeconds);
          return tokens.sign(id);
        },
        forget: (reply) => {
          setCookie(request, reply, '', 0);
        },
      };
    },
  };
}
