import OpenAI, { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai';
import { Problem } from '../problems.js';
import type { CreateSession, SessionAnswer, SessionBackend } from './backend.js';
import type { Fetch } from './upstream-fetch.js';

export interface HostedOptions {
  readonly apiKey: string | undefined;
  readonly baseUrl: string;
  readonly workflowId: string;
  readonly ttlSeconds: number | undefined;
  /** All tries together, in milliseconds. */
  readonly timeoutMs: number;
  /** Resolves when the answer has been read. */
  readonly fetch: Fetch;
  readonly now: () => number;
  /** From 0 to 1; spreads the tries of many callers. */
  readonly random: () => number;
  /** Resolves after so many milliseconds; rejects when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<unknown>;
  readonly onTry?: (durationMs: number, outcome: string) => void;
}

const maxTries = 3;
const firstDelayMs = 150;
const longestWaitMs = 24 * 3600 * 1000;
const transient = new Set([408, 409, 429]);

/** How long OpenAI asks to wait: `retry-after-ms`, `retry-after` in seconds or as a date. */
function retryAfterMs(error: unknown, now: number): number | undefined {
  const headers = error instanceof APIError ? (error.headers as Headers | undefined) : undefined;
  const value = headers?.get('retry-after') ?? '';
  const waits = [
    parseFloat(headers?.get('retry-after-ms') ?? ''),
    parseFloat(/^\s*[\d.]+\s*$/.test(value) ? value : '') * 1000,
    Date.parse(value) - now,
  ];
  const wait = waits.find(Number.isFinite);
  return wait === undefined ? undefined : Math.min(Math.max(0, wait), longestWaitMs);
}

function isPassing(error: unknown): boolean {
  if (error instanceof APIConnectionError) return true;
  if (error instanceof APIError && typeof error.status === 'number') {
    return error.status >= 500 || transient.has(error.status);
  }
  return false;
}

const timedOut = () =>
  new Problem('upstream_timeout', 'OpenAI gave no answer in time.', { retryAfter: 5 });

const isGone = (status: number | undefined) => status === 404 || status === 410;

/** OpenAI's own words go no further: they can hold the key or the workflow id. */
function toProblem(error: unknown, retryAfterSeconds: number | undefined): Problem {
  if (error instanceof Problem) return error;
  if (!(error instanceof APIError)) {
    return new Problem('upstream_invalid_response', 'OpenAI answered with something unusable.');
  }
  const status = error.status as number | undefined;
  const options = status === undefined ? {} : { upstreamStatus: status };
  if (isGone(status)) {
    return new Problem(
      'workflow_unavailable',
      'OpenAI does not know the workflow. Check CHATKIT_WORKFLOW_ID and that OPENAI_API_KEY belongs to its project.',
      options,
    );
  }
  if (error instanceof APIConnectionTimeoutError) return timedOut();
  if (isPassing(error)) {
    return new Problem('upstream_unavailable', 'OpenAI could not be reached or is overloaded.', {
      ...options,
      retryAfter: retryAfterSeconds ?? 5,
    });
  }
  return new Problem(
    'upstream_rejected',
    status === 401
      ? 'OpenAI refused the API key. Check OPENAI_API_KEY.'
      : 'OpenAI refused the request. Its status is in the log.',
    options,
  );
}

/** Of one try, which includes reading the answer: `fetch` resolves when it has the whole of it. */
interface Limits {
  readonly signal: AbortSignal;
  /** Milliseconds. */
  readonly timeout: number;
}

/** Sessions on OpenAI's side, made through its SDK. */
export function createHostedBackend(options: HostedOptions): SessionBackend {
  const { apiKey, now, random, sleep } = options;
  const client =
    apiKey === undefined
      ? undefined
      : new OpenAI({
          apiKey,
          baseURL: options.baseUrl,
          // The SDK's own retries ignore an abort while they wait, and know no total deadline.
          maxRetries: 0,
          fetch: options.fetch,
          organization: null,
          project: null,
          logLevel: 'off',
        });

  /** Waits before another try; no longer than the caller does, nor than the deadline is away. */
  async function pause(ms: number, caller: AbortSignal, end: number): Promise<void> {
    const deadline = AbortSignal.timeout(end - now());
    await sleep(ms, AbortSignal.any([caller, deadline])).catch((reason: unknown) => {
      caller.throwIfAborted();
      throw deadline.aborted ? timedOut() : reason;
    });
  }

  /** Runs `call` under the total deadline, again after a passing fault. */
  async function attempt<T>(
    caller: AbortSignal,
    call: (client: OpenAI, limits: Limits) => Promise<T>,
  ): Promise<T> {
    if (client === undefined) {
      throw new Problem('not_configured', 'The service has no OPENAI_API_KEY.');
    }
    caller.throwIfAborted();
    const end = now() + options.timeoutMs;
    for (let tries = 1; ; tries++) {
      const start = now();
      if (start >= end) throw timedOut();
      try {
        const result = await call(client, { signal: caller, timeout: end - start });
        options.onTry?.(now() - start, 'ok');
        return result;
      } catch (error) {
        options.onTry?.(
          now() - start,
          error instanceof APIError ? String(error.status ?? 'none') : 'none',
        );
        caller.throwIfAborted();
        const asked = retryAfterMs(error, now());
        const ownDelay = firstDelayMs * 2 ** (tries - 1) * (0.5 + random());
        const delay = Math.max(ownDelay, asked ?? 0);
        if (!isPassing(error) || tries === maxTries || now() + delay >= end) {
          throw toProblem(error, asked === undefined ? undefined : asked / 1000);
        }
        await pause(delay, caller, end);
      }
    }
  }

  return {
    name: 'hosted',

    async create({ user, signal }: CreateSession): Promise<SessionAnswer> {
      const session: unknown = await attempt(signal, (openai, limits) =>
        openai.beta.chatkit.sessions.create(
          {
            user,
            workflow: { id: options.workflowId },
            ...(options.ttlSeconds !== undefined && {
              expires_after: { anchor: 'created_at', seconds: options.ttlSeconds },
            }),
          },
          limits,
        ),
      );
      const { id, client_secret, expires_at } = (session ?? {}) as Record<string, unknown>;
      if (
        typeof id !== 'string' ||
        id === '' ||
        typeof client_secret !== 'string' ||
        client_secret === '' ||
        typeof expires_at !== 'number' ||
        !Number.isFinite(expires_at) ||
        expires_at * 1000 <= now()
      ) {
        throw new Problem('upstream_invalid_response', 'OpenAI answered without a usable secret.');
      }
      return { client_secret, session_id: id, expires_at: Math.floor(expires_at) };
    },

    async cancel(sessionId: string, signal: AbortSignal): Promise<void> {
      await attempt(signal, async (openai, limits) => {
        try {
          await openai.beta.chatkit.sessions.cancel(sessionId, limits);
        } catch (error) {
          // What OpenAI does not know any more is as ended as it can be.
          if (!(error instanceof APIError && isGone(error.status as number | undefined)))
            throw error;
        }
      });
    },
  };
}
