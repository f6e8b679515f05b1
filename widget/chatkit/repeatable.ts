/** Sends the request, with the session's token, and gives the answer. */
type Send = (token: string) => Promise<Response>;

/** Bodies of unanswered requests that are remembered at a time. */
const maxUnanswered = 20;

/** Whether ChatKit's client takes the answer: after others it sends the same request again. */
const isTaken = ({ ok, status, headers }: Response): boolean =>
  ok
    ? /^(text\/event-stream|application\/json)/.test(headers.get('content-type') ?? '')
    : status >= 400 && status < 500;

/**
 * Makes ChatKit's requests safe to repeat. Each POST has an `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header),
 * and a body that is sent again because its answer was not seen to its end has the same key again: ChatKit's client
 * does so when a tab was hidden, and after network faults and 5xx. A stop of the visitor is a DELETE of the key.
 */
export class RepeatableRequests {
  readonly #backend: URL;
  readonly #isLeaving: () => boolean;
  /** Keys of requests whose answers were not seen to their ends, by body. */
  readonly #unanswered = new Map<string, string>();

  constructor(backend: URL, isLeaving: () => boolean) {
    this.#backend = backend;
    this.#isLeaving = isLeaving;
  }

  /** @param work gets a function that sends the request once; both sends of one work have the same key */
  async send(request: Request, work: (send: Send) => Promise<Response>): Promise<Response> {
    if (request.method !== 'POST') return work((token) => fetch(withHeaders(request, token)));
    const { signal } = request;
    // Read while the session is asked for.
    const text = request.clone().text();
    let sent: { body: string; key: string; token: string } | undefined;
    let hasEnded = false;
    const end = (isAnswered: boolean, isAbort = false): void => {
      if (hasEnded) return;
      hasEnded = true;
      signal.removeEventListener('abort', onAbort);
      if (isAnswered) return;
      if (isAbort && document.visibilityState === 'visible' && !this.#isLeaving()) {
        if (sent) this.#tellStop(sent.key, sent.token);
      } else if (sent) this.#remember(sent.body, sent.key);
    };
    const onAbort = (): void => end(false, true);
    signal.addEventListener('abort', onAbort);
    try {
      const response = await work(async (token) => {
        const body = await text;
        const key = sent?.key ?? this.#unanswered.get(body) ?? crypto.randomUUID();
        this.#unanswered.delete(body);
        sent = { body, key, token };
        return fetch(withHeaders(request, token, key));
      });
      if (!response.ok || !response.body || !isTaken(response)) {
        end(isTaken(response));
        return response;
      }
      return watched(response, response.body, end);
    } catch (error) {
      end(false, signal.aborted);
      throw error;
    }
  }

  #remember(body: string, key: string): void {
    this.#unanswered.set(body, key);
    const [oldest] = this.#unanswered.keys();
    if (oldest !== undefined && this.#unanswered.size > maxUnanswered) {
      this.#unanswered.delete(oldest);
    }
  }

  #tellStop(key: string, token: string): void {
    const { origin, pathname } = this.#backend;
    const request = new Request(`${origin}${pathname.replace(/\/$/, '')}/requests/${key}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${token}` },
      keepalive: true,
    });
    fetch(request).catch(() => {
      // The answer then ends by itself; the visitor does not wait for it any more.
    });
  }
}

function withHeaders(request: Request, token: string, key?: string): Request {
  const headers = new Headers(request.headers);
  headers.set('authorization', `Bearer ${token}`);
  if (key) headers.set('idempotency-key', key);
  return new Request(request.clone(), { headers });
}

/** The same response; `end` is called when its body has been read to the end, has failed or was cancelled. */
function watched(
  { status, statusText, headers }: Response,
  body: ReadableStream<Uint8Array>,
  end: (isAnswered: boolean, isAbort?: boolean) => void,
): Response {
  const reader = body.getReader();
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (done) {
          end(true);
          controller.close();
        } else controller.enqueue(value);
      } catch (error) {
        end(false);
        controller.error(error);
      }
    },
    cancel(reason) {
      end(false, true);
      return reader.cancel(reason);
    },
  });
  return new Response(stream, { status, statusText, headers });
}
