import { randomUUID } from 'node:crypto';
import { fastifyCookie, Signer } from '@fastify/cookie';
import type { FastifyRequest } from 'fastify';
import { deriveKeys } from '../derived-keys.js';
import type { OriginCheck } from '../http/origins.js';
import type { Authenticator } from './authenticator.js';

/** The prefix makes browsers refuse a cookie that another host of the domain has planted. */
export const visitorCookie = '__Host-taskpilot-visitor';
const lifeSeconds = 365 * 24 * 3600;

/**
 * A visitor is known by a signed cookie, so that one visitor stays one user.
 *
 * @param sessionSecrets the first one signs, all of them verify
 */
export function createAnonymousAuthenticator(
  sessionSecrets: readonly string[],
  checkOrigin: OriginCheck,
): Authenticator {
  const signer = new Signer(deriveKeys(sessionSecrets, 'visitor cookie'));

  function verify(signed: string | undefined): string | undefined {
    const unsigned = signer.unsign(signed ?? '');
    return unsigned.valid ? unsigned.value : undefined;
  }

  function isCrossSite(request: FastifyRequest): boolean {
    const site = request.headers['sec-fetch-site'];
    return checkOrigin(request) === 'allowed' && site !== 'same-site' && site !== 'same-origin';
  }

  return {
    authenticate(request, reply) {
      const known = verify(fastifyCookie.parse(request.headers.cookie ?? '')[visitorCookie]);
      const id = known ?? randomUUID();
      // Each session renews the cookie; a visitor who is not known has no session to cancel.
      if (request.method === 'POST') {
        reply.header(
          'set-cookie',
          fastifyCookie.serialize(visitorCookie, signer.sign(id), {
            path: '/',
            httpOnly: true,
            secure: true,
            maxAge: lifeSeconds,
            ...(isCrossSite(request)
              ? { sameSite: 'none', partitioned: true }
              : { sameSite: 'lax' }),
          }),
        );
      }
      return { user: `anon_${id}`, isNew: known === undefined };
    },
  };
}
