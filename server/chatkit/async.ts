/** A promise that is settled from outside. */
export class Deferred<T = void> {
  readonly promise: Promise<T>;
  resolve!: (value: T | PromiseLike<T>) => void;
  reject!: (reason: unknown) => void;

  constructor() {
    this.promise = new Promise<T>((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }
}

/**
 * The result of work that does not listen to the signal.
 *
 * @throws the signal's reason, as soon as it aborts
 */
export function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** The result of the work, or what `onTimeout` returns (or throws) after so many milliseconds. */
export async function withTimeout<T>(work: Promise<T>, ms: number, onTimeout: () => T): Promise<T> {
  const timeout = new Deferred<'timeout'>();
  const timer = setTimeout(() => timeout.resolve('timeout'), ms);
  try {
    const result = await Promise.race([work.then((value) => ({ value })), timeout.promise]);
    return result === 'timeout' ? onTimeout() : result.value;
  } finally {
    clearTimeout(timer);
  }
}

/** Reads an async sequence entry by entry; a pending read rejects as soon as the signal aborts. */
export class AbortableReader<T> {
  readonly #start: () => AsyncIterable<T>;
  readonly #signal: AbortSignal;
  readonly #onLateError: (error: unknown) => void;
  readonly #onAbort = () => this.#reject(this.#signal.reason);
  #iterator: AsyncIterator<T> | null = null;
  #reject: (reason: unknown) => void = () => undefined;
  #done = false;

  /**
   * @param start opens the sequence; called by the first `next`
   * @param onLateError receives the error of a sequence that fails while it is closed, unless it was aborted
   */
  constructor(
    start: () => AsyncIterable<T>,
    signal: AbortSignal,
    onLateError: (error: unknown) => void,
  ) {
    this.#start = start;
    this.#signal = signal;
    this.#onLateError = onLateError;
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** @throws the signal's reason, or the error of the sequence */
  next(): Promise<IteratorResult<T, unknown>> {
    // One promise for each entry: `abortable` would make several, and most entries are one word.
    return new Promise((resolve, reject) => {
      this.#signal.throwIfAborted();
      this.#reject = reject;
      this.#iterator ??= this.#start()[Symbol.asyncIterator]();
      this.#iterator.next().then((result) => {
        this.#done = result.done === true;
        resolve(result);
      }, reject);
    });
  }

  /** Ends the sequence without waiting for its cleanup. */
  close(): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
    if (this.#done) return;
    this.#done = true;
    this.#iterator?.return?.().then(undefined, (error: unknown) => {
      if (!this.#signal.aborted) this.#onLateError(error);
    });
  }
}
