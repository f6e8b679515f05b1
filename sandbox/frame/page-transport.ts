import type { Transport } from './transport.js';

/** The bridge to the page, as far as requests need it. */
export interface PageLink {
  call(name: string, ...args: unknown[]): Promise<unknown>;
  notify(name: string, detail: unknown): void;
}

interface Head {
  readonly status: number;
  readonly contentType: string;
}

interface Notice {
  readonly id: string;
  readonly bytes?: Uint8Array;
  readonly message?: string;
}

type Body = ReadableStreamDefaultController<Uint8Array>;

/** Has the page make the requests, for a self-hosted server is reached as the page reaches it. */
export class PageTransport implements Transport {
  readonly #page: PageLink;
  readonly #bodies = new Map<string, Body>();

  constructor(page: PageLink) {
    this.#page = page;
  }

  connect(): Promise<void> {
    return Promise.resolve();
  }

  async post(body: string, signal: AbortSignal): Promise<Response> {
    signal.throwIfAborted();
    const id = crypto.randomUUID();
    const abort = (): void => {
      this.#page.notify('fetch.abort', id);
      this.#bodies.get(id)?.error(signal.reason);
      this.#bodies.delete(id);
    };
    // Before the request, because the body may come right behind the head.
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#bodies.set(id, controller);
      },
      cancel: () => {
        this.#bodies.delete(id);
        this.#page.notify('fetch.abort', id);
      },
    });
    signal.addEventListener('abort', abort, { once: true });
    try {
      const { status, contentType } = (await this.#page.call('fetch', id, body)) as Head;
      signal.throwIfAborted();
      const headers = { 'content-type': contentType };
      return new Response([204, 205, 304].includes(status) ? null : stream, { status, headers });
    } catch (error) {
      this.#bodies.delete(id);
      throw error;
    }
  }

  /** Takes a notice of the page; says whether it was about a request. */
  take(name: string, detail: unknown): boolean {
    if (!name.startsWith('fetch.')) return false;
    const { id, bytes, message } = detail as Notice;
    const body = this.#bodies.get(id);
    if (name === 'fetch.chunk' && bytes) body?.enqueue(bytes);
    else {
      this.#bodies.delete(id);
      if (name === 'fetch.end') body?.close();
      else body?.error(new TypeError(message));
    }
    return true;
  }
}
