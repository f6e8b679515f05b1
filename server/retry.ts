import { setTimeout as wait } from 'node:timers/promises';

// By hand: cockatiel's retry policy does not hear an abort while it waits, and p-retry knows no `Retry-After`.

/** Clock, chance and sleep as arguments, so that a test need not wait. */
export interface RetryTiming {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** From 0 to 1; spreads the retries of many callers. */
  readonly random: () => number;
  /** Resolves after so many milliseconds; rejects when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

export const systemTiming: RetryTiming = {
  now: Date.now,
  random: Math.random,
  sleep: (ms, signal) => wait(ms, undefined, { signal }),
};

export interface RetryOptions {
  readonly signal: AbortSignal;
  /** The first one included; 3 by default. */
  readonly maxAttempts?: number;
  /**
   * Milliseconds before the second attempt. The delay doubles with each further one, and is spread by 50 %
   * up and down.
   */
  readonly firstDelayMs: number;
  /** The longest delay before one attempt, in milliseconds; a `Retry-After` beyond it ends the retries. */
  readonly maxDelayMs?: number;
  /** The end of all attempts, as `timing.now` counts. A delay that would go beyond it is not begun. */
  readonly deadline?: number;
  readonly isTransient: (error: unknown) => boolean;
  /** The delay that the other side asks for, in milliseconds; see `retryAfterMs`. */
  readonly retryAfter?: (error: unknown) => number | undefined;
  /** Called before each delay, for what the failed attempt left open. */
  readonly onRetry?: (error: unknown, delayMs: number) => Promise<void> | void;
  readonly timing?: RetryTiming;
}

/** The deadline passed during a delay, or before an attempt began. */
export class RetryDeadlineError extends Error {
  override readonly name = 'RetryDeadlineError';

  constructor() {
    super('The deadline of all attempts has passed.');
  }
}

/** Sleeps until the delay is over, the caller aborts, or the deadline has passed. */
async function pause(
  delayMs: number,
  timing: RetryTiming,
  { signal, deadline }: RetryOptions,
): Promise<void> {
  const timeout = deadline === undefined ? null : AbortSignal.timeout(deadline - timing.now());
  try {
    await timing.sleep(delayMs, timeout === null ? signal : AbortSignal.any([signal, timeout]));
  } catch (error) {
    signal.throwIfAborted();
    throw timeout?.aborted === true ? new RetryDeadlineError() : error;
  }
}

/**
 * Runs an operation again after a transient failure, with exponential backoff and jitter.
 *
 * @param operation gets the number of the attempt, from 1
 * @throws the error of the last attempt; the signal's reason, at once, when it aborts;
 *   {@link RetryDeadlineError} when the deadline has passed before an attempt
 *
 * @example
 * const session = await retry(() => createSession(signal), {
 *   signal,
 *   firstDelayMs: 150,
 *   deadline: Date.now() + 10_000,
 *   isTransient: (error) => error instanceof APIConnectionError,
 * });
 */
export async function retry<T>(
  operation: (attempt: number) => Promise<T>,
  options: RetryOptions,
): Promise<T> {
  const { signal, maxAttempts = 3, firstDelayMs, maxDelayMs = Infinity, deadline } = options;
  const { isTransient, retryAfter, onRetry, timing = systemTiming } = options;
  signal.throwIfAborted();
  for (let attempt = 1; ; attempt++) {
    if (deadline !== undefined && timing.now() >= deadline) throw new RetryDeadlineError();
    try {
      return await operation(attempt);
    } catch (error) {
      signal.throwIfAborted();
      if (attempt >= maxAttempts || !isTransient(error)) throw error;
      const backoff = firstDelayMs * 2 ** (attempt - 1) * (0.5 + timing.random());
      const delay = Math.max(Math.min(backoff, maxDelayMs), retryAfter?.(error) ?? 0);
      if (delay > maxDelayMs) throw error;
      if (deadline !== undefined && timing.now() + delay >= deadline) throw error;
      await onRetry?.(error, delay);
      await pause(delay, timing, options);
    }
  }
}

const maxRetryAfterMs = 24 * 3600 * 1000;

/**
 * The delay that a response asks for: `retry-after-ms` (OpenAI), or `retry-after` in seconds or as a date.
 *
 * @param now milliseconds since 1970, for a date
 * @returns milliseconds, from 0 to a day; undefined without a readable header
 */
export function retryAfterMs(headers: Headers, now: number): number | undefined {
  const value = headers.get('retry-after') ?? '';
  const delays = [
    parseFloat(headers.get('retry-after-ms') ?? ''),
    parseFloat(/^\s*[\d.]+\s*$/.test(value) ? value : '') * 1000,
    Date.parse(value) - now,
  ];
  const delay = delays.find(Number.isFinite);
  return delay === undefined ? undefined : Math.min(Math.max(0, delay), maxRetryAfterMs);
}

/** Whether the same request may succeed later, by the status of its response. */
export const isTransientStatus = (status: number): boolean =>
  status >= 500 || [408, 409, 429].includes(status);
