import { approvalPolicies, type ApprovalPolicy } from './agent/approvals.js';
import type { ModelMap } from './agent/model-map.js';
import { randomBytes } from 'node:crypto';
import { knownTypes } from './attachments/file-types.js';
import { checkHeaderNames } from './chatkit/request-context.js';
import { closestTo } from './closest.js';
import { isLoopback } from './http/loopback.js';
import {
  integer,
  key,
  list,
  modelMap,
  oneOf,
  orWrong,
  parseOrigin,
  parseTrustProxy,
  text,
  tokens,
  url,
  web,
  wrong,
} from './variable-kinds.js';

/** What an operator got wrong: a line for each variable that names it and what it takes, never its value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

export const backendNames = ['hosted', 'self-hosted'] as const;
export type BackendName = (typeof backendNames)[number];
export const disconnectModes = ['auto', 'stop', 'finish'] as const;
export type DisconnectMode = (typeof disconnectModes)[number];
export const agentApis = ['responses', 'chat-completions'] as const;
export const authModes = ['anonymous', 'jwt', 'header'] as const;
export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** Every variable that the service reads, spelled once. */
export const variables = {
  NODE_ENV: text('`production` demands decisions that development does not'),
  PORT: integer('Port to listen on; 0 takes a free one', 0, 65_535, 3000),
  HOST: text('Address to listen on; without it :: and, where there is no IPv6, 0.0.0.0'),
  OPENAI_API_KEY: key('Key of the OpenAI project that owns the workflow'),
  OPENAI_BASE_URL: url('Root of the OpenAI API', web, 'https://api.openai.com/v1'),
  CHATKIT_WORKFLOW_ID: {
    takes: 'a workflow id that starts with wf_',
    about: 'Workflow that answers hosted sessions',
    fallback: 'wf_6946b383d368819081b556e6e5fa66330d48d0c9ea4fccd8',
    parse: (value: string) => (/^wf_\w{1,200}$/.test(value) ? value : wrong()),
  },
  CHATKIT_BACKENDS: {
    takes: `a comma list of ${backendNames.join(', ')}, each once`,
    about: 'Backends to try, in this order',
    fallback: backendNames as readonly BackendName[],
    parse: (value: string): readonly BackendName[] => {
      const names = list(value).map(
        (part) => backendNames.find((name) => name === part) ?? wrong(),
      );
      return names.length > 0 && new Set(names).size === names.length ? names : wrong();
    },
  },
  PUBLIC_URL: {
    ...url(
      'URL under which pages reach this service; without it, pages use that of their session endpoint',
      web,
    ),
    parse: (value: string): string => {
      const { origin, pathname, protocol, search, hash } = URL.canParse(value)
        ? new URL(value)
        : wrong();
      return web.includes(protocol) && !search && !hash
        ? origin + pathname.replace(/\/+$/, '')
        : wrong();
    },
  },
  CHATKIT_DOMAIN_KEY: text("Domain key of the page's domain, for self-hosted sessions"),
  ALLOWED_ORIGINS: {
    takes:
      'a comma list of origins such as https://www.example.com, or https://*.example.com for any one label',
    about:
      'Origins of other sites whose pages may open sessions; outside production, those on this machine may as well',
    fallback: [] as readonly string[],
    parse: (value: string): readonly string[] => list(value).map(parseOrigin),
  },
  AUTH: oneOf('How users are known; must be chosen in production', authModes, undefined),
  AUTH_JWKS_URL: url('Where the keys that sign user tokens are published', web),
  AUTH_JWT_SECRET: text('Shared secret that signs user tokens, instead of AUTH_JWKS_URL'),
  AUTH_ISSUER: text('Required `iss` of user tokens'),
  AUTH_AUDIENCE: text('Required `aud` of user tokens'),
  AUTH_USER_CLAIM: text('Claim that names the user', 'sub'),
  AUTH_HEADER: {
    takes: 'a header name such as x-authenticated-user',
    about: 'Header in which a trusted proxy names the user, for AUTH=header',
    fallback: undefined as string | undefined,
    parse: (value: string) => (/^[\w-]{1,100}$/.test(value) ? value.toLowerCase() : wrong()),
  },
  SESSION_SECRET: {
    takes: 'a comma list of texts of at least 32 characters; the first signs, all are accepted',
    about: 'Signs visitor cookies and self-hosted sessions; the same on every instance',
    fallback: undefined as readonly string[] | undefined,
    parse: (value: string): readonly string[] => {
      const secrets = list(value);
      return secrets.length > 0 && secrets.every(({ length }) => length >= 32) ? secrets : wrong();
    },
  },
  SESSION_TTL_SECONDS: {
    ...integer('Life of a session in seconds', 1, 600, 600),
    fallback: undefined as number | undefined,
  },
  RATE_LIMIT_PER_MINUTE: integer('Sessions per user and minute', 1, 100_000, 30),
  MESSAGE_LIMIT_PER_MINUTE: integer(
    'Answers of a self-hosted chat per user and minute, and ten times as many per address',
    1,
    100_000,
    20,
  ),
  MESSAGE_MAX_CONCURRENT: integer(
    'Answers that are made for a user at once, and ten times as many for an address',
    1,
    10_000,
    5,
  ),
  MESSAGE_MAX_CHARS: integer(
    'Characters of a message with its quote and mentions',
    1,
    1_000_000,
    32_000,
  ),
  STORED_MB_PER_USER: integer(
    'Megabytes (2^20 bytes) of chats from which a user can add no more',
    1,
    1_000_000,
    64,
  ),
  ATTACHMENTS: oneOf(
    'Where files that visitors attach to self-hosted chats are kept: in DATA_DIR (disk), in an S3-compatible store (s3), or they are refused (off)',
    ['off', 'disk', 's3'],
    'off',
  ),
  ATTACHMENT_MAX_MB: integer('Megabytes (2^20 bytes) of one attached file', 1, 100, 10),
  ATTACHMENT_MAX_COUNT: integer('Files that one message may have', 1, 20, 5),
  ATTACHMENT_TYPES: {
    takes: `a comma list of ${knownTypes.join(', ')}`,
    about: 'MIME types of files that are accepted',
    fallback: knownTypes,
    parse: (value: string): readonly string[] => {
      const types = list(value);
      return types.length > 0 && types.every((type) => knownTypes.includes(type)) ? types : wrong();
    },
  },
  ATTACHMENT_S3_URL: url(
    'The bucket for ATTACHMENTS=s3, with a prefix if wanted, such as https://s3.eu-central-1.amazonaws.com/bucket/chat',
    web,
  ),
  ATTACHMENT_S3_REGION: text('Region of the bucket', 'us-east-1'),
  ATTACHMENT_S3_ACCESS_KEY_ID: key('Key id for the bucket'),
  ATTACHMENT_S3_SECRET_ACCESS_KEY: key('Secret key for the bucket'),
  HOSTED_ATTACHMENTS: oneOf(
    'Whether OpenAI takes files in hosted sessions, which it then keeps',
    ['off', 'on'],
    'off',
  ),
  REDIS_URL: url('Redis, where all instances count limits together', ['redis:', 'rediss:']),
  RATE_LIMIT_FAIL: oneOf(
    'What happens to requests while Redis is away: served without limits (open), or refused with 503 (closed)',
    ['open', 'closed'],
    'open',
  ),
  DATABASE_URL: url('PostgreSQL, for threads and sessions that many instances share', [
    'postgres:',
    'postgresql:',
  ]),
  DATA_DIR: text('Folder of the embedded database', './data'),
  THREAD_RETENTION_DAYS: {
    ...integer(
      'Days that a thread is kept after its last change; for ever without it',
      1,
      36_500,
      1,
    ),
    fallback: undefined as number | undefined,
  },
  ON_DISCONNECT: oneOf(
    'What happens to an answer when its visitor leaves or reloads: stopped, finished and kept, or (auto) finished where the page tells a stop apart',
    disconnectModes,
    'auto',
  ),
  SHUTDOWN_TIMEOUT_SECONDS: integer(
    'How long running answers may go on after SIGTERM; then their partial text is kept',
    0,
    3600,
    25,
  ),
  HTTPS_PROXY: url('Proxy through which https upstreams are reached', web),
  HTTP_PROXY: url('Proxy through which http upstreams are reached', web),
  NO_PROXY: text('Comma list of hosts that are reached without a proxy'),
  UPSTREAM_TIMEOUT_MS: integer('Deadline for OpenAI, all tries together', 100, 60_000, 8000),
  MAX_IN_FLIGHT: integer('Sessions being made at the same time', 1, 100_000, 500),
  TRUST_PROXY: {
    takes: 'true, false, a number of hops, or a comma list of addresses',
    about: 'Which proxies may say who the client is (X-Forwarded-*)',
    fallback: false as boolean | number | string[],
    parse: parseTrustProxy,
  },
  METRICS_TOKEN: key(
    'Bearer token that /metrics asks for; in production there are no metrics without it',
  ),
  ADMIN_TOKEN: tokens(
    'Token for the operator’s page at /admin, which is not there without it; of several, each is accepted',
  ),
  ADMIN_READ_TOKEN: tokens('Tokens for the operator’s page that may read and export, not delete'),
  LOG_LEVEL: oneOf('Least important line to log', logLevels, 'info'),
  OTEL_EXPORTER_OTLP_ENDPOINT: url('OpenTelemetry collector that gets traces, over OTLP/HTTP', web),
  OTEL_EXPORTER_OTLP_HEADERS: text('Headers for it, as a comma list of name=value'),
  OTEL_SERVICE_NAME: text('Name of this service in traces', 'taskpilot-chat'),
  AGENT_MODULE: text("File with the operator's own agent, for self-hosted sessions"),
  AGENT_API_KEY: key('Key for the agent alone, in the place of OPENAI_API_KEY'),
  AGENT_API: oneOf(
    "API of the agent's models: chat-completions for servers without OpenAI's Responses API",
    agentApis,
    'responses',
  ),
  AGENT_AZURE_API_VERSION: text(
    'API version of Azure OpenAI: v1 (default at its hosts), or a date for deployments with a path of their own',
  ),
  AGENT_MODEL: text('Model of the default agent'),
  AGENT_MODEL_MAP: modelMap(
    "Models to use in place of those that an agent's code names, such as gpt-4.1=gpt-6-luna",
  ),
  AGENT_APPROVALS: oneOf(
    'Whether the visitor is asked when an agent wants an approval for a tool',
    approvalPolicies,
    'ask',
  ),
  AGENT_INSTRUCTIONS: text('Instructions of the default agent'),
  AGENT_HEADERS: {
    takes: 'a comma list of names of headers, none of which carries credentials',
    about: 'Headers of a message’s request that the agent gets',
    fallback: [] as readonly string[],
    parse: (value: string): readonly string[] => orWrong(() => checkHeaderNames(list(value))),
  },
  AGENT_LOCALES: {
    takes: 'a comma list of languages, such as en, de-CH',
    about: 'Languages that the agent answers in, the default first; any without it',
    fallback: [] as readonly string[],
    parse: (value: string): readonly string[] =>
      orWrong(() => Intl.getCanonicalLocales(list(value))),
  },
  AGENT_MODELS: {
    takes: 'a comma list of models',
    about:
      'Models that a page may offer in its composer; the others are not used, whatever a page asks for',
    fallback: [] as readonly string[],
    parse: list,
  },
  AGENT_TRANSCRIPTION_MODEL: text(
    'Model that turns speech into text for the composer; without it, dictation is refused',
  ),
  AGENT_HISTORY_TOKENS: integer(
    'Tokens of a chat that the model gets with each message, as estimated',
    100,
    10_000_000,
    64_000,
  ),
  AGENT_MAX_OUTPUT_TOKENS: integer(
    'Tokens of one answer of a model, its reasoning included, for agents that set no bound themselves',
    16,
    1_000_000,
    16_384,
  ),
} as const;

