import { knownTypes } from './attachments/file-types.js';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from './config.js';
import { variables } from './variables.js';
import { loadEnvironment } from './environment.js';

const production = {
  NODE_ENV: 'production',
  SESSION_SECRET: 'a-secret-for-tests-only-0123456789abcdef',
};

describe('readConfig', () => {
  it('needs nothing in development', () => {
    const { sessionSecrets, warnings, ...config } = readConfig({});
    expect(config).toEqual({
      production: false,
      port: 3000,
      host: undefined,
      openai: { apiKey: undefined, baseUrl: 'https://api.openai.com/v1', timeoutMs: 8000 },
      proxy: { http: undefined, https: undefined, no: undefined },
      workflowId: 'wf_6946b383d368819081b556e6e5fa66330d48d0c9ea4fccd8',
      backends: ['hosted', 'self-hosted'],
      domainKey: undefined,
      allowedOrigins: [],
      auth: { mode: 'anonymous' },
      sessionTtlSeconds: undefined,
      rateLimitPerMinute: 30,
      rateLimitFail: 'open',
      messageLimitPerMinute: 20,
      messageMaxConcurrent: 5,
      messageMaxChars: 32_000,
      storedMaxBytes: 64 * 1024 * 1024,
      attachments: {
        where: 'off',
        maxBytes: 10 * 1024 * 1024,
        maxCount: 5,
        types: knownTypes,
        hosted: false,
        s3: null,
      },
      maxInFlight: 500,
      trustProxy: false,
      logLevel: 'info',
      tracing: false,
      redisUrl: undefined,
      databaseUrl: undefined,
      dataDir: './data',
      threadRetentionDays: undefined,
      onDisconnect: 'auto',
      shutdownTimeoutMs: 25_000,
      agent: {
        module: undefined,
        apiKey: undefined,
        model: undefined,
        instructions: undefined,
        headers: [],
        locales: [],
        models: [],
        transcriptionModel: undefined,
        historyTokens: 64_000,
        api: 'responses',
        azureApiVersion: undefined,
        maxOutputTokens: 16_384,
        modelMap: {},
        approvals: 'ask',
      },
    });
    expect(sessionSecrets).toHaveLength(1);
    expect(sessionSecrets[0]).toHaveLength(43);
    expect(readConfig({}).sessionSecrets).not.toEqual(sessionSecrets);
    expect(warnings.map((warning) => warning.split(' ')[0])).toEqual([
      'SESSION_SECRET',
      'OPENAI_API_KEY',
    ]);
  });

  it('says one line about each wrong variable', () => {
    const wrong = { PORT: 'eighty', AUTH: 'none', TRUST_PROXY: 'all', NODE_ENV: 'production' };
    expect(() => readConfig(wrong)).toThrow(
      /^PORT takes [^\n]+\nAUTH takes [^\n]+\nTRUST_PROXY takes [^\n]+$/,
    );
    expect(() => readConfig({ NODE_ENV: 'production' })).toThrow(
      /^AUTH must be chosen [^\n]+\nSESSION_SECRET is needed [^\n]+$/,
    );
  });

  it('warns of names that are probably meant to be others', () => {
    const unknown = (env: Record<string, string>) =>
      readConfig(env).warnings.filter((line) => line.startsWith('Unknown'));
    expect(
      unknown({ ALLOWED_ORIGIN: 'https://a.example', OPENAI_KEY: 'sk', REDIS_URI: 'redis://a' }),
    ).toEqual([
      'Unknown variable ALLOWED_ORIGIN: did you mean ALLOWED_ORIGINS?',
      'Unknown variable OPENAI_KEY: did you mean OPENAI_API_KEY?',
      'Unknown variable REDIS_URI: did you mean REDIS_URL?',
    ]);
    // What shells, npm and other programs set.
    const others =
      'HOME HOSTNAME PATH FTP_PROXY ALL_PROXY NODE NODE_OPTIONS LOGNAME USER POST API_KEY';
    expect(unknown(Object.fromEntries(others.split(' ').map((name) => [name, 'x'])))).toEqual([]);
    expect(unknown({ OPENAI_API_KEY_FILE: '/run/secrets/key', ALLOWED_ORIGIN: '' })).toEqual([]);
  });

  it('counts an empty value as none, and trims', () => {
    const config = readConfig({ PORT: '', OPENAI_API_KEY: ' ', CHATKIT_WORKFLOW_ID: ' wf_mine ' });
    expect(config).toMatchObject({
      port: 3000,
      workflowId: 'wf_mine',
      openai: { apiKey: undefined },
    });
  });

  it('wants AUTH to be chosen in production', () => {
    expect(() => readConfig(production)).toThrow(
      'AUTH must be chosen in production: one of anonymous, jwt, header.',
    );
    expect(readConfig({ ...production, AUTH: 'anonymous' }).production).toBe(true);
  });

  it('normalises origins', () => {
    const { allowedOrigins } = readConfig({
      ALLOWED_ORIGINS: ' https://Shop.example/ ,,http://localhost:5173,https://a.example:443',
    });
    expect(allowedOrigins).toEqual([
      'https://shop.example',
      'http://localhost:5173',
      'https://a.example',
    ]);
  });

  it('A4: takes AGENT_MODEL_MAP', () => {
    const { agent } = readConfig({ AGENT_MODEL_MAP: 'gpt-4.1=gpt-6-luna, o3=gpt-6.1-sol' });
    expect(agent.modelMap).toEqual({ 'gpt-4.1': 'gpt-6-luna', o3: 'gpt-6.1-sol' });
  });

  it.each([
    ['true', true],
    ['false', false],
    ['0', false],
    ['2', 2],
    ['10.0.0.1', ['10.0.0.1']],
    ['loopback, 10.0.0.0/8,2001:db8::/32', ['loopback', '10.0.0.0/8', '2001:db8::/32']],
  ])('takes TRUST_PROXY=%s', (value, trustProxy) => {
    expect(readConfig({ TRUST_PROXY: value }).trustProxy).toEqual(trustProxy);
  });

  const jwt = { AUTH: 'jwt', AUTH_ISSUER: 'https://id.example', AUTH_AUDIENCE: 'app' };
  const shared = { ...jwt, AUTH_JWT_SECRET: 'a-shared-secret-of-more-than-32-characters' };

  it('reads how users are known', () => {
    expect(readConfig(shared).auth).toEqual({
      mode: 'jwt',
      key: { secret: shared.AUTH_JWT_SECRET },
      issuer: 'https://id.example',
      audience: 'app',
      userClaim: 'sub',
    });
    expect(readConfig({ ...jwt, AUTH_JWKS_URL: 'https://id.example/keys' }).auth).toMatchObject({
      key: { jwksUrl: 'https://id.example/keys' },
    });
    const byHeader = { AUTH: 'header', AUTH_HEADER: 'X-User', TRUST_PROXY: '10.0.0.1' };
    expect(readConfig(byHeader).auth).toEqual({
      mode: 'header',
      header: 'x-user',
      proxies: ['10.0.0.1'],
    });
  });

  it('warns of a shared secret that can be guessed', () => {
    const warnings = (secret: string) => readConfig({ ...jwt, AUTH_JWT_SECRET: secret }).warnings;
    expect(warnings('short').join()).toContain('AUTH_JWT_SECRET');
    expect(warnings(shared.AUTH_JWT_SECRET).join()).not.toContain('AUTH_JWT_SECRET');
  });

  it.each(['1', 'true', '0'])('S12: AUTH=header with TRUST_PROXY=%s does not start', (hops) => {
    const env = { AUTH: 'header', AUTH_HEADER: 'x-user', TRUST_PROXY: hops };
    expect(() => readConfig(env)).toThrow(/^TRUST_PROXY takes the addresses of the proxies/);
  });

  it.each<[name: string, Readonly<Record<string, string>>]>([
    ['SESSION_SECRET', { AUTH: 'anonymous', SESSION_SECRET: '' }],
    ['SESSION_SECRET', { AUTH: 'anonymous', SESSION_SECRET: 'short' }],
    ['AUTH_JWT_SECRET', { ...jwt, AUTH_JWT_SECRET: 'abc' }],
    ['AUTH_JWKS_URL', { ...jwt, AUTH_JWKS_URL: 'http://id.example/keys' }],
  ])('S13: production does not start with a weak %s: %j', (name, env) => {
    expect(() => readConfig({ ...production, ...env })).toThrow(new RegExp(`^${name}[^\n]*$`));
  });

  it('takes keys over http from this machine, in production too', () => {
    const env = { ...production, ...jwt, AUTH_JWKS_URL: 'http://127.0.0.1:8080/keys' };
    expect(readConfig(env).production).toBe(true);
  });

  it.each([
    ['https://chat.example.com/', 'https://chat.example.com'],
    ['https://Example.com/assistant/', 'https://example.com/assistant'],
  ])('takes PUBLIC_URL=%s', (value, publicUrl) => {
    expect(readConfig({ PUBLIC_URL: value }).publicUrl).toBe(publicUrl);
  });

  it.each<[name: string, Readonly<Record<string, string>>]>([
    ['AUTH_JWKS_URL', jwt],
    ['AUTH_JWKS_URL', { ...shared, AUTH_JWKS_URL: 'https://id.example/keys' }],
    ['AUTH_ISSUER', { ...shared, AUTH_ISSUER: '' }],
    ['AUTH_AUDIENCE', { ...shared, AUTH_AUDIENCE: '' }],
    ['TRUST_PROXY', { AUTH: 'header', AUTH_HEADER: 'x-user' }],
    ['TRUST_PROXY', { AUTH: 'header', AUTH_HEADER: 'x-user', TRUST_PROXY: '0' }],
    ['AUTH_HEADER', { AUTH: 'header', TRUST_PROXY: '10.0.0.1' }],
  ])('FR-010: says that %s is needed: %j', (name, env) => {
    expect(() => readConfig(env)).toThrow(ConfigError);
    expect(() => readConfig(env)).toThrow(new RegExp(`^${name}[^\n]*$`));
  });

  it.each([
    ['PORT', 'eighty', '65536', '-1', '3e3', '3000.5'],
    ['OPENAI_API_KEY', 'sk with spaces', 'sk-\u2026', 'sk-a\nb'],
    ['OPENAI_BASE_URL', 'api.openai.com', 'ftp://x', 'javascript:x'],
    ['CHATKIT_WORKFLOW_ID', 'workflow', 'wf_', 'wf_a/b', 'wf_a b'],
    ['AGENT_MODEL_MAP', 'gpt-4.1', 'a=b=c', '=b', 'a=b,a=c', ','],
    ['AGENT_APPROVALS', 'always'],
    ['CHATKIT_BACKENDS', 'cloud', 'hosted,hosted', ','],
    ['ALLOWED_ORIGINS', '*', 'https://*.example', 'example.com', 'https://a.example/path', 'null'],
    ['AUTH', 'none', 'JWT', 'toString'],
    ['AUTH_JWKS_URL', 'keys'],
    ['AUTH_HEADER', 'x user', 'x:y'],
    ['SESSION_SECRET', 'short-and-secret'],
    ['SESSION_SECRET', `${'x'.repeat(32)},short-and-secret`],
    ['SESSION_TTL_SECONDS', '0', '601'],
    ['RATE_LIMIT_PER_MINUTE', '0'],
    ['REDIS_URL', 'localhost:6379'],
    ['DATABASE_URL', 'mysql://x'],
    ['UPSTREAM_TIMEOUT_MS', '99', '60001'],
    ['MAX_IN_FLIGHT', '0'],
    ['TRUST_PROXY', 'yes', '::::', '1.2.3', '10.0.0.0/33', '10.0.0.0/0', '-1', '100', ','],
    ['LOG_LEVEL', 'verbose', 'INFO'],
  ] as const)('FR-010: says in one line what %s takes, never what it is', (name, ...values) => {
    for (const value of values) {
      expect(() => readConfig({ [name]: value })).toThrow(
        new ConfigError(`${name} takes ${variables[name].takes}.`),
      );
    }
  });
});

