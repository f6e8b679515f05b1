import { TaskPilotChatError, type TaskPilotChatErrorCode } from './errors.js';

/** Settles as the work does, or rejects with the signal's reason as soon as that aborts. */
export function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort);
    const end = (): void => signal.removeEventListener('abort', onAbort);
    work.then(resolve, reject).then(end, end);
  });
}

/** Settles as the work does, or rejects with a typed error when that takes too long. */
export async function withTimeout<T>(
  work: Promise<T>,
  timeoutMs: number,
  code: TaskPilotChatErrorCode,
  detail?: string,
): Promise<T> {
  let timer;
  try {
    return await Promise.race([
      work,
      new Promise<never>((_resolve, reject) => {
        timer = setTimeout(() => reject(new TaskPilotChatError(code, { detail })), timeoutMs);
      }),
    ]);
  } finally {
    clearTimeout(timer);
  }
}

interface Flight<T> {
  readonly promise: Promise<T>;
  readonly controller: AbortController;
  callers: number;
}

/** One piece of work at a time, whoever asks for it, under a time limit; it stops when nobody waits for it. */
export class SingleFlight<T> {
  readonly #timeoutMs: number;
  readonly #code: TaskPilotChatErrorCode;
  #flight: Flight<T> | null = null;

  /** @param code of the error when it takes longer than `timeoutMs` */
  constructor(timeoutMs: number, code: TaskPilotChatErrorCode) {
    this.#timeoutMs = timeoutMs;
    this.#code = code;
  }

  /** Waits for the work under way; without any, `start` begins it. Its signal aborts at the latest when all is done. */
  async join(
    start: (signal: AbortSignal) => Promise<T>,
    signal = new AbortController().signal,
  ): Promise<T> {
    const flight = (this.#flight ??= this.#begin(start));
    flight.callers++;
    try {
      return await abortable(flight.promise, signal);
    } finally {
      if (!--flight.callers) this.#end(flight);
    }
  }

  /** Whoever waits gets the reason; the next one to ask starts anew. */
  cancel(reason: Error): void {
    if (this.#flight) this.#end(this.#flight, reason);
  }

  #begin(start: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const controller = new AbortController();
    const { signal } = controller;
    const work = withTimeout(abortable(start(signal), signal), this.#timeoutMs, this.#code);
    const flight: Flight<T> = {
      controller,
      callers: 0,
      // Before anybody hears of the result: who then asks again wants another one.
      promise: work.finally(() => this.#forget(flight)),
    };
    return flight;
  }

  #forget(flight: Flight<T>): void {
    if (this.#flight === flight) this.#flight = null;
  }

  #end(flight: Flight<T>, reason?: Error): void {
    this.#forget(flight);
    flight.controller.abort(reason);
  }
}