export type VariableName = keyof typeof variables;

type Parsed = {
  readonly [Name in VariableName]:
    ReturnType<(typeof variables)[Name]['parse']> | (typeof variables)[Name]['fallback'];
};

export interface Config {
  readonly production: boolean;
  readonly port: number;
  /** Undefined when every address of the machine is meant. */
  readonly host: string | undefined;
  readonly openai: {
    readonly apiKey: string | undefined;
    readonly baseUrl: string;
    readonly timeoutMs: number;
  };
  /** How upstreams are reached; undefined where there is no proxy. */
  readonly proxy: {
    readonly http: string | undefined;
    readonly https: string | undefined;
    readonly no: string | undefined;
  };
  readonly workflowId: string;
  readonly backends: readonly BackendName[];
  readonly domainKey: string | undefined;
  /** Without a slash at its end. */
  readonly publicUrl: string | undefined;
  readonly allowedOrigins: readonly string[];
  readonly auth: AuthConfig;
  /** The first one signs, all of them verify. */
  readonly sessionSecrets: readonly string[];
  readonly sessionTtlSeconds: number | undefined;
  readonly rateLimitPerMinute: number;
  readonly messageLimitPerMinute: number;
  readonly messageMaxConcurrent: number;
  readonly messageMaxChars: number;
  readonly storedMaxBytes: number;
  readonly attachments: {
    readonly where: 'off' | 'disk' | 's3';
    /** Of one file, in bytes. */
    readonly maxBytes: number;
    readonly maxCount: number;
    readonly types: readonly string[];
    /** Whether hosted sessions take files. */
    readonly hosted: boolean;
    readonly s3: {
      readonly url: string;
      readonly region: string;
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
    } | null;
  };
  readonly maxInFlight: number;
  readonly trustProxy: boolean | number | string[];
  readonly logLevel: (typeof logLevels)[number];
  /** Without one, `/metrics` is open outside production, and not there in production. */
  readonly metricsToken: string | undefined;
  /** Tokens for the operator's page; undefined where there is none. */
  readonly admin:
    { readonly admin: readonly string[]; readonly read: readonly string[] } | undefined;
  /** Whether OpenTelemetry is started. */
  readonly tracing: boolean;
  readonly redisUrl: string | undefined;
  readonly rateLimitFail: 'open' | 'closed';
  readonly databaseUrl: string | undefined;
  readonly dataDir: string;
  readonly threadRetentionDays: number | undefined;
  readonly onDisconnect: DisconnectMode;
  readonly shutdownTimeoutMs: number;
  readonly agent: {
    readonly module: string | undefined;
    readonly apiKey: string | undefined;
    readonly model: string | undefined;
    readonly instructions: string | undefined;
    /** Names in small letters. */
    readonly headers: readonly string[];
    readonly locales: readonly string[];
    readonly api: (typeof agentApis)[number];
    readonly azureApiVersion: string | undefined;
    /** Models that a page may choose. */
    readonly models: readonly string[];
    readonly transcriptionModel: string | undefined;
    readonly historyTokens: number;
    readonly maxOutputTokens: number;
    readonly modelMap: ModelMap;
    readonly approvals: ApprovalPolicy;
  };
  /** What the operator should know, a line each. */
  readonly warnings: readonly string[];
}

