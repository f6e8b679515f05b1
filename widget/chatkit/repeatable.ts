import { withContext, type PageContext } from './context.js';

/** Sends the request, with the session's token, and gives the answer. */
type Send = (token: string) => Promise<Response>;

/** A POST: a repetition has the same key, and so must have the same body. */
interface Sent {
  /** ChatKit's body. */
  readonly original: string;
  /** Idempotency key. */
  readonly key: string;
  /** Body with the context of the page; undefined when that of ChatKit was sent. */
  readonly body: string | undefined;
}

export interface RepeatableHooks {
  /** Whether the page is being left: an abort is not a stop of the visitor then. */
  isLeaving?: () => boolean;
  /** What the page is about; self-hosted agents receive it with each message as `metadata.page`. */
  context?: () => PageContext | null | undefined;
}

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
  readonly #hooks: RepeatableHooks;
  /** What was sent of requests whose answers were not seen to their ends, by ChatKit's body. */
  readonly #unanswered = new Map<string, Sent>();

  constructor(backend: URL, hooks: RepeatableHooks) {
    this.#backend = backend;
    this.#hooks = hooks;
  }

  /** @param work gets a function that sends the request once; both sends of one work have the same key */
  async send(request: Request, work: (send: Send) => Promise<Response>): Promise<Response> {
    if (request.method !== 'POST') return work((token) => fetch(withHeaders(request, token)));
    const { signal } = request;
    // Read while the session is asked for.
    const text = request.clone().text();
    let sent: Sent | undefined;
    let token = '';
    let hasEnded = false;
    const end = (isAnswered: boolean, isAbort = false): void => {
      if (hasEnded) return;
      hasEnded = true;
      signal.removeEventListener('abort', onAbort);
      if (isAnswered) return;
      if (isAbort && document.visibilityState === 'visible' && !this.#hooks.isLeaving?.()) {
        if (sent) this.#tellStop(sent.key, token);
      } else if (sent) this.#remember(sent);
    };
    const onAbort = (): void => end(false, true);
    signal.addEventListener('abort', onAbort);
    try {
      const response = await work(async (newToken) => {
        token = newToken;
        const original = await text;
        const known = sent ?? this.#unanswered.get(original);
        this.#unanswered.delete(original);
        sent = known ?? {
          original,
          key: crypto.randomUUID(),
          body: await withContext(original, this.#hooks.context?.()),
        };
        return fetch(withHeaders(request, token, sent));
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

  #remember(sent: Sent): void {
    this.#unanswered.set(sent.original, sent);
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

function withHeaders(request: Request, token: string, sent?: Sent): Request {
  const copy = new Request(request.clone(), sent?.body ? { body: sent.body } : {});
  copy.headers.set('authorization', `Bearer ${token}`);
  if (sent) copy.headers.set('idempotency-key', sent.key);
  return copy;
}

/** The same response; `end` is called when its body has been read to the end, has failed or was cancelled. */
function watched(
  response: Response,
  body: ReadableStream<Uint8Array>,
  end: (isAnswered: boolean, isAbort?: boolean) => void,
): Response {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  body.pipeTo(writable).then(
    () => end(true),
    // A network fault is a TypeError; other reasons are those of whoever cancels.
    (reason: unknown) => end(false, !(reason instanceof TypeError)),
  );
  return new Response(readable, response);
}
