import { AgentFailure } from './failures.js';

/** Aborted when the caller aborts, when the time is over, or when the work is closed. */
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

  /** @throws {AgentFailure} when it was the time, and not the caller, that ended the work */
  throwIfPassed(): void {
    const { reason } = this.signal as { reason: unknown };
    if (this.signal.aborted && reason instanceof AgentFailure) throw reason;
  }

  /** Ends what still runs. */
  close(): void {
    clearTimeout(this.#timer);
    this.#caller.removeEventListener('abort', this.#onAbort);
    this.#controller.abort();
  }
}