export type AuthConfig =
  | { readonly mode: 'anonymous' }
  | {
      readonly mode: 'header';
      readonly header: string;
      /** Addresses and networks of the proxies that may name users. */
      readonly proxies: readonly string[];
    }
  | {
      readonly mode: 'jwt';
      readonly key: { readonly jwksUrl: string } | { readonly secret: string };
      readonly issuer: string;
      readonly audience: string;
      readonly userClaim: string;
    };

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws {ConfigError} one line about each variable that does not take its value */
function parseVariables(env: Environment): Parsed {
  const problems: string[] = [];
  const parsed = Object.entries(variables).map(([name, variable]) => {
    const value = env[name]?.trim();
    if (value === undefined || value === '') return [name, variable.fallback];
    try {
      return [name, variable.parse(value)];
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      problems.push(`${name} takes ${variable.takes}.`);
      return [name, variable.fallback];
    }
  });
  if (problems.length > 0) throw new ConfigError(problems.join('\n'));
  return Object.fromEntries(parsed) as Parsed;
}

/** Shorter names resemble too many others: `POST`, `HOME`. */
const minUnknownLength = 5;

/** Names that are probably meant to be variables of this service, a line each. */
export function unknownNames(env: Environment): string[] {
  const names = Object.keys(variables);
  return Object.keys(env).flatMap((name) => {
    const isKnown = names.includes(name.replace(/_FILE$/, ''));
    if (!env[name] || isKnown || name.length < minUnknownLength) return [];
    const near = closestTo(name, names);
    return near === undefined ? [] : [`Unknown variable ${name}: did you mean ${near}?`];
  });
}