describe('loadEnvironment', () => {
  let folder: string;
  const file = () => join(folder, '.env');
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'taskpilot-chat-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('does without .env', () => {
    expect(loadEnvironment({ PORT: '1' }, join(folder, 'none'))).toEqual({
      env: { PORT: '1' },
      warnings: [],
    });
  });

  it('puts .env under the environment, and says which value is hidden, not what it is', async () => {
    await writeFile(
      file(),
      '\uFEFFOPENAI_API_KEY=sk-from-file\n# PORT=1\nLOG_LEVEL="warn"\nAUTH=\nPATH=/x\nHOST=a\n',
    );
    const { env, warnings } = loadEnvironment(
      { OPENAI_API_KEY: 'sk-from-shell', LOG_LEVEL: '', PATH: '/bin', HOST: 'a' },
      file(),
    );
    expect(env).toMatchObject({
      OPENAI_API_KEY: 'sk-from-shell',
      LOG_LEVEL: 'warn',
      AUTH: '',
      PATH: '/bin',
    });
    expect(env).not.toHaveProperty('PORT');
    expect(warnings).toEqual([`OPENAI_API_KEY of the environment hides another one in ${file()}.`]);
  });

  it('says when .env cannot be read', async () => {
    await mkdir(join(folder, 'folder'));
    expect(() => loadEnvironment({}, join(folder, 'folder'))).toThrow(/ cannot be read\.$/);
  });

  it('reads values from the files that NAME_FILE names', async () => {
    const none = join(folder, 'none');
    const secret = join(folder, 'session_secret');
    await writeFile(secret, `${production.SESSION_SECRET}\n`);
    const { env } = loadEnvironment(
      { ...production, SESSION_SECRET: '', SESSION_SECRET_FILE: secret },
      none,
    );
    expect(readConfig({ ...env, AUTH: 'anonymous' }).sessionSecrets).toEqual([
      production.SESSION_SECRET,
    ]);
    expect(() =>
      loadEnvironment({ OPENAI_API_KEY: 'sk', OPENAI_API_KEY_FILE: secret }, none),
    ).toThrow('OPENAI_API_KEY and OPENAI_API_KEY_FILE are both set: set one of them.');
    expect(() => loadEnvironment({ OPENAI_API_KEY_FILE: none }, none)).toThrow(
      `OPENAI_API_KEY_FILE takes a file that can be read: ${none} (ENOENT).`,
    );
  });
});
