import { randomBytes } from 'node:crypto';
import { OpenAIStyleError } from './openai-error.js';

/** The longest life of a session, in seconds, and the default. */
const maxLifeSeconds = 600;
const scenarioLifeSeconds = 2;
const defaultRequestsPerMinute = 10;
const maxSessions = 50_000;

export interface SandboxSession {
  readonly id: string;
  readonly user: string;
  readonly workflowId: string;
  readonly secret: string;
  /** Unix time in seconds. */
  readonly expiresAt: number;
  readonly requestsPerMinute: number;
  readonly configuration: Record<string, unknown>;
  status: 'active' | 'cancelled' | 'expired';
  /** When its secret was used in the last minute, in milliseconds. */
  uses: number[];
}

type Fields = Readonly<Record<string, unknown>>;

const invalid = (message: string, param: string, code: string | null = null) =>
  new OpenAIStyleError(400, message, { param, code });

function fields(value: unknown, param: string, known: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(`Invalid type for '${param}': expected an object.`, param, 'invalid_type');
  }
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) {
      const path = param === 'body' ? key : `${param}.${key}`;
      throw invalid(`Unknown parameter: '${path}'.`, path, 'unknown_parameter');
    }
  }
  return value as Fields;
}

function text(value: unknown, param: string): string {
  if (value === undefined) {
    throw invalid(`Missing required parameter: '${param}'.`, param, 'missing_required_parameter');
  }
  if (typeof value !== 'string' || value.trim() === '') {
    throw invalid(`Invalid '${param}': expected a non-empty string.`, param, 'invalid_type');
  }
  return value;
}

function integer(value: unknown, param: string, min: number, max: number): number {
  if (!Number.isInteger(value) || (value as number) < min || (value as number) > max) {
    throw invalid(
      `Invalid '${param}': expected an integer from ${min} to ${max}.`,
      param,
      'integer_out_of_range',
    );
  }
  return value as number;
}

function checkWorkflow(value: unknown): string {
  const workflow = fields(value, 'workflow', ['id', 'version', 'state_variables', 'tracing']);
  const id = text(workflow['id'], 'workflow.id');
  if (workflow['version'] !== undefined) text(workflow['version'], 'workflow.version');
  if (workflow['state_variables'] !== undefined) {
    const variables = workflow['state_variables'];
    const entries =
      typeof variables === 'object' && variables !== null ? Object.values(variables) : null;
    const primitive = (entry: unknown) => ['string', 'number', 'boolean'].includes(typeof entry);
    if (entries === null || entries.length > 64 || !entries.every(primitive)) {
      throw invalid(
        "Invalid 'workflow.state_variables'.",
        'workflow.state_variables',
        'invalid_type',
      );
    }
  }
  if (workflow['tracing'] !== undefined)
    fields(workflow['tracing'], 'workflow.tracing', ['enabled']);
  return id;
}

const enabled = (value: unknown, fallback: boolean): boolean =>
  typeof value === 'boolean' ? value : fallback;

