import { randomBytes } from 'node:crypto';
import { jwtVerify, SignJWT, type JWTPayload } from 'jose';
import { deriveKeys } from '../derived-keys.js';

const issuer = 'taskpilot-chat';
const audience = 'chatkit';
const algorithm = 'HS256';

/** Whom a self-hosted session stands for. */
export interface SessionClaims {
  readonly user: string;
  readonly sessionId: string;
  /** The application's own fields of the caller who opened the session. */
  readonly app: Readonly<Record<string, unknown>>;
  /** Unix time in seconds. */
  readonly expiresAt: number;
}

export interface SessionTokensOptions {
  /** `SESSION_SECRET`: the first one signs, all of them verify. */
  readonly secrets: readonly string[];
  readonly ttlSeconds: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Signed, short-lived tokens: any instance that knows the secret can check them, and none has to store them. */
export class SessionTokens {
  readonly #signingKey: Uint8Array;
  readonly #keys: readonly Uint8Array[];
  readonly #options: SessionTokensOptions;

  constructor(options: SessionTokensOptions) {
    this.#options = options;
    this.#keys = deriveKeys(options.secrets, 'self-hosted session');
    const [first] = this.#keys;
    if (first === undefined) throw new RangeError('at least one secret');
    this.#signingKey = first;
  }

  /** @param app can be read in the token, which is signed and not encrypted */
  async issue(
    user: string,
    app: SessionClaims['app'] = {},
  ): Promise<SessionClaims & { readonly token: string }> {
    const { ttlSeconds, now } = this.#options;
    const issuedAt = Math.floor(now() / 1000);
    const expiresAt = issuedAt + ttlSeconds;
    const sessionId = `cksess_${randomBytes(16).toString('hex')}`;
    const token = await new SignJWT(Object.keys(app).length === 0 ? {} : { app })
      .setProtectedHeader({ alg: algorithm })
      .setSubject(user)
      .setJti(sessionId)
      .setIssuer(issuer)
      .setAudience(audience)
      .setIssuedAt(issuedAt)
      .setExpirationTime(expiresAt)
      .sign(this.#signingKey);
    return { user, sessionId, app, expiresAt, token };
  }

  /** Null for a token that is not ours or has expired; a cancelled session is no matter of its token. */
  async verify(token: string): Promise<SessionClaims | null> {
    for (const key of this.#keys) {
      const { sub, jti, exp, app } = (await this.#payload(token, key)) ?? {};
      if (sub === undefined || jti === undefined || exp === undefined) continue;
      return {
        user: sub,
        sessionId: jti,
        app: (app as SessionClaims['app'] | undefined) ?? {},
        expiresAt: exp,
      };
    }
    return null;
  }

  async #payload(token: string, key: Uint8Array): Promise<JWTPayload | null> {
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms: [algorithm],
        issuer,
        audience,
        requiredClaims: ['sub', 'jti', 'exp'],
        currentDate: new Date(this.#options.now()),
      });
      return payload;
    } catch {
      // The page's answer to every fault is the same: a new session.
      return null;
    }
  }
}
