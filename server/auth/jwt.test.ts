import { connect } from 'node:net';
import { exportSPKI, generateKeyPair, UnsecuredJWT } from 'jose';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { sessionsPath } from '../sessions/routes.js';
import { fakeTime, useHarness } from '../test/harness.js';
import {
  audience,
  issuer,
  sharedSecret,
  signShared,
  signToken,
  startKeyServer,
} from '../test/tokens.js';

const harness = useHarness();

const asJwt = { AUTH: 'jwt', AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience };
const shared = { ...asJwt, AUTH_JWT_SECRET: sharedSecret };
const now = () => Math.floor(Date.now() / 1000);

async function setUp(env: Readonly<Record<string, string>>, time = {}) {
  const upstream = await harness.openAI();
  const service = await harness.service(env, { upstream, ...time });
  const open = async (token: string) => {
    const response = await service.open({ authorization: `Bearer ${token}` });
    return {
      status: response.statusCode,
      headers: response.headers,
      body: response.json<unknown>(),
    };
  };
  return { upstream, service, open };
}

async function keyServer() {
  const keys = await startKeyServer();
  onTestFinished(keys.close);
  return keys;
}

describe('A token with a shared secret', () => {
  it('names the user', async () => {
    const { upstream, service, open } = await setUp(shared);
    expect(await open(await signShared({ sub: 'ann@example.com' }))).toMatchObject({ status: 200 });
    expect(upstream.calls[0]?.body).toMatchObject({ user: 'ann@example.com' });
    const token = await signShared({ aud: ['another', audience] });
    const response = await service.open({ authorization: `bearer  ${token} ` });
    expect(response.statusCode).toBe(200);
    expect(response.headers).not.toHaveProperty('set-cookie');
  });

  it('names the user by a number', async () => {
    const { upstream, open } = await setUp(shared);
    expect(await open(await signShared({ sub: 7 }))).toMatchObject({ status: 200 });
    expect(upstream.calls[0]?.body).toMatchObject({ user: '7' });
  });

  it.each(['JWT', 'jwt', 'at+jwt', 'application/at+jwt'])('may be of type %s', async (typ) => {
    const { open } = await setUp(shared);
    expect(await open(await signShared({}, { typ }))).toMatchObject({ status: 200 });
  });

  it.each(['logout+jwt', 'secevent+jwt', 'dpop+jwt'])('of type %s is refused', async (typ) => {
    const { open } = await setUp(shared);
    expect(await open(await signShared({}, { typ }))).toMatchObject({ status: 401 });
  });

  it('is refused beside another Authorization header', async () => {
    const { service } = await setUp(shared);
    const token = await signShared();
    const socket = connect(await service.listen(), '127.0.0.1');
    socket.write(
      `POST ${sessionsPath} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n` +
        `authorization: Bearer ${token}\r\nauthorization: Bearer ${token}\r\n` +
        'connection: close\r\ncontent-length: 2\r\n\r\n{}',
    );
    expect(Buffer.concat(await socket.toArray()).toString()).toMatch(/^HTTP\/1.1 401 /);
  });

  it('names the user in the claim that the operator chooses', async () => {
    const { upstream, open } = await setUp({ ...shared, AUTH_USER_CLAIM: 'email' });
    expect(await open(await signShared({ email: 'ann@example.com' }))).toMatchObject({
      status: 200,
    });
    expect(upstream.calls[0]?.body).toMatchObject({ user: 'ann@example.com' });
    expect(await open(await signShared())).toMatchObject({ status: 401 });
  });

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ['of another issuer', { iss: 'https://evil.example' }],
    ['for another audience', { aud: 'somebody else' }],
    ['without issuer', { iss: undefined }],
    ['without audience', { aud: undefined }],
    ['without subject', { sub: undefined }],
    ['with an empty subject', { sub: ' ' }],
    ['with a subject that is neither text nor number', { sub: true }],
    ['with a subject that is no whole number', { sub: 7.5 }],
    ['from the future', { iat: now() + 600 }],
    ['with a line break in the subject', { sub: 'ann\nbob' }],
    ['with an endless subject', { sub: 'a'.repeat(257) }],
    ['without expiry', { exp: undefined }],
    ['that has expired', { exp: now() - 60 }],
    ['that is not valid yet', { nbf: now() + 60 }],
  ])('%s is refused', async (_, changes) => {
    const { upstream, open } = await setUp(shared);
    const { status, headers, body } = await open(await signShared(changes));
    expect(status).toBe(401);
    expect(headers['www-authenticate']).toBe('Bearer');
    expect(body).toMatchObject({ code: 'unauthenticated', retryable: false });
    expect(upstream.calls).toEqual([]);
  });

  it.each(['', 'Bearer', 'Bearer ', 'Basic YTpi', 'Bearer a.b.c', 'Bearer a b', 'Bearer ....'])(
    'that is none is refused: %j',
    async (authorization) => {
      const { service } = await setUp(shared);
      expect((await service.open({ authorization })).statusCode).toBe(401);
    },
  );

  it('that was changed, or signed with another secret, is refused', async () => {
    const { open } = await setUp(shared);
    const token = await signShared();
    const [header, , signature] = token.split('.');
    const claims = Buffer.from(
      JSON.stringify({ iss: issuer, aud: audience, sub: 'bob', exp: now() + 60 }),
    );
    expect(await open(`${header}.${claims.toString('base64url')}.${signature}`)).toMatchObject({
      status: 401,
    });
    const other = new TextEncoder().encode('another-secret-of-more-than-32-characters');
    expect(await open(await signToken(other))).toMatchObject({ status: 401 });
  });

  it('without signature is refused', async () => {
    const { open } = await setUp(shared);
    const claims = { iss: issuer, aud: audience, sub: 'ann', exp: now() + 60 };
    expect(await open(new UnsecuredJWT(claims).encode())).toMatchObject({ status: 401 });
  });

  it('is looked at with the clock that the service is given', async () => {
    const time = fakeTime();
    const { open } = await setUp(shared, time);
    const token = await signShared();
    expect(await open(token)).toMatchObject({ status: 200 });
    time.pass(120_000);
    expect(await open(token)).toMatchObject({
      status: 401,
      body: { detail: 'The token has expired.' },
    });
  });
});