/** Whether what is fetched from there cannot be replaced on the way. */
const isSafe = (address: string): boolean =>
  new URL(address).protocol === 'https:' || isLoopback(address);

function readAuth(parsed: Parsed, production: boolean): AuthConfig {
  const mode = parsed.AUTH;
  if (mode === undefined) {
    if (production) {
      throw new ConfigError(`AUTH must be chosen in production: ${variables.AUTH.takes}.`);
    }
    return { mode: 'anonymous' };
  }
  const need = <T>(name: VariableName, value: T | undefined): T => {
    if (value === undefined) {
      throw new ConfigError(
        `${name} is needed with AUTH=${mode}: it takes ${variables[name].takes}.`,
      );
    }
    return value;
  };
  switch (mode) {
    case 'anonymous':
      return { mode };
    case 'header': {
      const proxies = parsed.TRUST_PROXY;
      if (!Array.isArray(proxies)) {
        throw new ConfigError(
          'TRUST_PROXY takes the addresses of the proxies with AUTH=header: others could send AUTH_HEADER themselves.',
        );
      }
      return { mode, header: need('AUTH_HEADER', parsed.AUTH_HEADER), proxies };
    }
    case 'jwt': {
      const { AUTH_JWKS_URL: jwksUrl, AUTH_JWT_SECRET: secret } = parsed;
      if ((jwksUrl === undefined) === (secret === undefined)) {
        throw new ConfigError(
          'AUTH_JWKS_URL or AUTH_JWT_SECRET, one of the two, is needed with AUTH=jwt.',
        );
      }
      if (secret !== undefined && secret.length < 32 && production) {
        throw new ConfigError(
          'AUTH_JWT_SECRET takes a text of at least 32 characters in production: from one token a shorter one can be guessed.',
        );
      }
      if (jwksUrl !== undefined && production && !isSafe(jwksUrl)) {
        throw new ConfigError(
          'AUTH_JWKS_URL takes a URL starting with https:// in production: over http anybody on the way could replace the keys.',
        );
      }
      return {
        mode,
        key: jwksUrl === undefined ? { secret: need('AUTH_JWT_SECRET', secret) } : { jwksUrl },
        issuer: need('AUTH_ISSUER', parsed.AUTH_ISSUER),
        audience: need('AUTH_AUDIENCE', parsed.AUTH_AUDIENCE),
        userClaim: parsed.AUTH_USER_CLAIM ?? 'sub',
      };
    }
  }
}

