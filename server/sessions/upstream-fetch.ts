import { Pool } from 'undici';

/** Answers have a few kilobytes; whatever has more is none of OpenAI's. */
const answerLimitBytes = 262_144;

/** What the OpenAI SDK needs of `fetch`: it always calls it with a URL text and plain options. */
export type Fetch = (url: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** An answer that was read whole: without the streams that a body brings, which cost more than the request. */
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

/** What the SDK and we look at; OpenAI sends some twenty more. */
const usedHeaders = [
  'content-type',
  'content-length',
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

/**
 * A `fetch` over one connection pool: several times cheaper per call than the global one.
 * Requests and answers are small JSON texts, which are read whole; of what is too long the rest is not
 * waited for, and what is there is no JSON.
 *
 * @param origin scheme, host and port that all requests go to
 */
export function createUpstreamFetch(origin: string, timeoutMs: number) {
  const pool = new Pool(origin, {
    connections: 128,
    pipelining: 1,
    connect: { timeout: Math.min(timeoutMs, 5000) },
    // The caller's signal says when there has been no answer in time.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const fetch: Fetch = (input, init = {}) =>
    new Promise((resolve, reject) => {
      const target = new URL(input instanceof Request ? input.url : input);
      if (target.origin !== origin) throw new TypeError('request to another origin');
      const { signal } = init;
      let abort: ((reason: Error) => void) | undefined;
      // A request that waits for a connection has nothing yet that could be aborted.
      const onAbort = (): void => {
        const reason = signal?.reason as Error;
        abort?.(reason);
        reject(reason);
      };
      if (signal?.aborted) {
        onAbort();
        return;
      }
      signal?.addEventListener('abort', onAbort, { once: true });
      const end = (): void => signal?.removeEventListener('abort', onAbort);

      const chunks: Buffer[] = [];
      let size = 0;
      let answer: ResponseInit = {};
      const finish = (): void => {
        end();
        resolve(new TextResponse(Buffer.concat(chunks).toString('utf8'), answer));
      };
      pool.dispatch(
        {
          path: target.pathname + target.search,
          method: init.method ?? 'GET',
          headers: init.headers instanceof Headers ? init.headers : new Headers(init.headers),
          body: typeof init.body === 'string' ? init.body : null,
        },
        {
          onRequestStart: (control) => {
            abort = (reason) => control.abort(reason);
            if (signal?.aborted) onAbort();
          },
          onResponseStart: (_control, status, headers) => {
            answer = { status, headers: toHeaders(headers) };
          },
          onResponseData: (control, chunk) => {
            chunks.push(chunk);
            size += chunk.length;
            if (size <= answerLimitBytes) return;
            finish();
            control.abort(new Error('the answer is too long'));
          },
          onResponseEnd: finish,
          onResponseError: (_control, error) => {
            end();
            reject(error);
          },
        },
      );
    });
  return { fetch, close: () => pool.close() };
}
