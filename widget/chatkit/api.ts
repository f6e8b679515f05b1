import type { ChatKitOptions } from '@openai/chatkit';
import { TaskPilotChatError } from '../errors.js';
import { abortable } from '../single-flight.js';
import type { SessionAnswer, SessionClient } from '../session/index.js';
import type { PageContext } from './context.js';
import { RepeatableRequests } from './repeatable.js';

export type ChatKitApi = ChatKitOptions['api'];

export interface ChatKitApiHooks {
  /** ChatKit has asked for a secret or made a request: the application in its frame runs. */
  onUse?: () => void;
  /** The operator has moved to another backend: ChatKit needs a new element. */
  onBackendChange?: () => void;
  /** A session could not be renewed. */
  onError?: (error: unknown) => void;
  /** Resolves when it is worth asking for the session again; undefined passes the failure on to ChatKit. */
  recovery?: (error: unknown) => Promise<void> | undefined;
  /** A session could be had. */
  onSession?: () => void;
  /** The operator's server does not know the thread of a request. */
  onThreadNotFound?: (id: string) => void;
  /** Aborted when ChatKit's element is gone: what it asks for later is refused. */
  signal?: AbortSignal;
  /** Whether the page is being left: an abort is not a stop of the visitor then. */
  isLeaving?: () => boolean;
  /** What the page is about; self-hosted agents receive it with each message as `metadata.page`. */
  context?: () => PageContext | null | undefined;
}

/** A page may have put an `api` into the prototype of all objects. */
const apiOf = (session: SessionAnswer): SessionAnswer['api'] =>
  Object.hasOwn(session, 'api') ? session.api : undefined;

/**
 * ChatKit's `api` option for whatever backend the session endpoint has chosen.
 *
 * @throws {TaskPilotChatError} when no session can be had
 */
export async function chatKitApi(
  client: SessionClient,
  hooks: ChatKitApiHooks = {},
): Promise<ChatKitApi> {
  const api = apiOf(await client.getSession());
  const { identity } = client;
  const { signal } = hooks;

  /** Runs whenever ChatKit wants a session, and reports the outcome; waits where a hook knows how to. */
  async function use<T>(get: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    hooks.onUse?.();
    for (;;) {
      try {
        const result = await get();
        hooks.onSession?.();
        return result;
      } catch (error) {
        const recovery = hooks.recovery?.(error);
        if (!recovery) hooks.onError?.(error);
        if (!recovery) throw error;
        await (signal ? abortable(recovery, signal) : recovery);
      }
    }
  }

  /** @throws {TaskPilotChatError} when the session is for another user or backend than the one that runs */
  async function checked(answer: Promise<SessionAnswer>): Promise<SessionAnswer> {
    const session = await answer;
    if (client.identity !== identity) {
      throw new TaskPilotChatError('chatkit_error', { detail: 'the user has changed' });
    }
    if (apiOf(session)?.url === api?.url) return session;
    hooks.onBackendChange?.();
    throw new TaskPilotChatError('chatkit_error', { detail: 'the backend has changed' });
  }

  if (!api) {
    return {
      getClientSecret: (current) =>
        use(async () => {
          const { client_secret } = await checked(client.getSession({ replace: current, signal }));
          return client_secret;
        }),
    };
  }

  const { location } = globalThis as { location?: Location };
  // Resolved against the session endpoint, which a proxy or a prefix cannot make wrong.
  const backend = new URL(api.url, new URL(client.endpoint, location?.href));
  const requests = new RepeatableRequests(
    backend,
    () => hooks.isLeaving?.() ?? false,
    () => hooks.context?.(),
  );

  return {
    url: backend.href,
    domainKey: api.domain_key,
    fetch: async (input, init) => {
      const request = new Request(input, init);
      // The token is for the operator's server only, whatever ChatKit may want to fetch.
      const { origin, pathname } = new URL(request.url);
      const ours = origin === backend.origin && `${pathname}/`.startsWith(`${backend.pathname}/`);
      if (!ours) return fetch(request);
      const response = await requests.send(request, async (send) => {
        const session = await use(() => checked(client.getSession({ signal })), request.signal);
        const first = await send(session.client_secret);
        if (first.status !== 401) return first;
        // Another request may have renewed it meanwhile; single flight makes one renewal of many.
        const renewed = await use(
          () => checked(client.getSession({ replace: session.client_secret, signal })),
          request.signal,
        );
        return send(renewed.client_secret);
      });
      if (response.status === 404) {
        const thread = await missingThread(request, response.clone());
        if (thread) hooks.onThreadNotFound?.(thread);
      }
      return response;
    },
  };
}

/** The thread that the server does not know; undefined where an item, or the service itself, may be what is missing. */
async function missingThread(request: Request, response: Response): Promise<string | undefined> {
  try {
    const [{ params }, { code }] = (await Promise.all([request.json(), response.json()])) as [
      { params: Partial<Record<string, unknown>> },
      { code?: unknown },
    ];
    const { thread_id, item_id, item_ids, after } = params;
    const isThread = code === 'not_found' && !item_id && !item_ids && !after;
    return isThread && typeof thread_id === 'string' ? thread_id : undefined;
  } catch {
    return undefined;
  }
}
