import { describe, expect, it } from 'vitest';
import { useHarness } from '../test/harness.js';
import { MemoryStore } from '../chatkit/index.js';
import { sessionsPath } from '../sessions/routes.js';

const harness = useHarness();

const shop = 'https://shop.example';

type Headers = Readonly<Record<string, string>>;

async function setUp(env: Headers = {}) {
  return harness.service(
    { ALLOWED_ORIGINS: `${shop},http://localhost:5173`, ...env },
    { upstream: await harness.openAI() },
  );
}

describe('The origin of a page', () => {
  it.each<[string, Headers]>([
    ['none, as for programs', {}],
    ['none, typed in', { 'sec-fetch-site': 'none' }],
    ['our own', { host: 'chat.example', origin: 'http://chat.example' }],
    ['our own, with a port', { host: 'localhost:3000', origin: 'http://localhost:3000' }],
    [
      'our own, behind a proxy that ends TLS',
      { host: 'chat.example', origin: 'https://chat.example' },
    ],
    ['our own, spelled by a proxy', { host: 'Chat.example:443', origin: 'https://chat.example' }],
    ['on the list', { host: 'chat.example', origin: shop }],
    ['on the list, with a port', { origin: 'http://localhost:5173' }],
  ])('%s, is taken', async (_, headers) => {
    const service = await setUp();
    expect((await service.open(headers)).statusCode).toBe(200);
  });

  it.each<[string, Headers]>([
    ['not on the list', { origin: 'https://evil.example' }],
    ['null', { origin: 'null' }],
    ['empty', { origin: '' }],
    ['with another scheme', { origin: 'http://shop.example' }],
    ['with another port', { origin: `${shop}:8443` }],
    ['of a subdomain', { origin: 'https://a.shop.example' }],
    ['that only ends alike', { origin: 'https://evil-shop.example' }],
    ['that only begins alike', { origin: `${shop}.evil.example` }],
    ['in capitals', { origin: 'https://SHOP.example' }],
    ['two of them', { origin: `${shop}, https://evil.example` }],
    ['not told, of another site', { 'sec-fetch-site': 'cross-site' }],
    ['not told, of a sister domain', { 'sec-fetch-site': 'same-site' }],
    ['our own name on another port', { host: 'chat.example:3000', origin: 'http://chat.example' }],
    ['beside a host that is none', { host: 'a b', origin: 'http://a b' }],
  ])('%s, is refused', async (_, headers) => {
    const service = await setUp();
    const response = await service.open(headers);
    expect(response.statusCode).toBe(403);
    expect(response.json()).toMatchObject({ code: 'origin_not_allowed', retryable: false });
    expect(response.headers).not.toHaveProperty('access-control-allow-origin');
    expect(response.headers).not.toHaveProperty('set-cookie');
  });

  it('on plain http never speaks for an https service', async () => {
    const service = await setUp({ TRUST_PROXY: 'true' });
    const proxied = { host: 'chat.example', 'x-forwarded-proto': 'https' };
    const status = async (origin: string) =>
      (await service.open({ ...proxied, origin })).statusCode;
    expect(await status('https://chat.example')).toBe(200);
    expect(await status('http://chat.example')).toBe(403);
  });

  it('may be that of the name that a trusted proxy tells', async () => {
    const headers = {
      host: '10.0.0.7:3000',
      'x-forwarded-host': 'chat.example',
      'x-forwarded-proto': 'https',
      origin: 'https://chat.example',
    };
    expect((await (await setUp()).open(headers)).statusCode).toBe(403);
    const behindProxy = await setUp({ TRUST_PROXY: '1' });
    expect((await behindProxy.open(headers)).statusCode).toBe(200);
    const behindAnother = await setUp({ TRUST_PROXY: '10.0.0.1' });
    expect((await behindAnother.open(headers)).statusCode).toBe(403);
  });
});

describe('A page on this machine', () => {
  const origins = [
    'http://localhost:8080',
    'http://127.0.0.1:5500',
    'http://[::1]:3001',
    'https://shop.localhost',
  ];

  it.each(origins)(
    '%s may open sessions outside production, and read the answer',
    async (origin) => {
      const service = await setUp();
      const response = await service.open({ host: 'localhost:3000', origin });
      expect(response.statusCode).toBe(200);
      expect(response.headers['access-control-allow-origin']).toBe(origin);
    },
  );

  it.each(origins)('%s may not in production', async (origin) => {
    const service = await setUp({
      NODE_ENV: 'production',
      AUTH: 'anonymous',
      SESSION_SECRET: 'a-secret-for-tests-only-0123456789abcdef',
    });
    expect((await service.open({ host: 'chat.example', origin })).statusCode).toBe(403);
  });

  it.each(['http://localhost.evil.example', 'http://evil.example:127', 'http://1127.0.0.1'])(
    'is not %s',
    async (origin) => {
      expect((await (await setUp()).open({ origin })).statusCode).toBe(403);
    },
  );
});

