/** Reads a sequence one by one, and stops waiting for it at once when the signal is aborted. */
export class AbortableReader<T> {
  readonly #start: () => AsyncIterable<T>;
  readonly #signal: AbortSignal;
  readonly #onLateError: (error: unknown) => void;
  readonly #onAbort = () => this.#reject(this.#signal.reason);
  #iterator: AsyncIterator<T> | null = null;
  #reject: (reason: unknown) => void = () => undefined;
  #done = false;

  /** @param onLateError hears of a sequence that fails while it is being closed, unless it was aborted */
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

  /** The next entry, or `done`. @throws the signal's reason, or what the sequence throws */
  next(): Promise<IteratorResult<T, unknown>> {
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

  /** Lets the sequence clean up; it may take its time for that. */
  close(): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
    if (this.#done) return;
    this.#done = true;
    this.#iterator?.return?.().then(undefined, (error: unknown) => {
      if (!this.#signal.aborted) this.#onLateError(error);
    });
  }
}
