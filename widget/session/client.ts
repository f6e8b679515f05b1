import { TaskPilotChatError, toChatError } from '../errors.js';
import { SingleFlight } from '../single-flight.js';
import { requestSession, type SessionAnswer, type SessionRequest } from './request.js';
import { SessionCache } from './cache.js';

export interface SessionInfo {
  session_id: string;
  /** Unix time in seconds. */
  expires_at: number;
  /** Whether no new session was needed. */
  reused: boolean;
}

type AuthToken = string | null | undefined;

export interface SessionClientOptions extends SessionRequest {
  /** Token of the logged-in user, sent as `Authorization: Bearer`. */
  getAuthToken?: (() => AuthToken | Promise<AuthToken>) | undefined;
  /** Where the secret outlives a page change; null or nothing keeps it in memory. */
  storage?: Storage | null | undefined;
  /** All tries together, in milliseconds. */
  timeoutMs?: number | undefined;
  onSession?: ((info: SessionInfo) => void) | undefined;
  /** For tests. */
  now?: (() => number) | undefined;
}

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
  readonly #flight: SingleFlight<SessionAnswer>;
  #told: string | null = null;

  constructor(options: SessionClientOptions) {
    const { endpoint, storage, now = Date.now, timeoutMs = defaultTimeoutMs } = options;
    this.#options = options;
    this.#cache = new SessionCache(`taskpilot-chat:session:${endpoint}`, storage, now);
    this.#flight = new SingleFlight(timeoutMs, 'session_timeout');
  }

  /**
   * @param options `fresh` asks the service even if a session is kept; `signal` aborts
   * @throws {TaskPilotChatError} one of the `session_…` codes or `offline`; the signal's reason when it aborts
   */
  async getSession({
    fresh = false,
    signal,
  }: { fresh?: boolean; signal?: AbortSignal } = {}): Promise<SessionAnswer> {
    signal?.throwIfAborted();
    // What is there is of no use any more, also if there will be nothing else.
    if (fresh) this.#cache.clear();
    const kept = this.#cache.get();
    if (kept) this.#tell(kept, true);
    return kept ?? this.#flight.join((ended) => this.#request(ended), signal);
  }

  /**
   * For `api.getClientSecret` of ChatKit: with a secret in hand ChatKit wants another one, and giving the
   * same one back would make it ask for ever.
   */
  readonly getClientSecret = async (current: string | null): Promise<string> => {
    const { client_secret } = await this.getSession({ fresh: current !== null });
    if (client_secret === current) {
      throw new TaskPilotChatError('session_invalid_response', { detail: 'the same secret again' });
    }
    return client_secret;
  };

  /** Forgets the session and stops what is under way, as at a log-out. */
  reset(): void {
    this.#cache.clear();
    this.#flight.cancel(new TaskPilotChatError('session_unavailable', { detail: 'reset' }));
  }

  /** Once a session, however often ChatKit asks for its secret. */
  #tell({ session_id, expires_at }: SessionAnswer, reused: boolean): void {
    if (session_id === this.#told) return;
    this.#told = session_id;
    this.#options.onSession?.({ session_id, expires_at, reused });
  }

  async #token(): Promise<string | undefined> {
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
  async #request(signal: AbortSignal): Promise<SessionAnswer> {
    const { timeoutMs = defaultTimeoutMs, now = Date.now } = this.#options;
    const end = now() + timeoutMs;
    for (let tries = 1; ; tries++) {
      let token, answer;
      try {
        token = await this.#token();
        signal.throwIfAborted();
        answer = await requestSession(this.#options, token, signal);
      } catch (cause) {
        signal.throwIfAborted();
        const error = toChatError(cause, 'session_unavailable');
        // A token may have run out on its way: one more try gets a new one.
        if (error.status === 401 && token && tries === 1) continue;
        const delay =
          (error.retryAfterSeconds ?? 0) * 1000 ||
          firstDelayMs * 2 ** (tries - 1) * (0.5 + Math.random());
        const hopeless = !error.retryable || error.code === 'offline' || tries === maxTries;
        if (hopeless || now() + delay >= end) throw error;
        await pause(delay, signal);
        continue;
      }
      signal.throwIfAborted();
      this.#cache.set(answer);
      this.#tell(answer, false);
      return answer;
    }
  }
}
