/** Doubled each time. */
const firstPauseMs = 2000;
const maxPauseMs = 30_000;

/** The pauses before a session that could not be renewed is asked for again. All requests share one pause. */
export class Recovery {
  #count = 0;
  #pause: PromiseWithResolvers<void> | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * Resolves when it is worth asking again.
   *
   * @param seconds that the service asks to wait
   */
  pause(seconds = 0): Promise<void> {
    if (!this.#pause) {
      this.#pause = Promise.withResolvers();
      const delay = Math.min(firstPauseMs * 2 ** this.#count++, maxPauseMs);
      this.#timer = setTimeout(() => this.resume(), Math.max(seconds * 1000, delay));
    }
    return this.#pause.promise;
  }

  /** Ends a pause at once. */
  resume(): void {
    clearTimeout(this.#timer);
    this.#pause?.resolve();
    this.#pause = null;
  }

  /** The next pause is a first one. */
  reset(): void {
    this.#count = 0;
    this.resume();
  }
}