/** @throws {ConfigError} a line about what attachments need */
function readAttachments(parsed: Parsed, production: boolean): Config['attachments'] {
  const { ATTACHMENTS: where, ATTACHMENT_S3_URL: url } = parsed;
  const accessKeyId = parsed.ATTACHMENT_S3_ACCESS_KEY_ID;
  const secretAccessKey = parsed.ATTACHMENT_S3_SECRET_ACCESS_KEY;
  const settings = {
    where,
    maxBytes: parsed.ATTACHMENT_MAX_MB * 1024 * 1024,
    maxCount: parsed.ATTACHMENT_MAX_COUNT,
    types: parsed.ATTACHMENT_TYPES,
    hosted: parsed.HOSTED_ATTACHMENTS === 'on',
    s3: null,
  };
  if (where === 'disk' && production && parsed.PUBLIC_URL === undefined) {
    throw new ConfigError(
      'PUBLIC_URL is needed with ATTACHMENTS=disk in production: the URLs of uploads and previews begin with it.',
    );
  }
  if (where !== 's3') return settings;
  if (url === undefined || accessKeyId === undefined || secretAccessKey === undefined) {
    throw new ConfigError(
      'ATTACHMENT_S3_URL, ATTACHMENT_S3_ACCESS_KEY_ID and ATTACHMENT_S3_SECRET_ACCESS_KEY are needed with ATTACHMENTS=s3.',
    );
  }
  const region = parsed.ATTACHMENT_S3_REGION ?? 'us-east-1';
  return { ...settings, s3: { url, region, accessKeyId, secretAccessKey } };
}

