import {
  createRemoteJWKSet,
  customFetch,
  errors,
  jwtVerify,
  type FetchImplementation,
  type JWTVerifyOptions,
  type JWTVerifyResult,
} from 'jose';
import type { AuthConfig } from '../config.js';
import type { Fetch } from '../http/upstream-fetch.js';
import { Problem } from '../problems.js';
import { bearerToken, type PlainAuthenticator } from './authenticator.js';

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

/** Types of tokens that name a user to an API (RFC 7519, RFC 9068); others, such as `logout+jwt`, serve other ends. */
const types = ['jwt', 'at+jwt'];
const clockToleranceSeconds = 5;
/** How long the last keys of a key server that fails are used, in milliseconds. */
const staleKeysMs = 24 * 3_600_000;

/** Fetches keys, and answers with the last ones while their server fails or publishes none. */
function createKeyFetch(fetch: Fetch, now: () => number): FetchImplementation {
  let last: { readonly keys: unknown; readonly at: number } | undefined;
  return async (url, options) => {
    try {
      const response = await fetch(url, options);
      const keys: unknown = response.ok ? await response.json() : null;
      const published = (keys as { keys?: unknown } | null)?.keys;
      if (!Array.isArray(published) || published.length === 0) {
        throw new errors.JWKSInvalid(`The key server published no keys (${response.status}).`);
      }
      last = { keys, at: now() };
    } catch (error) {
      if (last === undefined || now() - last.at > staleKeysMs) throw error;
    }
    return Response.json(last.keys);
  };
}

/** The user that a verified token names. A number counts as the text that JSON writes for it. */
function userOf({ payload, protectedHeader }: JWTVerifyResult, claim: string, now: number): string {
  const type = protectedHeader.typ?.toLowerCase().replace(/^application\//, '') ?? 'jwt';
  if (!types.includes(type)) throw refused('The token is of a type that names no user.');
  if ((payload.iat ?? 0) > now / 1000 + clockToleranceSeconds) {
    throw refused('The token is from the future.');
  }
  // JSON can write numbers beyond all others, such as 1e999.
  if (!Number.isFinite(payload.exp)) throw refused('The token never expires.');
  const user = payload[claim];
  const text = Number.isSafeInteger(user) ? String(user) : user;
  if (typeof text !== 'string' || text.trim() === '') {
    throw refused('The token does not name a user.');
  }
  return text;
}

const refused = (detail: string, cause?: unknown) =>
  new Problem('unauthenticated', detail, { cause });

/**
 * Users are logged in already: the page sends their token as `Authorization: Bearer`.
 *
 * @param fetch how the key server is reached
 */
export function createJwtAuthenticator(
  config: JwtConfig,
  fetch: Fetch,
  now: () => number,
): PlainAuthenticator {
  const options = (algorithms: string[]): JWTVerifyOptions => ({
    algorithms,
    issuer: config.issuer,
    audience: config.audience,
    requiredClaims: ['exp', config.userClaim],
    clockTolerance: clockToleranceSeconds,
    currentDate: new Date(now()),
  });
  const { key } = config;
  const secret = 'secret' in key ? new TextEncoder().encode(key.secret) : undefined;
  const keys =
    'jwksUrl' in key
      ? createRemoteJWKSet(new URL(key.jwksUrl), {
          timeoutDuration: 3000,
          [customFetch]: createKeyFetch(fetch, now),
        })
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
        return { user: userOf(await verify(token), config.userClaim, now()) };
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
