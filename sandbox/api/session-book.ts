import { randomBytes } from 'node:crypto';
import { OpenAIStyleError } from './openai-error.js';
import { readSessionRequest, type SessionRequest } from './sessions-api.js';

/** How long a secret of the scenario `secret-expires` lives. */
const scenarioLifeSeconds = 2;
const maxSessions = 50_000;
const minuteMs = 60_000;

export interface SandboxSession {
  readonly id: string;
  readonly secret: string;
  readonly asked: SessionRequest;
  /** Unix time in seconds. */
  readonly expiresAt: number;
  isCancelled: boolean;
  /** When its secret was used in the last minute, in milliseconds. */
  uses: number[];
}

/** Sessions and their secrets, as strict about a request as the real API. */
export class SessionBook {
  readonly #sessions = new Map<string, SandboxSession>();
  readonly #bySecret = new Map<string, SandboxSession>();
  readonly #workflowIds: ReadonlySet<string>;
  readonly #now: () => number;

  /** @param now milliseconds since 1970 */
  constructor(workflowIds: Iterable<string>, now: () => number) {
    this.#workflowIds = new Set(workflowIds);
    this.#now = now;
  }

  /**
   * @param isShortLived whether the secret expires after two seconds
   * @throws {OpenAIStyleError}
   */
  create(body: unknown, isShortLived: boolean): SandboxSession {
    const asked = readSessionRequest(body);
    const { id } = asked.workflow;
    if (!this.#workflowIds.has(id)) {
      throw new OpenAIStyleError(404, `Workflow with id '${id}' not found.`);
    }
    const life = isShortLived ? scenarioLifeSeconds : asked.lifeSeconds;
    const session: SandboxSession = {
      id: `cksess_${randomBytes(16).toString('hex')}`,
      secret: `ek_${randomBytes(24).toString('hex')}`,
      asked,
      expiresAt: Math.floor(this.#now() / 1000) + life,
      isCancelled: false,
      uses: [],
    };
    this.#add(session);
    return session;
  }

  /** @throws {OpenAIStyleError} 404 */
  cancel(id: string): SandboxSession {
    const session = this.#sessions.get(id);
    if (!session) throw new OpenAIStyleError(404, `Session with id '${id}' not found.`);
    session.isCancelled = true;
    return session;
  }

  /**
   * Finds the session of a client secret.
   *
   * @param counts whether the request counts towards the session's rate limit
   *
   * @throws {OpenAIStyleError} 401, or 429 for too many requests
   */
  use(secret: string | undefined, counts = true): SandboxSession {
    const session = this.#bySecret.get(secret ?? '');
    if (!session || this.#statusOf(session) !== 'active') {
      throw new OpenAIStyleError(401, 'The client secret is not valid or has expired.', {
        code: 'invalid_client_secret',
      });
    }
    if (!counts) return session;
    const now = this.#now();
    session.uses = session.uses.filter((at) => at > now - minuteMs);
    if (session.uses.length >= session.asked.requestsPerMinute) {
      throw new OpenAIStyleError(429, 'Too many requests for this session.', {
        type: 'rate_limit_error',
        code: 'rate_limit_exceeded',
      });
    }
    session.uses.push(now);
    return session;
  }

  /** The session as the API shows it. */
  describe(session: SandboxSession): Record<string, unknown> {
    const { user, workflow, requestsPerMinute, configuration } = session.asked;
    return {
      id: session.id,
      object: 'chatkit.session',
      client_secret: session.secret,
      expires_at: session.expiresAt,
      status: this.#statusOf(session),
      user,
      workflow,
      rate_limits: { max_requests_per_1_minute: requestsPerMinute },
      max_requests_per_1_minute: requestsPerMinute,
      chatkit_configuration: configuration,
    };
  }

  #statusOf({ isCancelled, expiresAt }: SandboxSession): 'active' | 'cancelled' | 'expired' {
    if (isCancelled) return 'cancelled';
    return expiresAt * 1000 <= this.#now() ? 'expired' : 'active';
  }

  /** Evicts the oldest session when the limit is reached. */
  #add(session: SandboxSession): void {
    const [oldest] = this.#sessions.values();
    if (this.#sessions.size >= maxSessions && oldest !== undefined) {
      this.#sessions.delete(oldest.id);
      this.#bySecret.delete(oldest.secret);
    }
    this.#sessions.set(session.id, session);
    this.#bySecret.set(session.secret, session);
  }
}