/** Null when it throws a `ConfigError`, whose line then joins the others. */
function attempt<T>(read: () => T, problems: string[]): T | null {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(error.message);
    return null;
  }
}

/**
 * Checks all variables. An empty value counts as none.
 *
 * @throws {ConfigError} one line about each wrong variable
 */
export function readConfig(env: Environment): Config {
  const parsed = parseVariables(env);
  const production = parsed.NODE_ENV === 'production';
  const problems: string[] = [];
  const warnings = unknownNames(env);
  const auth = attempt(() => readAuth(parsed, production), problems);
  if (parsed.SESSION_SECRET === undefined) {
    if (production) {
      problems.push(
        `SESSION_SECRET is needed in production: it takes ${variables.SESSION_SECRET.takes}. Make one with: openssl rand -base64 32`,
      );
    }
    warnings.push(
      'SESSION_SECRET is not set: a random one is used, so every restart makes all visitors new ones. taskpilot-chat init writes one into .env.',
    );
  }
  if (parsed.ADMIN_READ_TOKEN.length > 0 && parsed.ADMIN_TOKEN.length === 0) {
    problems.push('ADMIN_READ_TOKEN needs ADMIN_TOKEN: without it there is no operator’s page.');
  }
  if (parsed.ADMIN_READ_TOKEN.some((token) => parsed.ADMIN_TOKEN.includes(token))) {
    problems.push('ADMIN_READ_TOKEN takes tokens that are not among those of ADMIN_TOKEN.');
  }
  const attachments = attempt(() => readAttachments(parsed, production), problems);
  if (auth === null || attachments === null || problems.length > 0)
    throw new ConfigError(problems.join('\n'));
  const selfHosted = parsed.CHATKIT_BACKENDS.includes('self-hosted');
  const ownAgent = parsed.AGENT_MODULE ?? parsed.AGENT_API_KEY;
  if (parsed.OPENAI_API_KEY === undefined && !(selfHosted && ownAgent !== undefined)) {
    warnings.push(
      'OPENAI_API_KEY is not set: every session request is answered 503 not_configured. Set it, or try the service with taskpilot-chat sandbox.',
    );
  }
  if (production && selfHosted && parsed.CHATKIT_DOMAIN_KEY === undefined) {
    warnings.push(
      'CHATKIT_DOMAIN_KEY is not set: self-hosted chats start on localhost only. OpenAI gives out a key for each domain on its allowlist.',
    );
  }
  if (parsed.AUTH === 'jwt' && (parsed.AUTH_JWT_SECRET?.length ?? 32) < 32) {
    warnings.push(
      'AUTH_JWT_SECRET has less than 32 characters: from one token it can be guessed offline.',
    );
  }
  return {
    production,
    port: parsed.PORT,
    host: parsed.HOST,
    openai: {
      apiKey: parsed.OPENAI_API_KEY,
      baseUrl: parsed.OPENAI_BASE_URL ?? 'https://api.openai.com/v1',
      timeoutMs: parsed.UPSTREAM_TIMEOUT_MS,
    },
    proxy: { http: parsed.HTTP_PROXY, https: parsed.HTTPS_PROXY, no: parsed.NO_PROXY },
    workflowId: parsed.CHATKIT_WORKFLOW_ID,
    backends: parsed.CHATKIT_BACKENDS,
    domainKey: parsed.CHATKIT_DOMAIN_KEY,
    publicUrl: parsed.PUBLIC_URL,
    allowedOrigins: parsed.ALLOWED_ORIGINS,
    auth,
    sessionSecrets: parsed.SESSION_SECRET ?? [randomBytes(32).toString('base64url')],
    sessionTtlSeconds: parsed.SESSION_TTL_SECONDS,
    rateLimitPerMinute: parsed.RATE_LIMIT_PER_MINUTE,
    messageLimitPerMinute: parsed.MESSAGE_LIMIT_PER_MINUTE,
    messageMaxConcurrent: parsed.MESSAGE_MAX_CONCURRENT,
    messageMaxChars: parsed.MESSAGE_MAX_CHARS,
    storedMaxBytes: parsed.STORED_MB_PER_USER * 1024 * 1024,
    attachments,
    maxInFlight: parsed.MAX_IN_FLIGHT,
    trustProxy: parsed.TRUST_PROXY,
    logLevel: parsed.LOG_LEVEL,
    metricsToken: parsed.METRICS_TOKEN,
    admin:
      parsed.ADMIN_TOKEN.length > 0
        ? { admin: parsed.ADMIN_TOKEN, read: parsed.ADMIN_READ_TOKEN }
        : undefined,
    tracing: parsed.OTEL_EXPORTER_OTLP_ENDPOINT !== undefined,
    redisUrl: parsed.REDIS_URL,
    rateLimitFail: parsed.RATE_LIMIT_FAIL,
    databaseUrl: parsed.DATABASE_URL,
    dataDir: parsed.DATA_DIR ?? './data',
    threadRetentionDays: parsed.THREAD_RETENTION_DAYS,
    onDisconnect: parsed.ON_DISCONNECT,
    shutdownTimeoutMs: parsed.SHUTDOWN_TIMEOUT_SECONDS * 1000,
    agent: {
      module: parsed.AGENT_MODULE,
      apiKey: parsed.AGENT_API_KEY,
      model: parsed.AGENT_MODEL,
      api: parsed.AGENT_API,
      azureApiVersion: parsed.AGENT_AZURE_API_VERSION,
      instructions: parsed.AGENT_INSTRUCTIONS,
      headers: parsed.AGENT_HEADERS,
      locales: parsed.AGENT_LOCALES,
      models: parsed.AGENT_MODELS,
      transcriptionModel: parsed.AGENT_TRANSCRIPTION_MODEL,
      historyTokens: parsed.AGENT_HISTORY_TOKENS,
      maxOutputTokens: parsed.AGENT_MAX_OUTPUT_TOKENS,
      modelMap: parsed.AGENT_MODEL_MAP,
      approvals: parsed.AGENT_APPROVALS,
    },
    warnings,
  };
}
