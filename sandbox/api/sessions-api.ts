import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { OpenAIStyleError } from './openai-error.js';
import type { Scenario } from './scenarios.js';
import type { SessionBook } from './session-book.js';

/** The only API key that the sandbox accepts; not a real one. */
export const sandboxApiKey = 'sk-sandbox-not-a-real-key';
const slowSessionMs = 1500;
const beta = 'chatkit_beta=v1';

const incorrectKey = () =>
  new OpenAIStyleError(401, 'Incorrect API key provided.', { code: 'invalid_api_key' });

/** @throws {OpenAIStyleError} 401 without the key, 400 without the beta header */
export function checkClient({ headers }: FastifyRequest): void {
  if (headers.authorization !== `Bearer ${sandboxApiKey}`) throw incorrectKey();
  const betas = String(headers['openai-beta'] ?? '').split(',');
  if (!betas.some((name) => name.trim() === beta)) {
    throw new OpenAIStyleError(
      400,
      `You must provide the 'OpenAI-Beta' header with value '${beta}'.`,
      { code: 'invalid_beta' },
    );
  }
}

export interface SessionsApiOptions {
  readonly book: SessionBook;
  /** Aborted when the sandbox closes. */
  readonly signal: AbortSignal;
}

/** `POST /v1/chatkit/sessions`, and how each scenario fails it. */
export function createSessionsApi({ book, signal }: SessionsApiOptions) {
  return async (request: FastifyRequest, reply: FastifyReply, scenario: Scenario) => {
    checkClient(request);
    switch (scenario) {
      case 'session-401':
        throw incorrectKey();
      case 'session-404':
      case 'workflow-gone': {
        const { workflow } = (request.body ?? {}) as { workflow?: { id?: string } };
        throw new OpenAIStyleError(404, `Workflow with id '${workflow?.id ?? ''}' not found.`);
      }
      case 'session-429':
        throw new OpenAIStyleError(429, 'Rate limit reached.', {
          type: 'rate_limit_error',
          code: 'rate_limit_exceeded',
          headers: { 'retry-after': '1' },
        });
      case 'session-500':
        throw new OpenAIStyleError(500, 'The server had an error.', { type: 'server_error' });
      case 'session-hang':
        return reply.hijack();
      case 'session-reset':
        reply.hijack();
        request.raw.socket.destroy();
        return reply;
      case 'session-garbage':
        return reply.type('text/html').send('<!doctype html><title>Welcome</title>');
      case 'slow':
        await sleep(slowSessionMs, undefined, { signal });
        break;
      default:
    }
    return book.describe(book.create(request.body, scenario === 'secret-expires'));
  };
}

/** The longest life of a session, in seconds, and the default. */
const maxLifeSeconds = 600;
const defaultRequestsPerMinute = 10;
const maxVariables = 64;

/** A parsed body of `POST /v1/chatkit/sessions`, with the API's defaults. */
export interface SessionRequest {
  readonly user: string;
  readonly workflow: {
    readonly id: string;
    readonly version: string | null;
    readonly state_variables: Readonly<Record<string, unknown>> | null;
    readonly tracing: { readonly enabled: boolean };
  };
  readonly lifeSeconds: number;
  readonly requestsPerMinute: number;
  readonly configuration: Readonly<Record<string, unknown>>;
}

type Fields = Readonly<Record<string, unknown>>;

const invalid = (message: string, param: string, code: string) =>
  new OpenAIStyleError(400, message, { param, code });

const wrongType = (param: string, expected: string) =>
  invalid(`Invalid type for '${param}': expected ${expected}.`, param, 'invalid_type');

/** Checks one value, which is at `param` of the body. */
type Read<T> = (value: unknown, param: string) => T;

function object(value: unknown, param: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw wrongType(param, 'an object');
}

/** An object with no fields but these. */
function fields(value: unknown, param: string, known: readonly string[]): Fields {
  const given = object(value, param);
  for (const key of Object.keys(given)) {
    if (known.includes(key)) continue;
    const path = param === 'body' ? key : `${param}.${key}`;
    throw invalid(`Unknown parameter: '${path}'.`, path, 'unknown_parameter');
  }
  return given;
}

function required<T>(value: unknown, param: string, read: Read<T>): T {
  if (value !== undefined) return read(value, param);
  throw invalid(`Missing required parameter: '${param}'.`, param, 'missing_required_parameter');
}

