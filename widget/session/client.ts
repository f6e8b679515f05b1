import { TaskPilotChatError, toChatError } from '../errors.js';
import { SingleFlight } from '../single-flight.js';
import { Stored } from '../storage.js';
import { SessionCache } from './cache.js';
import { identityOf, renewIdentities } from './identity.js';
import { endSession, requestSession, type SessionAnswer, type SessionRequest } from './request.js';

export interface SessionInfo {
  session_id: string;
  /** Unix time in seconds. */
  expires_at: number;
  /** Whether no new session was needed. */
  reused: boolean;
}

type AuthToken = string | null | undefined;

export interface SessionClientOptions extends SessionRequest {
  /** Opaque key of the logged-in user, never sent; by default issuer and subject of a JWT that `getAuthToken` gives. */
  user?: (() => string | null | undefined) | undefined;
  /** Token of the logged-in user, sent as `Authorization: Bearer`. */
  getAuthToken?: (() => AuthToken | Promise<AuthToken>) | undefined;
  /** Where the secret outlives a page change; null or nothing keeps it in memory. */
  storage?: Storage | null | undefined;
  /** Where the token that names an anonymous visitor is kept; null or nothing keeps it in memory. */
  visitorStorage?: Storage | null | undefined;
  /** All tries together, in milliseconds. */
  timeoutMs?: number | undefined;
  onSession?: ((info: SessionInfo) => void) | undefined;
  /** Who uses the page is known, or has changed: what was kept for `previous` must not be used any more. */
  onIdentity?: ((identity: string, previous: string | undefined) => void) | undefined;
}

/** Who uses the page, with the token that was asked for to find out. */
interface Identified {
  readonly identity: string;
  readonly token: string | undefined;
}

interface Visitor {
  identity: string;
  visitor: string;
}

const changed = (detail: string): TaskPilotChatError =>
  new TaskPilotChatError('session_unavailable', { detail });

const maxTries = 3;
const firstDelayMs = 400;
const defaultTimeoutMs = 15_000;

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => clearTimeout(timer));
  });

/** Gets sessions from the endpoint: reused while they live, asked for once at a time. */
export class SessionClient {
  readonly #options: SessionClientOptions;
  readonly #cache: SessionCache;
  readonly #visitor: Stored<Visitor>;
  readonly #identification: SingleFlight<Identified>;
  readonly #flight: SingleFlight<SessionAnswer>;
  /** Identity of users whose tokens do not name them: what is kept for them does not outlive the page. */
  readonly #page = `${Math.random()}`;
  #identity: string | undefined;
  #token: AuthToken;
  #told: string | null = null;

  constructor(options: SessionClientOptions) {
    const { endpoint, storage, timeoutMs = defaultTimeoutMs } = options;
    this.#options = options;
    this.#cache = new SessionCache(storage, `taskpilot-chat:session:${endpoint}`);
    this.#visitor = new Stored(options.visitorStorage, `taskpilot-chat:visitor:${endpoint}`);
    this.#identification = new SingleFlight(timeoutMs, 'session_timeout');
    this.#flight = new SingleFlight(timeoutMs, 'session_timeout');
  }

  /** URL of the session endpoint. */
  get endpoint(): string {
    return this.#options.endpoint;
  }

  /** Hash of who uses the page, as far as that is known. */
  get identity(): string | undefined {
    return this.#identity;
  }

