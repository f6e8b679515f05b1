import { TaskPilotChatError } from '../errors.js';
import { requestSession } from './request-session.js';
import type { SessionAnswer } from './session-answer.js';
import { SessionCache } from './session-cache.js';

export interface SessionInfo {
  session_id: string;
  /** Unix time in seconds. */
  expires_at: number;
  /** Whether no new session was needed. */
  reused: boolean;
}

export interface SessionClientOptions {
  /** URL of the session endpoint. */
  endpoint: string;
  credentials?: RequestCredentials;
  /** Token of the logged-in user, sent as `Authorization: Bearer`. */
  getAuthToken?: (() => string | Promise<string>) | undefined;
  /** Where the secret outlives a page change; null or nothing keeps it in memory. */
  storage?: Storage | null;
  /** All tries together, in milliseconds. */
  timeoutMs?: number;
  onSession?: (info: SessionInfo) => void;
  /** For tests. */
  fetch?: typeof fetch;
  now?: () => number;
  random?: () => number;
}

const maxTries = 3;
const firstDelayMs = 400;

interface Flight {
  promise: Promise<SessionAnswer>;
  controller: AbortController;
  callers: number;
}

/** Rejects with the signal's reason as soon as it aborts. */
function untilAborted(signal: AbortSignal): { aborted: Promise<never>; stop: () => void } {
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort);
    stop = () => signal.removeEventListener('abort', onAbort);
  });
  // Whoever races against it handles it; unused it must not count as unhandled.
  aborted.catch(() => undefined);
  return { aborted, stop };
}

/** Gets sessions from the endpoint: reused while they live, asked for once at a time. */
export class SessionClient {
  readonly #options: SessionClientOptions;
  readonly #cache: SessionCache;
  #flight: Flight | null = null;
  #told: string | null = null;

  constructor(options: SessionClientOptions) {
    this.#options = options;
    this.#cache = new SessionCache(
      `taskpilot-chat:session:${options.endpoint}`,
      options.storage ?? null,
      options.now ?? Date.now,
    );
  }

  /**
   * @param options.fresh never the kept one
   * @throws {TaskPilotChatError} one of the `session_…` codes or `offline`
   */
  async getSession({
    fresh = false,
    signal,
  }: { fresh?: boolean; signal?: AbortSignal } = {}): Promise<SessionAnswer> {
    signal?.throwIfAborted();
    const kept = fresh ? null : this.#cache.get();
    if (kept) {
      this.#tell(kept, true);
      return kept;
    }
    const flight = (this.#flight ??= this.#start());
    flight.callers++;
    const { aborted, stop } = untilAborted(signal ?? new AbortController().signal);
    try {
      return await Promise.race([flight.promise, aborted]);
    } finally {
      stop();
      if (--flight.callers === 0 && this.#flight === flight) flight.controller.abort();
    }
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
    this.#flight?.controller.abort(
      new TaskPilotChatError('session_unavailable', { detail: 'reset' }),
    );
    this.#flight = null;
  }

  /** Once a session, however often ChatKit asks for its secret. */
  #tell({ session_id, expires_at }: SessionAnswer, reused: boolean): void {
    if (session_id === this.#told) return;
    this.#told = session_id;
    this.#options.onSession?.({ session_id, expires_at, reused });
  }

  #start(): Flight {
    const controller = new AbortController();
    const flight: Flight = {
      controller,
      callers: 0,
      promise: this.#run(controller)
        .then((answer) => {
          if (this.#flight === flight) this.#cache.set(answer);
          this.#tell(answer, false);
          return answer;
        })
        .finally(() => {
          if (this.#flight === flight) this.#flight = null;
        }),
    };
    flight.promise.catch(() => undefined);
    return flight;
  }

  /** Tries again after passing faults, all under one time-out. */
  async #run(controller: AbortController): Promise<SessionAnswer> {
    const { timeoutMs = 15_000, now = Date.now, random = Math.random } = this.#options;
    const end = now() + timeoutMs;
    const { signal } = controller;
    const { aborted, stop } = untilAborted(signal);
    const timer = setTimeout(
      () => controller.abort(new TaskPilotChatError('session_timeout')),
      timeoutMs,
    );
    let renewed = false;
    try {
      for (let tries = 1; ; tries++) {
        try {
          return await Promise.race([
            requestSession({
              credentials: 'same-origin',
              fetch: globalThis.fetch,
              getAuthToken: undefined,
              ...this.#options,
              signal,
            }),
            aborted,
          ]);
        } catch (error) {
          signal.throwIfAborted();
          const known = error instanceof TaskPilotChatError;
          // A token may have run out on its way: one more try gets a new one.
          const again =
            known && error.code === 'session_unauthenticated' && error.status === 401 && !renewed;
          if (again && this.#options.getAuthToken) {
            renewed = true;
            continue;
          }
          const delay =
            known && error.retryAfter !== undefined
              ? error.retryAfter * 1000
              : firstDelayMs * 2 ** (tries - 1) * (0.5 + random());
          if (!known || !error.retryable || error.code === 'offline') throw error;
          if (tries === maxTries || now() + delay >= end) throw error;
          await Promise.race([new Promise((resolve) => setTimeout(resolve, delay)), aborted]);
        }
      }
    } finally {
      clearTimeout(timer);
      stop();
    }
  }
}
