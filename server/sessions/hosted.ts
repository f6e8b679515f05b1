import OpenAI, { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai';
import { Problem } from '../problems.js';
import type { CreateSession, SessionAnswer, SessionBackend } from './backend.js';
import type { Fetch } from '../http/upstream-fetch.js';
import {
  isTransientStatus,
  retry,
  RetryDeadlineError,
  retryAfterMs,
  type RetryTiming,
} from '../retry.js';

export interface HostedOptions {
  readonly apiKey: string | undefined;
  readonly baseUrl: string;
  readonly workflowId: string;
  readonly ttlSeconds: number | undefined;
  /** What files visitors may attach; null for none. */
  readonly fileUpload?: { readonly maxBytes: number; readonly maxCount: number } | null;
  /** All tries together, in milliseconds. */
  readonly timeoutMs: number;
  /** Resolves when the answer has been read. */
  readonly fetch: Fetch;
  readonly timing: RetryTiming;
  readonly onTry?: (durationMs: number, outcome: string) => void;
}

/** OpenAI counts the files of a session, which lives ten minutes; ours is the number of one message. */
const fullMessagesPerSession = 10;

const firstDelayMs = 150;

/** The delay that OpenAI asks for, in milliseconds. */
const askedDelay = (error: unknown, now: number): number | undefined =>
  error instanceof APIError && error.headers instanceof Headers
    ? retryAfterMs(error.headers, now)
    : undefined;

function isTransient(error: unknown): boolean {
  // An attempt may take all the time that is left: when it has timed out, the deadline has passed.
  if (error instanceof APIConnectionTimeoutError) return false;
  if (error instanceof APIConnectionError) return true;
  if (error instanceof APIError && typeof error.status === 'number') {
    return isTransientStatus(error.status);
  }
  return false;
}

const timedOut = (cause: unknown) =>
  new Problem('upstream_timeout', 'OpenAI gave no answer in time.', { retryAfter: 5, cause });

const isGone = (status: number | undefined) => status === 404 || status === 410;

/** OpenAI's own words go to the log alone, as the cause: they can hold the key or the workflow id. */
function toProblem(error: unknown, retryAfterSeconds: number | undefined): Problem {
  if (error instanceof Problem) return error;
  if (!(error instanceof APIError)) {
    return new Problem('upstream_invalid_response', 'OpenAI answered with something unusable.', {
      cause: error,
    });
  }
  const status = error.status as number | undefined;
  const options = { cause: error, ...(status !== undefined && { upstreamStatus: status }) };
  if (isGone(status)) {
    return new Problem(
      'workflow_unavailable',
      'OpenAI does not know the workflow. Check CHATKIT_WORKFLOW_ID and that OPENAI_API_KEY belongs to its project.',
      options,
    );
  }
  if (error instanceof APIConnectionTimeoutError) return timedOut(error);
  if (isTransient(error)) {
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
  const { apiKey } = options;
  const { now } = options.timing;
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

  /** Runs `call` under the total deadline, again after a transient failure. */
  async function attempt<T>(
    caller: AbortSignal,
    call: (client: OpenAI, limits: Limits) => Promise<T>,
  ): Promise<T> {
    if (client === undefined) {
      throw new Problem('not_configured', 'The service has no OPENAI_API_KEY.');
    }
    const deadline = now() + options.timeoutMs;
    const once = async (): Promise<T> => {
      const start = now();
      try {
        const result = await call(client, { signal: caller, timeout: deadline - start });
        options.onTry?.(now() - start, 'ok');
        return result;
      } catch (error) {
        const status = error instanceof APIError ? String(error.status ?? 'none') : 'none';
        options.onTry?.(now() - start, status);
        throw error;
      }
    };
    try {
      return await retry(once, {
        signal: caller,
        firstDelayMs,
        deadline,
        isTransient,
        retryAfter: (error) => askedDelay(error, now()),
        timing: options.timing,
      });
    } catch (error) {
      caller.throwIfAborted();
      if (error instanceof RetryDeadlineError) throw timedOut(error);
      const asked = askedDelay(error, now());
      throw toProblem(error, asked === undefined ? undefined : asked / 1000);
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
            ...(options.fileUpload != null && {
              chatkit_configuration: {
                file_upload: {
                  enabled: true,
                  // In megabytes. Source: OpenAI's reference of the sessions API.
                  max_file_size: Math.ceil(options.fileUpload.maxBytes / 2 ** 20),
                  max_files: options.fileUpload.maxCount * fullMessagesPerSession,
                },
              },
            }),
            ...(options.ttlSeconds !== undefined && {
              expires_after: { anchor: 'created_at', seconds: options.ttlSeconds },
            }),
          },
          limits,
        ),
      );
      const {
        id,
        client_secret,
        expires_at,
        _request_id: requestId,
      } = (session ?? {}) as Record<string, unknown>;
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
      return {
        client_secret,
        session_id: id,
        expires_at: Math.floor(expires_at),
        ...(options.fileUpload != null && { offers: ['attachments' as const] }),
        ...(typeof requestId === 'string' && { upstreamRequestId: requestId }),
      };
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
