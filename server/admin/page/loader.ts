import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { ApiError } from './api.js';

export type LoadState<T> =
  | { readonly type: 'loading'; readonly last?: T | undefined }
  | { readonly type: 'ready'; readonly value: T }
  | { readonly type: 'failed'; readonly message: string; readonly last?: T | undefined };

export const messageOf = (error: unknown): string => {
  if (error instanceof ApiError) return error.message;
  throw error;
};

/** What a view shows and how far its loading is; a later call, and the end of the view, abort the one before. */
export class Loader<T> implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  #abort = new AbortController();
  #again: () => void = () => undefined;
  state: LoadState<T> = { type: 'loading' };

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  hostDisconnected(): void {
    this.#abort.abort();
  }

  /** What was loaded last. */
  get value(): T | undefined {
    return this.state.type === 'ready' ? this.state.value : this.state.last;
  }

  readonly retry = (): void => this.#again();

  /** @param keep whether what was loaded before stays on the page meanwhile */
  load(work: (signal: AbortSignal) => Promise<T>, keep = false): void {
    this.#again = () => this.load(work, keep);
    void this.#run(work, keep ? this.value : undefined);
  }

  async #run(work: (signal: AbortSignal) => Promise<T>, last: T | undefined): Promise<void> {
    this.#abort.abort();
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.#set({ type: 'loading', last });
    try {
      const value = await work(signal);
      if (!signal.aborted) this.#set({ type: 'ready', value });
    } catch (error) {
      if (signal.aborted) return;
      this.#set({ type: 'failed', message: messageOf(error), last });
    }
  }

  #set(state: LoadState<T>): void {
    this.state = state;
    this.#host.requestUpdate();
  }
}