  /**
   * Finds out who uses the page now. When that has changed, the session of the former user is forgotten.
   *
   * @throws {TaskPilotChatError} `session_unauthenticated` when `getAuthToken` fails
   */
  async identify(signal?: AbortSignal): Promise<Identified> {
    return this.#identification.join(async (ended) => {
      const user = this.#options.user?.();
      const token = user ? undefined : await this.#askToken();
      ended.throwIfAborted();
      return { identity: this.#become(user, token), token };
    }, signal);
  }

  /**
   * @param options `replace` asks the service for another session than the one that has this secret; `signal` aborts
   * @throws {TaskPilotChatError} one of the `session_…` codes or `offline`; the signal's reason when it aborts
   */
  async getSession({
    replace,
    signal,
  }: {
    replace?: string | null;
    signal?: AbortSignal | undefined;
  } = {}): Promise<SessionAnswer> {
    signal?.throwIfAborted();
    const { identity, token } = await this.identify(signal);
    // The kept session is of no use any more, even if the request for another one fails.
    if (this.#cache.get(identity)?.client_secret === replace) this.#cache.clear();
    const kept = this.#cache.get(identity);
    if (kept) this.#tell(kept, true);
    const session =
      kept ?? (await this.#flight.join((ended) => this.#request(ended, token), signal));
    if (session.client_secret === replace) {
      throw new TaskPilotChatError('session_invalid_response', { detail: 'the same secret again' });
    }
    return session;
  }

  /**
   * For `api.getClientSecret` of ChatKit: with a secret in hand ChatKit wants another one, and giving the
   * same one back would make it ask for ever.
   */
  readonly getClientSecret = async (current: string | null): Promise<string> => {
    const { client_secret } = await this.getSession({ replace: current });
    return client_secret;
  };

  /**
   * For a log-out: forgets the session at once and stops what is under way, makes what other tabs and pages have kept
   * unusable, and ends the session at the service.
   *
   * @returns a promise that is settled when the service has answered, and never rejects
   */
  reset(): Promise<void> {
    const kept = this.#cache.peek();
    const token = this.#token;
    const { visitor } = this.#visitor.value;
    this.forget();
    renewIdentities();
    return kept ? this.#end(kept.session_id, token, visitor) : Promise.resolve();
  }

  /** Forgets the session and stops what is under way, in this page only. */
  forget(): void {
    const reason = changed('reset');
    this.#cache.clear();
    this.#visitor.keep(null);
    this.#identity = this.#token = undefined;
    this.#identification.cancel(reason);
    this.#flight.cancel(reason);
  }

  async #end(id: string, lastToken: AuthToken, visitor: string | undefined): Promise<void> {
    try {
      const token = lastToken ?? (await this.#askToken());
      await endSession(this.#options, id, { token, visitor });
    } catch {
      // The log-out holds without the service: the session ends by itself within minutes.
    }
  }

  /** Notes who uses the page. */
  #become(user: unknown, token: string | undefined): string {
    const identity = identityOf(user, token, this.#page);
    const previous = this.#identity;
    this.#token = token;
    if (identity === previous) return identity;
    this.#identity = identity;
    if (previous !== undefined) {
      this.#cache.clear();
      this.#flight.cancel(changed('the user has changed'));
    }
    this.#options.onIdentity?.(identity, previous);
    return identity;
  }

  /** Once a session, however often ChatKit asks for its secret. */
  #tell({ session_id, expires_at }: SessionAnswer, reused: boolean): void {
    if (session_id === this.#told) return;
    this.#told = session_id;
    this.#options.onSession?.({ session_id, expires_at, reused });
  }

  async #askToken(): Promise<string | undefined> {
    try {
      return (await this.#options.getAuthToken?.()) ?? undefined;
    } catch (cause) {
      throw new TaskPilotChatError('session_unauthenticated', {
        detail: 'getAuthToken failed',
        retryable: true,
        cause,
      });
    }
  }

  /** Tries again after passing faults. */
  async #request(signal: AbortSignal, firstToken: string | undefined): Promise<SessionAnswer> {
    const { timeoutMs = defaultTimeoutMs } = this.#options;
    const end = Date.now() + timeoutMs;
    let token = firstToken;
    for (let tries = 1; ; tries++) {
      try {
        token ??= await this.#askToken();
        return await this.#attempt(signal, token);
      } catch (cause) {
        signal.throwIfAborted();
        const error = toChatError(cause, 'session_unavailable');
        // A token may have run out on its way: one more try gets a new one.
        const isOld = error.status === 401 && token && tries === 1;
        token = undefined;
        if (isOld) continue;
        const delay =
          (error.retryAfterSeconds ?? 0) * 1000 ||
          firstDelayMs * 2 ** (tries - 1) * (0.5 + Math.random());
        const hopeless = !error.retryable || error.code === 'offline' || tries === maxTries;
        if (hopeless || Date.now() + delay >= end) throw error;
        await pause(delay, signal);
      }
    }
  }

  /** @throws {TaskPilotChatError} when the service gives no session; the signal's reason when it aborts */
  async #attempt(signal: AbortSignal, token: string | undefined): Promise<SessionAnswer> {
    signal.throwIfAborted();
    // Cancels this request when a new token names another user.
    const identity = this.#become(this.#options.user?.(), token);
    signal.throwIfAborted();
    const kept = this.#visitor.value;
    const known = !token && kept.identity === identity ? kept.visitor : undefined;
    const answer = await requestSession(this.#options, { token, visitor: known }, signal);
    signal.throwIfAborted();
    const { visitor, ...session } = answer;
    if (visitor) this.#visitor.keep({ identity, visitor });
    this.#cache.set(session, identity);
    this.#tell(session, false);
    return session;
  }
}
