import { abortable } from '../chatkit/async.js';
import { EnvHttpProxyAgent, errors, fetch as undiciFetch, request } from 'undici';

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
  options: EnvHttpProxyAgent.Options,
): EnvHttpProxyAgent {
  return new EnvHttpProxyAgent({
    // Empty where there is none: undefined would make undici read the environment itself.
    httpProxy: proxy.http ?? '',
    httpsProxy: proxy.https ?? '',
    noProxy: proxy.no ?? '',
    connect: { timeout: connectTimeoutMs },
    // The caller's signal ends a request that is not answered in time.
    headersTimeout: 0,
    bodyTimeout: 0,
    ...options,
  });
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
  const fetch: Fetch = async (input, init = {}) => {
    const signal = init.signal ?? new AbortController().signal;
    // A request that waits for a free connection does not hear its signal.
    const { statusCode, headers, body } = await abortable(
      request(input instanceof Request ? input.url : input, {
        dispatcher,
        method: (init.method ?? 'GET') as 'GET',
        headers: Object.fromEntries(new Headers(init.headers)),
        body: typeof init.body === 'string' ? init.body : null,
        signal,
      }),
      signal,
    );
    let text: string;
    try {
      text = await body.text();
    } catch (error) {
      if (!(error instanceof errors.ResponseExceededMaxSizeError)) throw error;
      text = '';
    }
    return new TextResponse(text, { status: statusCode, headers: toHeaders(headers) });
  };
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
