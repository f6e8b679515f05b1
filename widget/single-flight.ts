import { TaskPilotChatError, type TaskPilotChatErrorCode } from './errors.js';

/** The same promise. Nobody needs to wait for it: its failure is reported elsewhere. */
export function handled<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  return work;
}

/** Settles as the work does, or rejects with the signal's reason as soon as that is aborted. */
export function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort);
    const end = (): void => signal.removeEventListener('abort', onAbort);
    work.then(resolve, reject).then(end, end);
  });
}

/**
 * Settles as the work does, or rejects with a typed error at the deadline.
 *
 * @throws {TaskPilotChatError} with `code`
 */
export async function withTimeout<T>(
  work: Promise<T>,
  timeoutMs: number,
  code: TaskPilotChatErrorCode,
  detail?: string,
): Promise<T> {
  const controller = new AbortController();
  const timer = setTimeout(
    () => controller.abort(new TaskPilotChatError(code, { detail })),
    timeoutMs,
  );
  try {
    return await abortable(work, controller.signal);
  } finally {
    clearTimeout(timer);
  }
}

interface Flight<T> {
  readonly promise: Promise<T>;
  readonly controller: AbortController;
  callers: number;
}

/** Runs one piece of work at a time for all callers, under a deadline, and aborts it when the last caller has left. */
export class SingleFlight<T> {
  readonly #timeoutMs: number;
  readonly #code: TaskPilotChatErrorCode;
  #flight: Flight<T> | null = null;

  /** @param code of the error when the work takes longer than `timeoutMs` */
  constructor(timeoutMs: number, code: TaskPilotChatErrorCode) {
    this.#timeoutMs = timeoutMs;
    this.#code = code;
  }

  /**
   * Waits for the running work; `start` begins it when there is none. The signal that `start` gets is aborted at the end.
   *
   * @throws the reason of the caller's own `signal` as soon as that is aborted
   */
  async join(
    start: (signal: AbortSignal) => Promise<T>,
    signal = new AbortController().signal,
  ): Promise<T> {
    const flight = (this.#flight ??= this.#begin(start));
    flight.callers++;
    try {
      return await abortable(flight.promise, signal);
    } finally {
      // Before the callers continue: a call that follows the result begins new work.
      if (!--flight.callers) this.#end(flight);
    }
  }

  /** Rejects all callers; the next call begins new work. */
  cancel(reason: Error): void {
    if (this.#flight) this.#end(this.#flight, reason);
  }

  #begin(start: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const controller = new AbortController();
    const { signal } = controller;
    const promise = withTimeout(abortable(start(signal), signal), this.#timeoutMs, this.#code);
    return { promise, controller, callers: 0 };
  }

  #end(flight: Flight<T>, reason?: Error): void {
    if (this.#flight === flight) this.#flight = null;
    flight.controller.abort(reason);
  }
}
