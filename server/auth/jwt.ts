import { createRemoteJWKSet, errors, jwtVerify, type JWTVerifyOptions } from 'jose';
import type { AuthConfig } from '../config.js';
import { Problem } from '../problems.js';
import { bearerToken, type Authenticator } from './authenticator.js';

type JwtConfig = Extract<AuthConfig, { mode: 'jwt' }>;

const asymmetric = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
const symmetric = ['HS256', 'HS384', 'HS512'];

const refused = (detail: string, cause?: unknown) =>
  new Problem('unauthenticated', detail, { cause });

/** Users are logged in already: the page sends their token as `Authorization: Bearer`. */
export function createJwtAuthenticator(config: JwtConfig, now: () => number): Authenticator {
  const options = (algorithms: string[]): JWTVerifyOptions => ({
    algorithms,
    issuer: config.issuer,
    audience: config.audience,
    requiredClaims: ['exp', config.userClaim],
    clockTolerance: 5,
    currentDate: new Date(now()),
  });
  const { key } = config;
  const secret = 'secret' in key ? new TextEncoder().encode(key.secret) : undefined;
  const keys =
    'jwksUrl' in key
      ? createRemoteJWKSet(new URL(key.jwksUrl), { timeoutDuration: 3000 })
      : undefined;

  async function verify(token: string) {
    if (secret !== undefined) return jwtVerify(token, secret, options(symmetric));
    if (keys !== undefined) return jwtVerify(token, keys, options(asymmetric));
    throw new Error('no key');
  }

  return {
    async authenticate(request) {
      const token = bearerToken(request);
      if (token === undefined) throw refused('Send the user’s token as Authorization: Bearer.');
      try {
        const { payload } = await verify(token);
        const user = payload[config.userClaim];
        if (typeof user !== 'string' || user.trim() === '') {
          throw refused('The token does not name a user.');
        }
        return { user };
      } catch (error) {
        if (error instanceof Problem) throw error;
        if (error instanceof errors.JWTExpired) throw refused('The token has expired.', error);
        const keyServerFault =
          error instanceof errors.JWKSTimeout ||
          error instanceof errors.JWKSInvalid ||
          !(error instanceof errors.JOSEError) ||
          error.constructor === errors.JOSEError;
        if (keys !== undefined && keyServerFault) {
          throw new Problem(
            'upstream_unavailable',
            'The keys of AUTH_JWKS_URL cannot be fetched.',
            {
              cause: error,
              retryAfter: 5,
            },
          );
        }
        throw refused('The token is not valid here.', error);
      }
    },
  };
}
