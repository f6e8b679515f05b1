import type { Config } from '../config.js';
import type { OriginCheck } from '../http/origin-check.js';
import type { Fetch } from '../http/upstream-fetch.js';
import { createAnonymousAuthenticator } from './anonymous.js';
import type { PlainAuthenticator } from './authenticator.js';
import { createHeaderAuthenticator } from './header.js';
import { createJwtAuthenticator } from './jwt.js';

export { bearerToken, type Authenticator, type Caller } from './authenticator.js';

/**
 * The authenticator that the configuration chooses.
 *
 * @param fetch how the server of `AUTH_JWKS_URL` is reached
 */
export function createAuthenticator(
  { auth, sessionSecrets }: Pick<Config, 'auth' | 'sessionSecrets'>,
  checkOrigin: OriginCheck,
  fetch: Fetch,
  now: () => number,
): PlainAuthenticator {
  switch (auth.mode) {
    case 'anonymous':
      return createAnonymousAuthenticator(sessionSecrets, checkOrigin);
    case 'header':
      return createHeaderAuthenticator(auth.header, auth.proxies);
    case 'jwt':
      return createJwtAuthenticator(auth, fetch, now);
  }
}