function optional<T, Fallback>(
  value: unknown,
  param: string,
  read: Read<T>,
  fallback: Fallback,
): T | Fallback {
  return value === undefined || value === null ? fallback : read(value, param);
}

const text: Read<string> = (value, param) => {
  if (typeof value === 'string' && value.trim() !== '') return value;
  throw wrongType(param, 'a non-empty string');
};

const flag: Read<boolean> = (value, param) => {
  if (typeof value === 'boolean') return value;
  throw wrongType(param, 'a boolean');
};

const integer =
  (min: number, max: number): Read<number> =>
  (value, param) => {
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) {
      return value;
    }
    const message = `Invalid '${param}': expected an integer from ${min} to ${max}.`;
    throw invalid(message, param, 'integer_out_of_range');
  };

const variables: Read<Fields> = (value, param) => {
  const given = object(value, param);
  const entries = Object.entries(given);
  if (entries.length > maxVariables) {
    throw invalid(`Too many entries in '${param}'.`, param, 'object_above_max_properties');
  }
  for (const [key, entry] of entries) {
    if (!['string', 'number', 'boolean'].includes(typeof entry)) {
      throw wrongType(`${param}.${key}`, 'a string, number or boolean');
    }
  }
  return given;
};

const workflow: Read<SessionRequest['workflow']> = (value, param) => {
  const given = fields(value, param, ['id', 'version', 'state_variables', 'tracing']);
  const tracing: Read<boolean> = (entry, path) =>
    optional(fields(entry, path, ['enabled'])['enabled'], `${path}.enabled`, flag, true);
  return {
    id: required(given['id'], `${param}.id`, text),
    version: optional(given['version'], `${param}.version`, text, null),
    state_variables: optional(
      given['state_variables'],
      `${param}.state_variables`,
      variables,
      null,
    ),
    tracing: { enabled: optional(given['tracing'], `${param}.tracing`, tracing, true) },
  };
};

const life: Read<number> = (value, param) => {
  const given = fields(value, param, ['anchor', 'seconds']);
  if (given['anchor'] !== 'created_at') {
    const path = `${param}.anchor`;
    throw invalid(`Invalid '${path}': expected 'created_at'.`, path, 'invalid_value');
  }
  return required(given['seconds'], `${param}.seconds`, integer(1, maxLifeSeconds));
};

const limits: Read<number> = (value, param) => {
  const name = 'max_requests_per_1_minute';
  const given = fields(value, param, [name]);
  return optional(given[name], `${param}.${name}`, integer(1, 1000), defaultRequestsPerMinute);
};

const configuration: Read<Fields> = (value, param) => {
  const given = fields(value, param, ['automatic_thread_titling', 'file_upload', 'history']);
  const part = (name: string, isOn: boolean, numbers: readonly string[]): Fields => {
    const path = `${param}.${name}`;
    const entry = fields(given[name] ?? {}, path, ['enabled', ...numbers]);
    const counts = numbers.map((key) => [
      key,
      optional(entry[key], `${path}.${key}`, integer(1, Number.MAX_SAFE_INTEGER), null),
    ]);
    return {
      enabled: optional(entry['enabled'], `${path}.enabled`, flag, isOn),
      ...(Object.fromEntries(counts) as Fields),
    };
  };
  return {
    automatic_thread_titling: part('automatic_thread_titling', true, []),
    file_upload: part('file_upload', false, ['max_file_size', 'max_files']),
    history: part('history', true, ['recent_threads']),
  };
};

/** @throws {OpenAIStyleError} 400, naming the first parameter that the API would refuse */
export function readSessionRequest(body: unknown): SessionRequest {
  const given = fields(body, 'body', [
    'user',
    'workflow',
    'expires_after',
    'rate_limits',
    'chatkit_configuration',
  ]);
  return {
    user: required(given['user'], 'user', text),
    workflow: required(given['workflow'], 'workflow', workflow),
    lifeSeconds: optional(given['expires_after'], 'expires_after', life, maxLifeSeconds),
    requestsPerMinute: optional(
      given['rate_limits'],
      'rate_limits',
      limits,
      defaultRequestsPerMinute,
    ),
    configuration: configuration(given['chatkit_configuration'] ?? {}, 'chatkit_configuration'),
  };
}
