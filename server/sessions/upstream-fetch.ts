import { Pool } from 'undici';

/** What the OpenAI SDK needs of `fetch`: it always calls it with a URL text and plain options. */
export type Fetch = (url: string | URL | Request, init?: RequestInit) => Promise<Response>;

/**
 * A `fetch` over one connection pool: several times cheaper per call than the global one.
 * Requests and answers are small JSON texts, which are read whole.
 *
 * @param origin scheme, host and port that all requests go to
 */
export function createUpstreamFetch(origin: string, timeoutMs: number) {
  const pool = new Pool(origin, {
    connections: 128,
    pipelining: 1,
    connect: { timeout: Math.min(timeoutMs, 5000) },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  });
  const fetch: Fetch = async (input, init = {}) => {
    const target = new URL(input instanceof Request ? input.url : input);
    if (target.origin !== origin) throw new TypeError('request to another origin');
    const { statusCode, headers, body } = await pool.request({
      path: target.pathname + target.search,
      method: (init.method ?? 'GET') as 'GET' | 'POST',
      headers: Object.fromEntries(new Headers(init.headers)),
      body: typeof init.body === 'string' ? init.body : null,
      signal: init.signal ?? null,
    });
    const text = await body.text();
    const answerHeaders = new Headers();
    for (const [name, value] of Object.entries(headers)) {
      if (value !== undefined)
        answerHeaders.set(name, Array.isArray(value) ? value.join(', ') : value);
    }
    const empty = statusCode === 204 || statusCode === 304;
    return new Response(empty ? null : text, { status: statusCode, headers: answerHeaders });
  };
  return { fetch, close: () => pool.close() };
}
