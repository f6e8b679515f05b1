import type { ChatKitOptions } from '@openai/chatkit';
import { TaskPilotChatError } from '../errors.js';
import { abortable } from '../single-flight.js';
import type { SessionAnswer, SessionClient } from '../session/index.js';
import { RepeatableRequests, type RepeatableHooks } from './repeatable.js';

export type ChatKitApi = ChatKitOptions['api'];

export interface ChatKitApiHooks extends RepeatableHooks {
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
  /** What ChatKit has loaded holds an answer that is still being made, for another page or before a reload. */
  onAnswering?: () => void;
  /** The operator's server does not know the thread of a request. */
  onThreadNotFound?: (id: string) => void;
  /** Aborted when ChatKit's element is gone: what it asks for later is refused. */
  signal?: AbortSignal;
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
  const session = await client.getSession();
  const api = apiOf(session);
  const { identity } = client;
  const { signal } = hooks;

  /**
   * The secret for what ChatKit is about to do, another one than `replace`. Waits where a hook knows how to.
   *
   * @throws {TaskPilotChatError} also when the session is for another user or backend than the one that runs
   */
  async function getSecret(replace: string | null, caller?: AbortSignal): Promise<string> {
    hooks.onUse?.();
    for (;;) {
      try {
        const session = await client.getSession({ replace, signal });
        const hasMoved = apiOf(session)?.url !== api?.url;
        if (hasMoved) hooks.onBackendChange?.();
        if (hasMoved || client.identity !== identity) {
          throw new TaskPilotChatError('chatkit_error', { detail: 'user or backend has changed' });
        }
        hooks.onSession?.();
        return session.client_secret;
      } catch (error) {
        const recovery = hooks.recovery?.(error);
        if (!recovery) {
          hooks.onError?.(error);
          throw error;
        }
        await (caller ? abortable(recovery, caller) : recovery);
      }
    }
  }

  if (!api) return { getClientSecret: (current) => getSecret(current) };

  const { location } = globalThis as { location?: Location };
  // Resolved against the session endpoint, which a proxy or a prefix cannot make wrong.
  const backend = new URL(api.url, new URL(client.endpoint, location?.href));
  const requests = new RepeatableRequests(backend, hooks);

  return {
    url: backend.href,
    domainKey: api.domain_key,
    ...(session.offers?.includes('attachments') && { uploadStrategy: { type: 'two_phase' } }),
    fetch: async (input, init) => {
      const request = new Request(input, init);
      // The token is for the operator's server only, whatever ChatKit may want to fetch.
      const { origin, pathname } = new URL(request.url);
      const ours = origin === backend.origin && `${pathname}/`.startsWith(`${backend.pathname}/`);
      if (!ours) return fetch(request);
      const response = await requests.send(request, async (send) => {
        const secret = await getSecret(null, request.signal);
        const first = await send(secret);
        if (first.status !== 401) return first;
        // Another request may have renewed it meanwhile; single flight makes one renewal of many.
        return send(await getSecret(secret, request.signal));
      });
      if (response.headers.has('x-taskpilot-answer')) hooks.onAnswering?.();
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
      { params: Partial<Record<'thread_id' | 'item_id' | 'item_ids' | 'after', string>> },
      { code?: unknown },
    ];
    const { thread_id, item_id, item_ids, after } = params;
    return code === 'not_found' && !item_id && !item_ids && !after ? thread_id : undefined;
  } catch {
    return undefined;
  }
}