function checkConfiguration(value: unknown): Record<string, unknown> {
  const given = fields(value ?? {}, 'chatkit_configuration', [
    'automatic_thread_titling',
    'file_upload',
    'history',
  ]);
  const part = (name: string, known: readonly string[]) =>
    fields(given[name] ?? {}, `chatkit_configuration.${name}`, known);
  return {
    automatic_thread_titling: {
      enabled: enabled(part('automatic_thread_titling', ['enabled'])['enabled'], true),
    },
    file_upload: {
      enabled: enabled(
        part('file_upload', ['enabled', 'max_file_size', 'max_files'])['enabled'],
        false,
      ),
      max_file_size: null,
      max_files: null,
    },
    history: {
      enabled: enabled(part('history', ['enabled', 'recent_threads'])['enabled'], true),
      recent_threads: null,
    },
  };
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
   * @param shortLived secrets that end while a visitor watches
   * @throws {OpenAIStyleError}
   */
  create(body: unknown, shortLived: boolean): SandboxSession {
    const given = fields(body, 'body', [
      'user',
      'workflow',
      'expires_after',
      'rate_limits',
      'chatkit_configuration',
    ]);
    const user = text(given['user'], 'user');
    if (given['workflow'] === undefined) text(undefined, 'workflow');
    const workflowId = checkWorkflow(given['workflow']);
    let life = maxLifeSeconds;
    if (given['expires_after'] !== undefined) {
      const after = fields(given['expires_after'], 'expires_after', ['anchor', 'seconds']);
      if (after['anchor'] !== 'created_at') {
        throw invalid(
          "Invalid 'expires_after.anchor': expected 'created_at'.",
          'expires_after.anchor',
        );
      }
      life = integer(after['seconds'], 'expires_after.seconds', 1, maxLifeSeconds);
    }
    let requestsPerMinute = defaultRequestsPerMinute;
    if (given['rate_limits'] !== undefined) {
      const limits = fields(given['rate_limits'], 'rate_limits', ['max_requests_per_1_minute']);
      const name = 'max_requests_per_1_minute';
      if (limits[name] !== undefined) {
        requestsPerMinute = integer(limits[name], `rate_limits.${name}`, 1, 1000);
      }
    }
    const configuration = checkConfiguration(given['chatkit_configuration']);
    if (!this.#workflowIds.has(workflowId)) {
      throw new OpenAIStyleError(404, `Workflow with id '${workflowId}' not found.`);
    }
    const session: SandboxSession = {
      id: `cksess_${randomBytes(16).toString('hex')}`,
      user,
      workflowId,
      secret: `ek_${randomBytes(24).toString('hex')}`,
      expiresAt: Math.floor(this.#now() / 1000) + (shortLived ? scenarioLifeSeconds : life),
      requestsPerMinute,
      configuration,
      status: 'active',
      uses: [],
    };
    this.#add(session);
    return session;
  }

  #add(session: SandboxSession): void {
    const [oldest] = this.#sessions.values();
    if (this.#sessions.size >= maxSessions && oldest !== undefined) {
      this.#sessions.delete(oldest.id);
      this.#bySecret.delete(oldest.secret);
    }
    this.#sessions.set(session.id, session);
    this.#bySecret.set(session.secret, session);
  }

  /** @throws {OpenAIStyleError} 404 */
  cancel(id: string): SandboxSession {
    const session = this.#sessions.get(id);
    if (session === undefined)
      throw new OpenAIStyleError(404, `Session with id '${id}' not found.`);
    session.status = 'cancelled';
    return session;
  }

  /**
   * The session that a client secret stands for.
   *
   * @param counts whether this is one of the requests that are limited, as messages are
   *
   * @throws {OpenAIStyleError} 401, or 429 for too many requests
   */
  use(secret: string | undefined, counts = true): SandboxSession {
    const session = this.#bySecret.get(secret ?? '');
    const now = this.#now();
    if (session === undefined || session.status !== 'active' || session.expiresAt * 1000 <= now) {
      throw new OpenAIStyleError(401, 'The client secret is not valid or has expired.', {
        code: 'invalid_client_secret',
      });
    }
    if (!counts) return session;
    session.uses = session.uses.filter((at) => at > now - 60_000);
    if (session.uses.length >= session.requestsPerMinute) {
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
    return {
      id: session.id,
      object: 'chatkit.session',
      client_secret: session.secret,
      expires_at: session.expiresAt,
      status: session.status,
      user: session.user,
      workflow: {
        id: session.workflowId,
        version: null,
        state_variables: null,
        tracing: { enabled: true },
      },
      rate_limits: { max_requests_per_1_minute: session.requestsPerMinute },
      max_requests_per_1_minute: session.requestsPerMinute,
      chatkit_configuration: session.configuration,
    };
  }
}
