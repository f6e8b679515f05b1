import { describe, expect, it } from 'vitest';
import { chatPath, expectRefusal, sessionsPath, useTarget } from './test/target.js';

const target = useTarget({
  env: {
    NODE_ENV: 'production',
    AUTH: 'anonymous',
    ALLOWED_ORIGINS: 'https://shop.example,https://*.example.com,https://bücher.example',
  },
});
const json = { 'content-type': 'application/json' };
const host = 'chat.example';

/** Every way in, as a page of the origin would take it. */
const ways = (origin: string) =>
  [
    { method: 'POST', url: sessionsPath, headers: { host, origin, ...json }, payload: '{}' },
    { method: 'POST', url: chatPath, headers: { host, origin, ...json }, payload: '{}' },
    { method: 'DELETE', url: `${sessionsPath}/cksess_1`, headers: { host, origin } },
    { method: 'DELETE', url: `${chatPath}/requests/key`, headers: { host, origin } },
    {
      method: 'OPTIONS',
      url: sessionsPath,
      headers: { host, origin, 'access-control-request-method': 'POST' },
    },
  ] as const;

describe('A page may not ask whose origin is', () => {
  it.each<[string, string]>([
    ['null, as of a sandboxed frame or a file', 'null'],
    ['null in capitals', 'NULL'],
    ['empty', ''],
    ['a wildcard', '*'],
    ['our wildcard itself', 'https://*.example.com'],
    ['another site', 'https://evil.example'],
    ['a longer name at its end', 'https://shop.example.evil.example'],
    ['a longer name at its beginning', 'https://evilshop.example'],
    ['one label more', 'https://www.shop.example'],
    ['one label less', 'https://example'],
    ['http instead of https', 'http://shop.example'],
    ['another port', 'https://shop.example:444'],
    ['the usual port, which browsers leave out', 'https://shop.example:443'],
    ['an empty port', 'https://shop.example:'],
    ['behind a user', 'https://shop.example@evil.example'],
    ['behind a user and a password', 'https://shop.example:443@evil.example'],
    ['in a fragment', 'https://evil.example#https://shop.example'],
    ['in a query', 'https://evil.example?https://shop.example'],
    ['with a slash', 'https://shop.example/'],
    ['with a path', 'https://shop.example/x'],
    ['with a backslash', 'https://evil.example\\@shop.example'],
    ['in capitals', 'https://SHOP.EXAMPLE'],
    ['with a scheme in capitals', 'HTTPS://shop.example'],
    ['with a dot at its end', 'https://shop.example.'],
    ['a list with blanks', 'https://shop.example https://evil.example'],
    ['a list with commas', 'https://shop.example, https://evil.example'],
    ['with an escape', 'https://shop%2eexample'],
    ['with another letter for the dot', 'https://shopxexample'],
    ['without a scheme', 'shop.example'],
    ['without a scheme but slashes', '//shop.example'],
    ['of another scheme', 'wss://shop.example'],
    ['of an extension', 'chrome-extension://shop.example'],
    ['of a script', 'javascript://shop.example'],
    ['of a blob', 'blob:https://shop.example'],
    ['of a file', 'file://'],
    ['with a letter of another alphabet', Buffer.from('https://shоp.example').toString('latin1')],
    ['not in ASCII form', Buffer.from('https://bücher.example').toString('latin1')],
    ['another name in ASCII form', 'https://xn--bcher-kvb.example'],
    ['the bare domain of the wildcard', 'https://example.com'],
    ['two labels for the wildcard', 'https://a.b.example.com'],
    ['no label for the wildcard', 'https://.example.com'],
    ['a hyphen at the border of the wildcard', 'https://a-.example.com'],
    ['a hyphen as the wildcard', 'https://-.example.com'],
    ['an underline in the wildcard', 'https://a_b.example.com'],
    ['a user in the wildcard', 'https://a@b.example.com'],
    ['a slash in the wildcard', 'https://evil.example/.example.com'],
    ['a fragment in the wildcard', 'https://evil#.example.com'],
    ['a port in the wildcard', 'https://evil:1.example.com'],
    ['a port behind the wildcard', 'https://a.example.com:8443'],
    ['a name that ends as the wildcard does', 'https://aexample.com'],
    ['longer than the wildcard', 'https://a.example.com.evil.example'],
    ['this machine, in production', 'http://localhost:3000'],
    ['this machine by number', 'http://127.0.0.1'],
    ['this machine by IPv6', 'http://[::1]:3000'],
    ['this machine by IPv4 in IPv6', 'http://[::ffff:127.0.0.1]'],
    ['this machine as one number', 'http://2130706433'],
    ['every address', 'http://0.0.0.0'],
    ['our own name with another port', 'https://chat.example:8443'],
    ['our own name with a dot', 'https://chat.example.'],
    ['our own name below another', 'https://chat.example.evil.example'],
  ])('%s', async (_, origin) => {
    for (const way of ways(origin)) {
      const answer = await target.inject(way);
      expectRefusal(answer, 403, 'origin_not_allowed');
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    }
  });

  it.each<[string, Readonly<Record<string, string>>]>([
    ['x-forwarded-host', { 'x-forwarded-host': 'evil.example' }],
    [
      'x-forwarded-host and -proto',
      { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' },
    ],
    ['forwarded', { forwarded: 'host=evil.example;proto=https' }],
    ['x-host', { 'x-host': 'evil.example' }],
    ['x-original-host', { 'x-original-host': 'evil.example' }],
    ['x-original-url', { 'x-original-url': '/healthz', 'x-rewrite-url': '/healthz' }],
    ['a friendly Sec-Fetch-Site', { 'sec-fetch-site': 'same-origin' }],
    ['a friendly Referer', { referer: 'https://chat.example/' }],
    ['another method', { 'x-http-method-override': 'GET' }],
  ])('foreign, whatever else it says: %s', async (_, headers) => {
    for (const way of ways('https://evil.example')) {
      const answer = await target.inject({ ...way, headers: { ...way.headers, ...headers } });
      expectRefusal(answer, 403, 'origin_not_allowed');
    }
  });

  it.each(['cross-site', 'same-site'])('hidden, when the browser says %s', async (site) => {
    const headers = { host, ...json, 'sec-fetch-site': site };
    const answer = await target.inject({
      method: 'POST',
      url: sessionsPath,
      headers,
      payload: '{}',
    });
    expectRefusal(answer, 403, 'origin_not_allowed');
  });

  it.each<[string, string[]]>([
    ['twice, the allowed one first', ['https://shop.example', 'https://evil.example']],
    ['twice, the allowed one last', ['https://evil.example', 'https://shop.example']],
    ['twice the same', ['https://shop.example', 'https://shop.example']],
  ])('told %s', async (_, origins) => {
    const [answer] = await target.send(
      `POST ${sessionsPath} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\n` +
        origins.map((origin) => `origin: ${origin}\r\n`).join('') +
        'content-length: 2\r\nconnection: close\r\n\r\n{}',
    );
    expect(answer?.status).toBe(403);
    expect(answer?.headers).not.toHaveProperty('access-control-allow-origin');
  });
});

describe('A page may ask whose origin is', () => {
  it.each([
    ['listed', 'https://shop.example'],
    ['one label for the wildcard', 'https://a.example.com'],
    ['one letter and one digit for it', 'https://a1.example.com'],
    ['one label in ASCII form', 'https://xn--a-ecp.example.com'],
    ['listed, in its ASCII form', 'https://xn--bcher-kva.example'],
  ])('%s, and it alone may read the answer', async (_, origin) => {
    const answer = await target.service.open({ host, origin });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-credentials': 'true',
      vary: expect.stringMatching(/\borigin\b/i) as string,
    });
  });

  it.each([
    [host, 'https://chat.example'],
    ['chat.example:443', 'https://chat.example'],
    ['CHAT.example', 'https://chat.example'],
    ['[2001:db8::1]:8443', 'https://[2001:db8::1]:8443'],
  ])('that of the service at %s: %s', async (own, origin) => {
    expect((await target.service.open({ host: own, origin })).statusCode).toBe(200);
  });
});
