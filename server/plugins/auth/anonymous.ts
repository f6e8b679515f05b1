import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { parseCookie, stringifySetCookie } from 'cookie';
import type { OriginCheck } from '../origin.js';
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

  return {
    authenticate(request, reply) {
      const known = verify(parseCookie(request.headers.cookie ?? '')[visitorCookie]);
      const id = known ?? randomUUID();
      const crossSite =
        checkOrigin(request) === 'allowed' && request.headers['sec-fetch-site'] !== 'same-site';
      reply.header(
        'set-cookie',
        stringifySetCookie({
          name: visitorCookie,
          value: `${id}.${sign(id)}`,
          path: '/',
          httpOnly: true,
          secure: true,
          maxAge: lifeSeconds,
          ...(crossSite ? { sameSite: 'none', partitioned: true } : { sameSite: 'lax' }),
        }),
      );
      return { user: `anon_${id}`, isNew: known === undefined };
    },
  };
}
