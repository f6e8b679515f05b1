type End = { readonly type: 'done' } | { readonly type: 'failed'; readonly error: unknown };

/** A sequence that one side fills and another reads: what several sources tell, in the order of telling. */
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

  /** What was pushed before is still read. */
  end(): void {
    this.#end ??= { type: 'done' };
    this.#wake();
  }

  /** As `end`, and then the reader gets this error. */
  fail(error: unknown): void {
    this.#end ??= { type: 'failed', error };
    this.#wake();
  }

  /** By hand: a generator would make several promises of each entry, and most entries are a word. */
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
