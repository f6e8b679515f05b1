import type { ChatKitOptions } from '@openai/chatkit';

export interface FetchRelayOptions {
  /** Sends a notice to the frame. */
  readonly notify: (name: string, detail: unknown) => void;
  /** The page's current `api` option. */
  readonly api: () => ChatKitOptions['api'] | null;
}

/** Status and content type of a response, sent to the frame ahead of the body. */
export interface RelayedHead {
  readonly status: number;
  readonly contentType: string;
}

/** Makes the frame's requests to a self-hosted server: as the page, with the page's `fetch` if it has one. */
export class FetchRelay {
  readonly #options: FetchRelayOptions;
  readonly #running = new Map<string, AbortController>();

  constructor(options: FetchRelayOptions) {
    this.#options = options;
  }

  /**
   * Resolves with the head; the body follows in notices `fetch.chunk`, and `fetch.end` or `fetch.failed`.
   *
   * @param id names the request to `abort`
   */
  async start(id: string, body: string): Promise<RelayedHead> {
    const api = this.#options.api();
    if (api === null || !('url' in api)) throw new TypeError('There is no api.url to ask.');
    const controller = new AbortController();
    this.#running.set(id, controller);
    try {
      const { fetch = window.fetch.bind(window) } = api;
      const response = await fetch(api.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'text/event-stream, application/json',
        },
        body,
        signal: controller.signal,
      });
      void this.#pump(id, response);
      return {
        status: response.status,
        contentType: response.headers.get('content-type') ?? '',
      };
    } catch (error) {
      this.#running.delete(id);
      throw error;
    }
  }

  abort(id: string): void {
    this.#running.get(id)?.abort();
  }

  close(): void {
    for (const controller of this.#running.values()) controller.abort();
    this.#running.clear();
  }

  async #pump(id: string, response: Response): Promise<void> {
    const { notify } = this.#options;
    try {
      const reader = response.body?.getReader();
      for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
        notify('fetch.chunk', { id, bytes: part.value });
      }
      notify('fetch.end', { id });
    } catch (error) {
      notify('fetch.failed', { id, message: error instanceof Error ? error.message : '' });
    } finally {
      this.#running.delete(id);
    }
  }
}
