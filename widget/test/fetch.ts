/** A promise to be settled from outside. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: Error) => void;
}

export function defer<T>(): Deferred<T> {
  let settle: Pick<Deferred<T>, 'resolve' | 'reject'> | undefined;
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  if (!settle) throw new Error('a promise runs its executor at once');
  return { promise, ...settle };
}

export interface SentRequest {
  readonly url: string;
  readonly init: RequestInit;
  readonly headers: Headers;
}

type Answer = Response | Error | Promise<Response>;

/** Takes the place of `fetch`: a session endpoint that gives a new secret for each request. */
export interface FetchStub {
  readonly fetch: typeof fetch;
  readonly requests: SentRequest[];
  /** Requests with DELETE, which are answered with 204. */
  readonly deletes: SentRequest[];
  /** The next answers, in this order, before the usual ones. */
  readonly next: (Answer | ((request: SentRequest) => Answer))[];
  /** How long the secrets live, in seconds. */
  lifeSeconds: number;
}

export function json(body: unknown, init: ResponseInit = {}): Response {
  const headers = new Headers(init.headers);
  headers.set('content-type', 'application/json');
  return new Response(JSON.stringify(body), { ...init, headers });
}

/** An answer of the session endpoint. */
export const session = (
  number: number,
  expiresAt: number,
  api?: object,
  offers?: readonly string[],
): Response =>
  json({
    client_secret: `ek_${number}`,
    session_id: `cksess_${number}`,
    expires_at: expiresAt,
    ...(api && { api }),
    ...(offers && { offers }),
  });

/** A problem document of the session endpoint. */
export const problem = (status: number, body: object = {}, headers: HeadersInit = {}): Response =>
  json({ status, request_id: 'req_7', ...body }, { status, headers });

export function stubFetch(): FetchStub {
  const stub: FetchStub = {
    requests: [],
    deletes: [],
    next: [],
    lifeSeconds: 600,
    fetch: async (input, init = {}) => {
      const request = {
        url: input instanceof Request ? input.url : String(input),
        init,
        headers: new Headers(init.headers),
      };
      if (init.method === 'DELETE') {
        stub.deletes.push(request);
        return new Response(null, { status: 204 });
      }
      stub.requests.push(request);
      const next = stub.next.shift();
      const answer = typeof next === 'function' ? next(request) : next;
      if (answer instanceof Error) throw answer;
      const usual = session(stub.requests.length, Math.floor(Date.now() / 1000) + stub.lifeSeconds);
      const { signal } = init;
      return Promise.race([
        answer ?? usual,
        new Promise<never>((_resolve, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason as Error));
        }),
      ]);
    },
  };
  return stub;
}
