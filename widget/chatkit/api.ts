import type { ChatKitOptions } from '@openai/chatkit';
import { TaskPilotChatError } from '../errors.js';
import type { SessionAnswer, SessionClient } from '../session/index.js';

export type ChatKitApi = ChatKitOptions['api'];

export interface ChatKitApiHooks {
  /** ChatKit has asked for a secret or made a request: the application in its frame runs. */
  onUse?: () => void;
  /** The operator has moved to another backend: ChatKit needs a new element. */
  onBackendChange?: () => void;
  /** A session could not be renewed. */
  onError?: (error: unknown) => void;
}

/**
 * ChatKit's `api` option for whatever backend the session endpoint has chosen.
 *
 * @throws {TaskPilotChatError} when no session can be had
 */
export async function chatKitApi(
  client: SessionClient,
  hooks: ChatKitApiHooks = {},
): Promise<ChatKitApi> {
  const { api } = await client.getSession();

  /** Runs whenever ChatKit wants a session, and tells who must know what became of it. */
  async function use<T>(get: () => Promise<T>): Promise<T> {
    hooks.onUse?.();
    try {
      return await get();
    } catch (error) {
      hooks.onError?.(error);
      throw error;
    }
  }

  /** @throws {TaskPilotChatError} when the session is for another backend than the one that runs */
  async function checked(answer: Promise<SessionAnswer>): Promise<SessionAnswer> {
    const session = await answer;
    if (session.api?.url === api?.url) return session;
    hooks.onBackendChange?.();
    throw new TaskPilotChatError('chatkit_error', { detail: 'the backend has changed' });
  }

  if (!api) {
    return {
      getClientSecret: (current) =>
        use(async () => {
          const secret = await client.getClientSecret(current);
          await checked(client.getSession());
          return secret;
        }),
    };
  }

  const { location } = globalThis as { location?: Location };
  const backend = new URL(api.url, location?.href);
  const send = (request: Request, session: SessionAnswer): Promise<Response> => {
    const headers = new Headers(request.headers);
    headers.set('authorization', `Bearer ${session.client_secret}`);
    return fetch(new Request(request, { headers }));
  };

  return {
    url: api.url,
    domainKey: api.domain_key,
    fetch: async (input, init) => {
      const request = new Request(input, init);
      // The token is for the operator's server only, whatever ChatKit may want to fetch.
      const { origin, pathname } = new URL(request.url);
      const ours = origin === backend.origin && `${pathname}/`.startsWith(`${backend.pathname}/`);
      if (!ours) return fetch(request);
      const session = await use(() => checked(client.getSession()));
      const response = await send(request.clone(), session);
      if (response.status !== 401) return response;
      // Another request may have renewed it meanwhile; single flight makes one renewal of many.
      const renewed = await use(async () => {
        const { client_secret } = await client.getSession();
        return checked(client.getSession({ fresh: client_secret === session.client_secret }));
      });
      return send(request, renewed);
    },
  };
}
