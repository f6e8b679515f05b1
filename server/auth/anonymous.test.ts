import type { LightMyRequestResponse } from 'fastify';
import { describe, expect, it } from 'vitest';
import { useHarness } from '../test/harness.js';

const harness = useHarness();

const secrets = {
  SESSION_SECRET: 'a secret of at least 32 characters',
  ALLOWED_ORIGINS: 'https://shop.example',
};

async function setUp(env: Readonly<Record<string, string>> = secrets) {
  const upstream = await harness.openAI();
  const service = await harness.service(env, { upstream });
  const userOf = (index: number) => (upstream.calls.at(index)?.body as { user: string }).user;
  return { upstream, service, userOf };
}

const setCookie = (response: LightMyRequestResponse) => String(response.headers['set-cookie']);
const cookieOf = (response: LightMyRequestResponse) => setCookie(response).split(';')[0] ?? '';

describe('A visitor', () => {
  it('stays one user, by a cookie that pages cannot read', async () => {
    const { service, userOf } = await setUp();
    const first = await service.open();
    expect(setCookie(first)).toMatch(
      /^__Host-taskpilot-visitor=[\w-]{36}\.(?:\w|%2B|%2F){43}; Max-Age=31536000; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
    const second = await service.open({ cookie: `theme=dark; ${cookieOf(first)}; a=b` });
    expect(userOf(1)).toBe(userOf(0));
    // Renewed, so that it lasts as long as the visitor comes.
    expect(cookieOf(second)).toBe(cookieOf(first));
    await service.open();
    expect(userOf(2)).not.toBe(userOf(0));
  });

  it('is the same on every instance with the same secret, and after a restart', async () => {
    const [one, other] = [await setUp(), await setUp()];
    await other.service.open({ cookie: cookieOf(await one.service.open()) });
    expect(other.userOf(0)).toBe(one.userOf(0));
  });

  it('stays the same one when a new secret signs and the old one is still accepted', async () => {
    const old = secrets.SESSION_SECRET;
    const rotated = { ...secrets, SESSION_SECRET: `a new secret of at least 32 characters,${old}` };
    const [before, after] = [await setUp(), await setUp(rotated)];
    const first = await before.service.open();
    const renewed = await after.service.open({ cookie: cookieOf(first) });
    expect(after.userOf(0)).toBe(before.userOf(0));
    expect(cookieOf(renewed)).not.toBe(cookieOf(first));
  });

  it('is a new one with another secret', async () => {
    const [one, other] = [await setUp(), await setUp({})];
    await other.service.open({ cookie: cookieOf(await one.service.open()) });
    expect(other.userOf(0)).not.toBe(one.userOf(0));
  });

  it.each([
    (value: string) => value.replace(/^(.)/, (first) => (first === 'a' ? 'b' : 'a')),
    (value: string) => value.slice(0, -2),
    (value: string) => value.split('.')[0] ?? '',
    (value: string) => `${value}.more`,
    (value: string) => `.${value.split('.')[1] ?? ''}`,
    () => '',
    () => '%E0%A4%A',
    () => 'x'.repeat(4000),
  ])('who changes the cookie is a new one: %s', async (change) => {
    const { service, userOf } = await setUp();
    const [name = '', value = ''] = cookieOf(await service.open()).split('=');
    const response = await service.open({ cookie: `${name}=${change(value)}` });
    expect(response.statusCode).toBe(200);
    expect(userOf(1)).not.toBe(userOf(0));
    expect(cookieOf(response)).toMatch(/^__Host-taskpilot-visitor=[\w-]{36}\./);
  });

  it.each([
    ['another site', { 'sec-fetch-site': 'cross-site' }, 'SameSite=None'],
    ['who knows where', {}, 'SameSite=None'],
    ['a sister domain', { 'sec-fetch-site': 'same-site' }, 'SameSite=Lax'],
    ['our own, behind a proxy', { 'sec-fetch-site': 'same-origin' }, 'SameSite=Lax'],
  ])('on an allowed page of %s', async (_, headers, sameSite) => {
    const { service } = await setUp();
    const cookie = setCookie(await service.open({ origin: 'https://shop.example', ...headers }));
    expect(cookie).toContain(sameSite);
    expect(cookie.includes('; Partitioned')).toBe(sameSite === 'SameSite=None');
    expect(cookie).toContain('; Secure');
  });

  it('W28: a log-out clears the cookie, and ends the session of a visitor without one', async () => {
    const { service, userOf } = await setUp();
    const opened = (await service.open()).json<{ session_id: string; visitor: string }>();
    const end = (payload: object) =>
      service.inject({
        method: 'DELETE',
        url: `/api/chatkit/sessions/${opened.session_id}`,
        headers: { 'content-type': 'application/json' },
        payload,
      });
    expect((await end({})).statusCode).toBe(404);
    expect((await end({ visitor: 'forged' })).statusCode).toBe(404);
    const ended = await end({ visitor: opened.visitor });
    expect(ended.statusCode).toBe(204);
    expect(setCookie(ended)).toMatch(
      /^__Host-taskpilot-visitor=; Max-Age=0; Path=\/; HttpOnly; Secure/,
    );
    await service.open();
    expect(userOf(-1)).not.toBe(userOf(0));
  });

  it('S3: a refusal gives no identity, neither as cookie nor as token', async () => {
    const { upstream, service } = await setUp({ ...secrets, RATE_LIMIT_PER_MINUTE: '1' });
    await service.open();
    const limited = await service.open();
    await upstream.close();
    const failed = await (await setUp()).service.open({ 'content-type': 'text/plain' });
    for (const response of [limited, failed]) {
      expect(response.statusCode).toBeGreaterThanOrEqual(400);
      expect(response.headers).not.toHaveProperty('set-cookie');
      expect(response.json()).not.toHaveProperty('visitor');
    }
  });

  it('W3: stays the same one by the token where cookies are blocked', async () => {
    const { service, userOf } = await setUp();
    const { visitor } = (await service.open()).json<{ visitor: string }>();
    const again = await service.open({}, JSON.stringify({ visitor }));
    expect(userOf(1)).toBe(userOf(0));
    expect(again.json<{ visitor: string }>().visitor).toBe(visitor);
    for (const forged of [`${visitor}x`, visitor.split('.')[0], 7, null, {}]) {
      await service.open({}, JSON.stringify({ visitor: forged }));
      expect(userOf(-1)).not.toBe(userOf(0));
    }
  });

  it('W3: is named by the token only in its place: it is no cookie, and a cookie is no token', async () => {
    const { service, userOf } = await setUp();
    const first = await service.open();
    const { visitor } = first.json<{ visitor: string }>();
    await service.open({ cookie: `__Host-taskpilot-visitor=${encodeURIComponent(visitor)}` });
    const cookie = decodeURIComponent(cookieOf(first).split('=')[1] ?? '');
    await service.open({}, JSON.stringify({ visitor: cookie }));
    expect(new Set([userOf(0), userOf(1), userOf(2)]).size).toBe(3);
  });
});
