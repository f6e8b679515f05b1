import { approvalPolicies } from './agent/approvals.js';
import { knownTypes } from './attachments/file-types.js';
import { checkHeaderNames } from './chatkit/request-context.js';
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

const backendNames = ['hosted', 'self-hosted'] as const;
export type BackendName = (typeof backendNames)[number];
const disconnectModes = ['auto', 'stop', 'finish'] as const;
export type DisconnectMode = (typeof disconnectModes)[number];
const agentApis = ['responses', 'chat-completions'] as const;
const authModes = ['anonymous', 'jwt', 'header'] as const;
const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

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
