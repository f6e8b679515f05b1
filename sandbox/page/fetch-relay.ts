import type { ChatKitOptions } from '@openai/chatkit';

export interface FetchRelayOptions {
  /** Sends a notice to the frame. */
  readonly notify: (name: string, detail: unknown) => void;
  /** The page's current `api` option. */
  readonly api: () => ChatKitOptions['api'] | null;
}

/** A file on its way to the server: as a form's `file` with POST, by itself with PUT. */
export interface FileUpload {
  readonly url: string;
  readonly method: 'POST' | 'PUT';
  readonly headers: Readonly<Record<string, string>>;
  readonly file: File;
}

/** The request that an upload is. */
export function uploadRequest({ method, headers, file }: FileUpload): RequestInit {
  if (method === 'PUT') return { method, headers, body: file };
  const body = new FormData();
  body.append('file', file);
  // The browser writes the content type, with the boundary of the form.
  const others = Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'content-type');
  return { method, headers: Object.fromEntries(others), body };
}

/** Status and content type of a response, sent to the frame ahead of the body. */
export interface RelayedHead {
  readonly status: number;
  readonly contentType: string;
}

const protocolRequest: RequestInit = {
  method: 'POST',
  headers: {
    'content-type': 'application/json',
    accept: 'text/event-stream, application/json',
  },
};

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
   * @param asked a request of the protocol, as JSON, or a file to upload
   */
  async start(id: string, asked: string | FileUpload): Promise<RelayedHead> {
    const api = this.#options.api();
    if (api === null || !('url' in api)) throw new TypeError('There is no api.url to ask.');
    const controller = new AbortController();
    this.#running.set(id, controller);
    try {
      const { fetch = window.fetch.bind(window) } = api;
      const { signal } = controller;
      const response = await (typeof asked === 'string'
        ? fetch(api.url, { ...protocolRequest, body: asked, signal })
        : fetch(asked.url, { ...uploadRequest(asked), signal }));
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
