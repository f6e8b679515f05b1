type End = { readonly type: 'done' } | { readonly type: 'failed'; readonly error: unknown };

/** A sequence that one side fills and another reads: what several sources tell, in the order of telling. */
export class EventQueue<T> implements AsyncIterable<T> {
  #entries: T[] = [];
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

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void> {
    for (;;) {
      const entries = this.#entries;
      this.#entries = [];
      yield* entries;
      if (this.#entries.length > 0) continue;
      if (this.#end?.type === 'failed') throw this.#end.error;
      if (this.#end !== null) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
