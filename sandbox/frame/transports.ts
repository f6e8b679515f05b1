import { uploadRequest, type FileUpload } from '../page/fetch-relay.js';

/** Carries requests of the protocol to the server, and files. */
export interface Transport {
  /** Obtains the credential of the first request, if one is needed. */
  connect(): Promise<void>;
  /**
   * @param body a request of the protocol, as JSON
   * @throws {AccessError} when the page provides no client secret
   * @throws {Error} when there was no answer, or `signal` was aborted
   */
  post(body: string, signal: AbortSignal): Promise<Response>;
  /** @throws {Error} when there was no answer, or `signal` was aborted */
  upload(upload: FileUpload, signal: AbortSignal): Promise<Response>;
}

/** `getClientSecret` failed or returned no secret. */
export class AccessError extends Error {
  override readonly name = 'AccessError';
}

/** Parses `text/event-stream` incrementally and yields the data of each event. */
export async function* readEventStream(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let rest = '';
  let data: string[] = [];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      rest += done ? decoder.decode() : decoder.decode(value, { stream: true });
      // A trailing CR may be the first half of CRLF.
      const lines = rest.split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (line !== '') {
          if (/^data(?::|$)/.test(line)) data.push(line.slice(5).replace(/^ /, ''));
        } else if (data.length > 0) {
          yield data.join('\n');
          data = [];
        }
      }
      // By the HTML standard, an event without its empty line is discarded.
      if (done) return;
    }
  } finally {
    await reader.cancel();
  }
}

export interface HostedTransportOptions {
  readonly url: URL;
  /** The page's function; gets null first, and later the secret that was rejected. */
  readonly getClientSecret: (current: string | null) => Promise<unknown>;
  /** Whether the page has `onClientTool`. */
  readonly hasClientTools: () => boolean;
  readonly fetch: typeof fetch;
}

/** Calls the sandbox with a client secret, and renews the secret on 401. */
export class HostedTransport implements Transport {
  readonly #options: HostedTransportOptions;
  #secret: Promise<string> | null = null;

  constructor(options: HostedTransportOptions) {
    this.#options = options;
  }

  async connect(): Promise<void> {
    await this.#current();
  }

  async post(body: string, signal: AbortSignal): Promise<Response> {
    const asked = this.#current();
    const secret = await asked;
    signal.throwIfAborted();
    const response = await this.#send(body, secret, signal);
    if (response.status !== 401) return response;
    await response.body?.cancel();
    // Another request may already be renewing it.
    const renewed = await (this.#secret === asked ? this.#ask(secret) : this.#current());
    signal.throwIfAborted();
    return this.#send(body, renewed, signal);
  }

  upload(upload: FileUpload, signal: AbortSignal): Promise<Response> {
    return this.#options.fetch(upload.url, { ...uploadRequest(upload), signal });
  }

  #current(): Promise<string> {
    return this.#secret ?? this.#ask(null);
  }

  /** Concurrent requests share one call of `getClientSecret`. */
  #ask(current: string | null): Promise<string> {
    const asked = this.#options.getClientSecret(current).then(
      (secret) => {
        if (typeof secret === 'string' && secret !== '') return secret;
        throw new AccessError('getClientSecret gave no secret.');
      },
      (error: unknown) => {
        throw new AccessError(error instanceof Error ? error.message : 'getClientSecret failed.');
      },
    );
    this.#secret = asked;
    // A rejection is not cached: the next request calls again.
    asked.catch(() => {
      if (this.#secret === asked) this.#secret = null;
    });
    return asked;
  }

  #send(body: string, secret: string, signal: AbortSignal): Promise<Response> {
    const { fetch, url, hasClientTools } = this.#options;
    return fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${secret}`,
        'x-sandbox-client-tools': String(hasClientTools()),
      },
      body,
      signal,
    });
  }
}

/** The part of the bridge that requests use. */
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

/** Sends requests through the page, with the page's origin, cookies and `fetch`. */
export class PageTransport implements Transport {
  readonly #page: PageLink;
  readonly #bodies = new Map<string, Body>();

  constructor(page: PageLink) {
    this.#page = page;
  }

  connect(): Promise<void> {
    return Promise.resolve();
  }

  post(body: string, signal: AbortSignal): Promise<Response> {
    return this.#fetch(body, signal);
  }

  upload(upload: FileUpload, signal: AbortSignal): Promise<Response> {
    return this.#fetch(upload, signal);
  }

  async #fetch(asked: string | FileUpload, signal: AbortSignal): Promise<Response> {
    signal.throwIfAborted();
    const id = crypto.randomUUID();
    const abort = (): void => {
      this.#page.notify('fetch.abort', id);
      this.#bodies.get(id)?.error(signal.reason);
      this.#bodies.delete(id);
    };
    // Created before the call, because chunks may follow the head at once.
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
      const { status, contentType } = (await this.#page.call('fetch', id, asked)) as Head;
      signal.throwIfAborted();
      const headers = { 'content-type': contentType };
      return new Response([204, 205, 304].includes(status) ? null : stream, { status, headers });
    } catch (error) {
      this.#bodies.delete(id);
      throw error;
    }
  }

  /** Handles a notice of the page; returns whether it belongs to a request. */
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
