import type { ChatKitOptions } from '@openai/chatkit';
import type { SessionAnswer, SessionClient } from '../session/index.js';

export interface ChatKitApiHooks {
  /** ChatKit has asked for a secret or made a request: the application in its frame runs. */
  onUse?: () => void;
  /** The operator has moved to another backend: ChatKit needs a new element. */
  onBackendChange?: () => void;
  /** A session could not be renewed. */
  onError?: (error: unknown) => void;
}

type SelfHosted = NonNullable<SessionAnswer['api']>;

function withToken(init: RequestInit | undefined, session: SessionAnswer): RequestInit {
  const headers = new Headers(init?.headers);
  headers.set('authorization', `Bearer ${session.client_secret}`);
  return { ...init, headers };
}

function selfHostedFetch(
  client: SessionClient,
  api: SelfHosted,
  hooks: ChatKitApiHooks,
): typeof fetch {
  const backend = new URL(api.url);

  async function session(fresh: boolean): Promise<SessionAnswer> {
    const answer = await client.getSession({ fresh });
    if (answer.api?.url !== api.url) hooks.onBackendChange?.();
    return answer;
  }

  return async (input, init) => {
    hooks.onUse?.();
    const request = new Request(input, init);
    const url = new URL(request.url);
    // The token is for the operator's server only, whatever ChatKit may want to fetch.
    if (url.origin !== backend.origin || !url.pathname.startsWith(backend.pathname)) {
      return fetch(request);
    }
    try {
      const again = request.clone();
      const current = await session(false);
      const response = await fetch(new Request(request, withToken(request, current)));
      if (response.status !== 401) return response;
      // Another request may have renewed it meanwhile; single flight makes one renewal of many.
      const known = await client.getSession();
      const renewed = known.client_secret === current.client_secret ? await session(true) : known;
      return await fetch(new Request(again, withToken(again, renewed)));
    } catch (error) {
      hooks.onError?.(error);
      throw error;
    }
  };
}

/**
 * ChatKit's `api` option for whatever backend the session endpoint has chosen.
 *
 * @throws {TaskPilotChatError} when no session can be had
 */
export async function chatKitApi(
  client: SessionClient,
  hooks: ChatKitApiHooks = {},
): Promise<ChatKitOptions['api']> {
  const { api } = await client.getSession();
  if (api) {
    return {
      url: api.url,
      domainKey: api.domain_key,
      fetch: selfHostedFetch(client, api, hooks),
    };
  }
  return {
    getClientSecret: async (current) => {
      hooks.onUse?.();
      try {
        const secret = await client.getClientSecret(current);
        if ((await client.getSession()).api) hooks.onBackendChange?.();
        return secret;
      } catch (error) {
        hooks.onError?.(error);
        throw error;
      }
    },
  };
}
