import { AgentFailure } from './failures.js';

/** A signal that aborts when the caller's does, when the time is over, or when the work is closed. */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #caller: AbortSignal;
  readonly #timer: NodeJS.Timeout;
  readonly #onAbort = () => this.#controller.abort(this.#caller.reason);

  constructor(caller: AbortSignal, ms: number) {
    this.#caller = caller;
    this.#timer = setTimeout(() => this.#controller.abort(new AgentFailure('deadline')), ms);
    if (caller.aborted) this.#onAbort();
    else caller.addEventListener('abort', this.#onAbort, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** @throws {AgentFailure} with the code `deadline`, if it was the time that ended the work */
  throwIfPassed(): void {
    const { reason } = this.signal as { reason: unknown };
    if (this.signal.aborted && reason instanceof AgentFailure) throw reason;
  }

  /** Aborts what still runs, and releases timer and listener. */
  close(): void {
    clearTimeout(this.#timer);
    this.#caller.removeEventListener('abort', this.#onAbort);
    this.#controller.abort();
  }
}

type End = { readonly type: 'done' } | { readonly type: 'failed'; readonly error: unknown };

/** An async sequence with one reader, which several sources push to. */
export class EventQueue<T> implements AsyncIterable<T> {
  #entries: T[] = [];
  /** How many of them have been read. */
  #taken = 0;
  #end: End | null = null;
  #wake: () => void = () => undefined;

  readonly push = (entry: T): void => {
    if (this.#end !== null) return;
    this.#entries.push(entry);
    this.#wake();
  };

  /** Ends the sequence after what has been pushed. */
  end(): void {
    this.#end ??= { type: 'done' };
    this.#wake();
  }

  /** As `end`; the reader then gets the error. */
  fail(error: unknown): void {
    this.#end ??= { type: 'failed', error };
    this.#wake();
  }

  /** Not a generator: that makes several promises for each entry, and most entries are one word. */
  [Symbol.asyncIterator](): AsyncIterator<T, void> {
    return { next: () => this.#take() };
  }

  async #take(): Promise<IteratorResult<T, void>> {
    while (this.#taken === this.#entries.length) {
      if (this.#end?.type === 'failed') throw this.#end.error;
      if (this.#end !== null) return { done: true, value: undefined };
      this.#entries = [];
      this.#taken = 0;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return { done: false, value: this.#entries[this.#taken++] as T };
  }
}
