import { Agent, EnvHttpProxyAgent, errors, fetch as undiciFetch, type Dispatcher } from 'undici';

/** Answers have a few kilobytes; OpenAI never sends more for a session. */
const maxResponseBytes = 262_144;

/** What the OpenAI SDK needs of `fetch`: it always calls it with a URL and plain options. */
export type Fetch = (url: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** Which proxies lead to the upstream; each as a URL, or undefined for none. */
export interface ProxyConfig {
  readonly http: string | undefined;
  readonly https: string | undefined;
  /** Comma list of hosts that are reached directly. */
  readonly no: string | undefined;
}

export interface UpstreamFetch {
  readonly fetch: Fetch;
  /** Closes the connections. */
  readonly close: () => Promise<void>;
}

/** An answer that was read whole: without the streams of a body, which cost more than the request. */
class TextResponse extends Response {
  override readonly text: () => Promise<string>;
  override readonly json: () => Promise<unknown>;

  constructor(text: string, init: ResponseInit) {
    super(null, init);
    this.text = () => Promise.resolve(text);
    // An executor's exceptions become rejections.
    this.json = () =>
      new Promise((resolve) => {
        resolve(JSON.parse(text));
      });
  }
}

/** What the SDK and the service look at; OpenAI sends some twenty more. */
const usedHeaders = [
  'content-type',
  'content-length',
  'date',
  'retry-after',
  'retry-after-ms',
  'x-request-id',
  'x-should-retry',
];

function toHeaders(headers: Readonly<Record<string, string | string[] | undefined>>) {
  return usedHeaders.flatMap((name): [string, string][] => {
    const value = headers[name];
    return value === undefined ? [] : [[name, String(value)]];
  });
}

function createDispatcher(
  connectTimeoutMs: number,
  proxy: ProxyConfig,
  options: Agent.Options,
): Dispatcher {
  const agentOptions = {
    connect: { timeout: connectTimeoutMs },
    // The caller's signal ends a request that is not answered in time.
    headersTimeout: 0,
    bodyTimeout: 0,
    ...options,
  };
  if (proxy.http === undefined && proxy.https === undefined) return new Agent(agentOptions);
  return new EnvHttpProxyAgent({
    // Empty where there is none: undefined would make undici read the environment itself.
    httpProxy: proxy.http ?? '',
    httpsProxy: proxy.https ?? '',
    noProxy: proxy.no ?? '',
    ...agentOptions,
  });
}

const utf8 = new TextDecoder();

/** Reads an answer whole, without the stream that undici's `request` makes of it. */
class TextHandler implements Dispatcher.DispatchHandler {
  readonly #resolve: (response: Response) => void;
  readonly #reject: (reason: unknown) => void;
  readonly #signal: AbortSignal | null;
  readonly #chunks: Buffer[] = [];
  #controller: Dispatcher.DispatchController | null = null;
  #status = 0;
  #headers: [string, string][] = [];

  constructor(
    resolve: (response: Response) => void,
    reject: (reason: unknown) => void,
    signal: AbortSignal | null,
  ) {
    this.#resolve = resolve;
    this.#reject = reject;
    this.#signal = signal;
    signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#signal?.aborted) this.#onAbort();
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    this.#status = status;
    this.#headers = toHeaders(headers);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.#end(utf8.decode(Buffer.concat(this.#chunks)));
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (error instanceof errors.ResponseExceededMaxSizeError) {
      this.#end('');
      return;
    }
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#reject(error);
  }

  #end(text: string): void {
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#resolve(new TextResponse(text, { status: this.#status, headers: this.#headers }));
  }

  readonly #onAbort = (): void => {
    const reason = this.#signal?.reason as Error;
    // A request that waits for a free connection has no controller yet.
    this.#controller?.abort(reason);
    this.#reject(reason);
  };
}

/**
 * A `fetch` over undici's pools, several times cheaper for each call than the global one. Requests and answers are
 * small JSON texts, which are read whole. An answer that is too long reads as an empty text, which is no JSON.
 *
 * @param connectTimeoutMs how long a connection may take to be made
 * @example
 * const upstream = createUpstreamFetch(5000, { http: undefined, https: undefined, no: undefined });
 * const client = new OpenAI({ apiKey, fetch: upstream.fetch });
 * await upstream.close();
 */
export function createUpstreamFetch(connectTimeoutMs: number, proxy: ProxyConfig): UpstreamFetch {
  const dispatcher = createDispatcher(connectTimeoutMs, proxy, {
    connections: 128,
    pipelining: 1,
    maxResponseSize: maxResponseBytes,
  });
  const fetch: Fetch = (input, { method = 'GET', headers, body, signal = null } = {}) =>
    new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const { origin, pathname, search } = new URL(input instanceof Request ? input.url : input);
      dispatcher.dispatch(
        {
          origin,
          path: pathname + search,
          method,
          headers: headers instanceof Headers ? headers : new Headers(headers),
          body: typeof body === 'string' ? body : null,
        },
        new TextHandler(resolve, reject, signal),
      );
    });
  return { fetch, close: () => dispatcher.close() };
}

/** The body as this undici takes it, which does not know forms of Node's own; with the type that goes with it. */
async function encodeBody(init: RequestInit) {
  const headers = new Headers(init.headers);
  if (init.body == null || typeof init.body === 'string')
    return { headers, body: init.body ?? null };
  const encoded = new Response(init.body);
  const type = encoded.headers.get('content-type');
  if (type !== null && !headers.has('content-type')) headers.set('content-type', type);
  return { headers, body: new Uint8Array(await encoded.arrayBuffer()) };
}

/**
 * A `fetch` for answers that are streamed and may be long, such as those of models. Closing ends its requests.
 *
 * @param connectTimeoutMs how long a connection may take to be made
 * @example
 * const upstream = createStreamingFetch(5000, { http: undefined, https: undefined, no: undefined });
 * const client = new OpenAI({ apiKey, fetch: upstream.fetch });
 * await upstream.close();
 */
export function createStreamingFetch(connectTimeoutMs: number, proxy: ProxyConfig): UpstreamFetch {
  const dispatcher = createDispatcher(connectTimeoutMs, proxy, {});
  const fetch: Fetch = async (input, init = {}) => {
    const { headers: own, body: sent } = await encodeBody(init);
    // Not Node's own, which may be of another version of undici than the dispatcher.
    const { status, headers, body } = await undiciFetch(
      input instanceof Request ? input.url : input,
      {
        dispatcher,
        method: init.method ?? 'GET',
        headers: Object.fromEntries(own),
        body: sent,
        signal: init.signal ?? null,
      },
    );
    return new Response(body, { status, headers: [...headers] });
  };
  return { fetch, close: () => dispatcher.destroy() };
}
