import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { fastifyCookie } from '@fastify/cookie';
import type { FastifyRequest } from 'fastify';
import type { OriginCheck } from '../http/origins.js';
import type { Authenticator } from './authenticator.js';

/** The prefix makes browsers refuse a cookie that another host of the domain has planted. */
export const visitorCookie = '__Host-taskpilot-visitor';
const lifeSeconds = 365 * 24 * 3600;

/** A visitor is known by a signed cookie, so that one visitor stays one user. */
export function createAnonymousAuthenticator(
  sessionSecret: string,
  checkOrigin: OriginCheck,
): Authenticator {
  const sign = (id: string) =>
    createHmac('sha256', sessionSecret).update(`visitor:${id}`).digest('base64url');

  function verify(value: string | undefined): string | undefined {
    const [id, signature, ...rest] = value?.split('.') ?? [];
    if (id === undefined || signature === undefined || rest.length > 0) return undefined;
    const expected = Buffer.from(sign(id));
    const given = Buffer.from(signature);
    return expected.length === given.length && timingSafeEqual(expected, given) ? id : undefined;
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
          fastifyCookie.serialize(visitorCookie, `${id}.${sign(id)}`, {
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
