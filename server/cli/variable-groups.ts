import type { VariableName } from '../config.js';

/** The variables in the order in which an operator meets them; a test checks that none is missing. */
export const variableGroups: Readonly<Record<string, readonly VariableName[]>> = {
  OpenAI: [
    'OPENAI_API_KEY',
    'CHATKIT_WORKFLOW_ID',
    'OPENAI_BASE_URL',
    'UPSTREAM_TIMEOUT_MS',
    'SESSION_TTL_SECONDS',
  ],
  'Address and mode': ['PORT', 'HOST', 'PUBLIC_URL', 'TRUST_PROXY', 'NODE_ENV'],
  'Who may open a chat': [
    'ALLOWED_ORIGINS',
    'AUTH',
    'SESSION_SECRET',
    'AUTH_JWKS_URL',
    'AUTH_JWT_SECRET',
    'AUTH_ISSUER',
    'AUTH_AUDIENCE',
    'AUTH_USER_CLAIM',
    'AUTH_HEADER',
  ],
  Limits: [
    'RATE_LIMIT_PER_MINUTE',
    'MAX_IN_FLIGHT',
    'MESSAGE_LIMIT_PER_MINUTE',
    'MESSAGE_MAX_CONCURRENT',
    'MESSAGE_MAX_CHARS',
    'STORED_MB_PER_USER',
  ],
  'Self-hosted chats': [
    'CHATKIT_BACKENDS',
    'CHATKIT_DOMAIN_KEY',
    'AGENT_MODULE',
    'AGENT_MODEL',
    'AGENT_INSTRUCTIONS',
    'AGENT_API_KEY',
    'AGENT_HISTORY_TOKENS',
    'AGENT_MAX_OUTPUT_TOKENS',
    'ON_DISCONNECT',
  ],
  'Storage and several instances': [
    'DATA_DIR',
    'DATABASE_URL',
    'THREAD_RETENTION_DAYS',
    'REDIS_URL',
    'RATE_LIMIT_FAIL',
  ],
  Operation: [
    'LOG_LEVEL',
    'METRICS_TOKEN',
    'SHUTDOWN_TIMEOUT_SECONDS',
    'HTTPS_PROXY',
    'HTTP_PROXY',
    'NO_PROXY',
  ],
};
