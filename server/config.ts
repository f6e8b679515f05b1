import type { AgentApi } from './agent/compatible-models.js';
import type { ApprovalPolicy } from './agent/approvals.js';
import type { ModelMap } from './agent/model-map.js';
import { randomBytes } from 'node:crypto';
import { closestTo } from './closest.js';
import { isLoopback } from './http/loopback.js';
import {
  variables,
  type BackendName,
  type DisconnectMode,
  type LogLevel,
  type VariableName,
} from './variables.js';

/** What an operator got wrong: a line for each variable that names it and what it takes, never its value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

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
  readonly logLevel: LogLevel;
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
    readonly api: AgentApi;
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
