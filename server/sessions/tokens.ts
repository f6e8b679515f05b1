import { hkdfSync, randomBytes } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';

const issuer = 'taskpilot-chat';
const audience = 'chatkit';
const algorithm = 'HS256';

/** Whom a self-hosted session stands for. */
export interface SessionClaims {
  readonly user: string;
  readonly sessionId: string;
  /** Unix time in seconds. */
  readonly expiresAt: number;
}

export interface SessionTokensOptions {
  /** `SESSION_SECRET`; the key of the tokens is derived from it, so that no cookie can pass for a token. */
  readonly secret: string;
  readonly ttlSeconds: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Signed, short-lived tokens: any instance that knows the secret can check them, and none has to store them. */
export class SessionTokens {
  readonly #key: Uint8Array;
  readonly #options: SessionTokensOptions;
  /** Ids of cancelled sessions by their end in milliseconds; forgotten when they would have ended anyway. */
  readonly #cancelled = new Map<string, number>();

  constructor(options: SessionTokensOptions) {
    this.#options = options;
    this.#key = new Uint8Array(
      hkdfSync('sha256', options.secret, '', 'taskpilot-chat self-hosted session', 32),
    );
  }

  async issue(user: string): Promise<SessionClaims & { readonly token: string }> {
    const { ttlSeconds, now } = this.#options;
    const issuedAt = Math.floor(now() / 1000);
    const expiresAt = issuedAt + ttlSeconds;
    const sessionId = `cksess_${randomBytes(16).toString('hex')}`;
    const token = await new SignJWT()
      .setProtectedHeader({ alg: algorithm })
      .setSubject(user)
      .setJti(sessionId)
      .setIssuer(issuer)
      .setAudience(audience)
      .setIssuedAt(issuedAt)
      .setExpirationTime(expiresAt)
      .sign(this.#key);
    return { user, sessionId, expiresAt, token };
  }

  /** Null for a token that is not ours, has expired, or whose session was cancelled here. */
  async verify(token: string): Promise<SessionClaims | null> {
    let payload;
    try {
      ({ payload } = await jwtVerify(token, this.#key, {
        algorithms: [algorithm],
        issuer,
        audience,
        requiredClaims: ['sub', 'jti', 'exp'],
        currentDate: new Date(this.#options.now()),
      }));
    } catch {
      // Whatever is wrong with it, the page's answer is the same: get a new one.
      return null;
    }
    const { sub, jti, exp } = payload;
    if (sub === undefined || jti === undefined || exp === undefined) return null;
    if (this.#cancelled.has(jti)) return null;
    return { user: sub, sessionId: jti, expiresAt: exp };
  }

  /** Ends a session before its time, on this instance. */
  cancel(sessionId: string): void {
    const now = this.#options.now();
    for (const [id, end] of this.#cancelled) {
      if (end > now) break;
      this.#cancelled.delete(id);
    }
    this.#cancelled.set(sessionId, now + this.#options.ttlSeconds * 1000);
  }
}