describe('A token of an issuer with published keys', () => {
  it('names the user; the keys are fetched once for many', async () => {
    const keys = await keyServer();
    const { open } = await setUp({ ...asJwt, AUTH_JWKS_URL: keys.url });
    const token = await keys.sign();
    const answers = await Promise.all(Array.from({ length: 20 }, () => open(token)));
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    await open(token);
    expect(keys.fetches).toBe(1);
  });

  it('is refused when its key is not among them, or not what it says', async () => {
    const keys = await keyServer();
    const { open } = await setUp({ ...asJwt, AUTH_JWKS_URL: keys.url });
    const { privateKey } = await generateKeyPair('RS256');
    const sign = (header: Record<string, string>) =>
      signToken(privateKey, {}, { alg: 'RS256', ...header });
    expect(await open(await sign({ kid: 'one' }))).toMatchObject({ status: 401 });
    expect(await open(await sign({ kid: 'two' }))).toMatchObject({ status: 401 });
    expect(await open(await keys.sign({ iss: 'https://evil.example' }))).toMatchObject({
      status: 401,
    });
  });

  it('is refused when it takes the public key for a shared secret', async () => {
    const keys = await keyServer();
    const { open } = await setUp({ ...asJwt, AUTH_JWKS_URL: keys.url });
    const pem = new TextEncoder().encode(await exportSPKI(keys.publicKey));
    expect(await open(await signToken(pem, {}, { kid: 'one' }))).toMatchObject({ status: 401 });
    expect(keys.fetches).toBe(0);
  });

  it.each(['failure', 'garbage', 'no keys'] as const)(
    'S15: is no fault of the user when the keys are away: %s',
    async (kind) => {
      const keys = await keyServer();
      keys.answer(kind);
      const { open } = await setUp({ ...asJwt, AUTH_JWKS_URL: keys.url });
      const token = await keys.sign();
      const { status, headers, body } = await open(token);
      expect(status).toBe(503);
      expect(headers['retry-after']).toBe('5');
      expect(body).toMatchObject({ code: 'upstream_unavailable', retryable: true });
      keys.answer('keys');
      expect(await open(token)).toMatchObject({ status: 200 });
    },
  );

  it('is no fault of the user when nobody is where the keys should be', async () => {
    const keys = await keyServer();
    const { open } = await setUp({ ...asJwt, AUTH_JWKS_URL: 'http://127.0.0.1:9/jwks' });
    expect(await open(await keys.sign())).toMatchObject({ status: 503 });
  });

  it.each(['failure', 'no keys'] as const)(
    'S15: goes on for hours with the keys that were known: %s',
    async (kind) => {
      vi.useFakeTimers({ toFake: ['Date'] });
      onTestFinished(() => void vi.useRealTimers());
      const keys = await keyServer();
      const { open } = await setUp({ ...asJwt, AUTH_JWKS_URL: keys.url });
      await open(await keys.sign());
      keys.answer(kind);
      vi.setSystemTime(Date.now() + 3_600_000);
      expect(await open(await keys.sign({ sub: 'bob' }))).toMatchObject({ status: 200 });
      expect(keys.fetches).toBeGreaterThan(1);
      vi.setSystemTime(Date.now() + 24 * 3_600_000);
      expect(await open(await keys.sign({ sub: 'bob' }))).toMatchObject({ status: 503 });
    },
  );

  it('goes on while the keys are away, once they are known', async () => {
    const keys = await keyServer();
    const { open } = await setUp({ ...asJwt, AUTH_JWKS_URL: keys.url });
    await open(await keys.sign());
    keys.answer('failure');
    expect(await open(await keys.sign({ sub: 'bob' }))).toMatchObject({ status: 200 });
  });
});