describe('A pattern in ALLOWED_ORIGINS', () => {
  const pattern = { ALLOWED_ORIGINS: 'https://*.example.com,https://*.shop.example:8443' };

  it.each(['https://www.example.com', 'https://a-1.example.com', 'https://de.shop.example:8443'])(
    'stands for one label: %s may open sessions, and read the answer',
    async (origin) => {
      const response = await (await setUp(pattern)).open({ host: 'chat.example', origin });
      expect(response.statusCode).toBe(200);
      expect(response.headers['access-control-allow-origin']).toBe(origin);
    },
  );

  it.each([
    'https://example.com',
    'https://a.b.example.com',
    'http://www.example.com',
    'https://www.example.com:8443',
    'https://www.example.com.evil.example',
    'https://wwwxexample.com',
    'https://de.shop.example',
  ])('is not for %s', async (origin) => {
    const response = await (await setUp(pattern)).open({ host: 'chat.example', origin });
    expect(response.statusCode).toBe(403);
    expect(response.headers).not.toHaveProperty('access-control-allow-origin');
  });
});

describe('A refused page', () => {
  it('is one line in the log that says what to set, however often it asks', async () => {
    const service = await setUp({ LOG_LEVEL: 'warn' });
    for (let time = 0; time < 3; time++) await service.open({ origin: 'http://192.168.1.5:8080' });
    await service.open({ origin: 'null' });
    const lines = service.logs.filter((line) => line.includes('refused'));
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain('set ALLOWED_ORIGINS=http://192.168.1.5:8080');
    expect(lines[1]).toContain('A page without an origin');
  });
});

describe('What an allowed page may read', () => {
  it('is everything, failures too', async () => {
    const service = await setUp({ RATE_LIMIT_PER_MINUTE: '1' });
    for (const status of [200, 429]) {
      const response = await service.open({ origin: shop });
      expect(response.statusCode).toBe(status);
      expect(response.headers).toMatchObject({
        'access-control-allow-origin': shop,
        'access-control-allow-credentials': 'true',
        'access-control-expose-headers': 'retry-after, x-request-id, x-taskpilot-answer',
        vary: 'Origin',
      });
    }
  });

  it('needs no permission on our own pages', async () => {
    const service = await setUp();
    const response = await service.open({ host: 'chat.example', origin: 'https://chat.example' });
    expect(response.headers).not.toHaveProperty('access-control-allow-origin');
    expect(response.headers['vary']).toBe('Origin');
  });
});

describe('A preflight', () => {
  const ask = async (origin: string | undefined, path: string = sessionsPath) =>
    (await setUp()).inject({
      method: 'OPTIONS',
      url: path,
      headers: {
        ...(origin !== undefined && { origin }),
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    });

  it.each([sessionsPath, `${sessionsPath}/cksess_1`])('of an allowed page: %s', async (path) => {
    const response = await ask(shop, path);
    expect(response.statusCode).toBe(204);
    expect(response.payload).toBe('');
    expect(response.headers).toMatchObject({
      'access-control-allow-origin': shop,
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'POST, DELETE',
      'access-control-allow-headers': 'authorization,content-type',
      'access-control-max-age': '7200',
    });
    expect(response.headers).not.toHaveProperty('set-cookie');
  });

  it.each(['/api/chatkit', '/api/chatkit/requests/a-key'])(
    'of an allowed page that chats, or stops an answer: %s',
    async (url) => {
      const service = await harness.service(
        { ALLOWED_ORIGINS: shop, CHATKIT_BACKENDS: 'self-hosted' },
        { store: new MemoryStore() },
      );
      const response = await service.inject({ method: 'OPTIONS', url, headers: { origin: shop } });
      expect(response.statusCode).toBe(204);
      expect(response.headers).toMatchObject({
        'access-control-allow-origin': shop,
        'access-control-allow-methods': 'POST, DELETE',
      });
    },
  );

  it.each(['https://evil.example', 'null'])('of %s is refused', async (origin) => {
    const response = await ask(origin);
    expect(response.statusCode).toBe(403);
    for (const name of Object.keys(response.headers)) expect(name).not.toMatch(/^access-control-/);
  });

  it('that is none tells the methods', async () => {
    const response = await ask(undefined);
    expect(response.statusCode).toBe(204);
    expect(response.headers['allow']).toBe('POST, OPTIONS');
  });
});
