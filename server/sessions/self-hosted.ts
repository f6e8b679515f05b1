import type { CreateSession, SessionAnswer, SessionBackend } from './backend.js';
import type { SessionTokens } from './tokens.js';
import { Problem } from '../problems.js';

export interface SelfHostedOptions {
  readonly tokens: SessionTokens;
  /** Where this service answers the ChatKit protocol, from the origin's root. */
  readonly path: string;
  /** OpenAI's key for the page's domain; ChatKit wants one beside every `url`. */
  readonly domainKey: string;
  /** Why the agent cannot answer, or null. A session that fails later is worse than one that is refused. */
  readonly notReady: () => string | null;
  /** Whether conversations can be kept, as far as is known. A chat is about to begin, so get ready for it. */
  readonly prepareStorage: () => boolean;
}

/** ChatKit's placeholder for pages on localhost. Source: OpenAI's ChatKit guide. */
export const localhostDomainKey = 'domain_pk_localhost_dev';

/** Sessions on this service's own ChatKit server. */
export function createSelfHostedBackend(options: SelfHostedOptions): SessionBackend {
  const { tokens } = options;
  return {
    name: 'self-hosted',

    async create({ user, publicOrigin }: CreateSession): Promise<SessionAnswer> {
      const reason = options.notReady();
      if (reason !== null) throw new Problem('not_configured', reason);
      if (!options.prepareStorage()) {
        throw new Problem('storage_unavailable', 'Conversations cannot be kept right now.', {
          retryAfter: 5,
        });
      }
      const { token, sessionId, expiresAt } = await tokens.issue(user);
      return {
        client_secret: token,
        session_id: sessionId,
        expires_at: expiresAt,
        api: { url: publicOrigin + options.path, domain_key: options.domainKey },
      };
    },

    cancel(sessionId: string): Promise<void> {
      tokens.cancel(sessionId);
      return Promise.resolve();
    },
  };
}
