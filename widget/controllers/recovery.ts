/** Doubled each time. */
const firstPauseMs = 2000;
const maxPauseMs = 30_000;

/** The pauses before a session that could not be renewed is asked for again. All requests share one pause. */
export class Recovery {
  #count = 0;
  #pause: Promise<void> | null = null;
  #resume: (() => void) | null = null;

  /**
   * Resolves when it is worth asking again.
   *
   * @param seconds that the service asks to wait
   */
  pause(seconds = 0): Promise<void> {
    return (this.#pause ??= new Promise((resolve) => {
      const delay = Math.min(firstPauseMs * 2 ** this.#count++, maxPauseMs);
      const timer = setTimeout(() => this.resume(), Math.max(seconds * 1000, delay));
      this.#resume = () => {
        clearTimeout(timer);
        this.#pause = this.#resume = null;
        resolve();
      };
    }));
  }

  /** Ends a pause at once. */
  resume(): void {
    this.#resume?.();
  }

  /** The next pause is a first one. */
  reset(): void {
    this.#count = 0;
    this.resume();
  }
}
