import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { exportJWK, exportSPKI, type CryptoKey } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { audience, issuer, sharedSecret, signShared, startKeyServer } from '../test/tokens.js';
import { expectRefusal, sessionsPath, useTarget } from './test/target.js';

const base64 = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const now = () => Math.floor(Date.now() / 1000);
const good = () => ({ iss: issuer, aud: audience, sub: 'ann', exp: now() + 60 });

/** Any header and payload, as JSON text or value, with the signature of a secret. */
function forge(header: unknown, payload: unknown, secret: string | Buffer = sharedSecret): string {
  const signed = `${base64(header)}.${base64(payload)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}
const hs256 = { alg: 'HS256' };
const unsigned = (alg: unknown, signature = '') =>
  `${base64({ alg })}.${base64(good())}.${signature}`;
const attacker = generateKeyPairSync('rsa', { modulusLength: 2048 });
function forgeRsa(header: object): string {
  const signed = `${base64({ alg: 'RS256', ...header })}.${base64(good())}`;
  return `${signed}.${sign('sha256', Buffer.from(signed), attacker.privateKey).toString('base64url')}`;
}
const withAuth = { AUTH: 'jwt', AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience };

describe('A user token with a shared secret', () => {
  const target = useTarget({
    env: { ...withAuth, AUTH_JWT_SECRET: sharedSecret },
    asUser: async () => ({ authorization: `Bearer ${await signShared()}` }),
  });
  const open = (token: string) => target.service.open({ authorization: `Bearer ${token}` });

  it('is taken when it is as it should be, so that what follows is refused for what it is', async () => {
    expect((await open(forge(hs256, good()))).statusCode).toBe(200);
  });

  it.each<[string, () => string]>([
    ['alg none', () => unsigned('none')],
    ['alg None', () => unsigned('None')],
    ['alg NONE', () => unsigned('NONE')],
    ['alg none with some signature', () => unsigned('none', 'AAAA')],
    ['alg none, signed', () => forge({ alg: 'none' }, good())],
    ['no alg', () => forge({}, good())],
    ['alg null', () => forge({ alg: null }, good())],
    ['alg a list', () => forge({ alg: ['HS256'] }, good())],
    ['alg in small letters', () => forge({ alg: 'hs256' }, good())],
    ['alg that hashes otherwise', () => forge({ alg: 'HS512' }, good())],
    ['alg of a signature, by the attacker’s own key', () => forgeRsa({})],
    ['alg of an agreement', () => forge({ alg: 'dir', enc: 'A256GCM' }, good())],
    ['an empty key', () => forge(hs256, good(), '')],
    ['a key of zeros', () => forge(hs256, good(), Buffer.alloc(32))],
    ['the key in upper case', () => forge(hs256, good(), sharedSecret.toUpperCase())],
    [
      'a kid that is an empty file',
      () => forge({ ...hs256, kid: '../../../dev/null' }, good(), ''),
    ],
    ['a kid that is SQL', () => forge({ ...hs256, kid: "' UNION SELECT 'k" }, good(), 'k')],
    [
      'a key in the header',
      () => forge({ ...hs256, jwk: { kty: 'oct', k: base64('own') } }, good(), 'own'),
    ],
    ['crit with an unknown name', () => forge({ ...hs256, crit: ['x'], x: 1 }, good())],
    ['crit with a known name', () => forge({ ...hs256, crit: ['alg'] }, good())],
    ['crit with nothing', () => forge({ ...hs256, crit: [] }, good())],
    ['crit that is no list', () => forge({ ...hs256, crit: 'exp' }, good())],
    ['a payload that is not encoded', () => forge({ ...hs256, b64: false, crit: ['b64'] }, good())],
    ['a header that is a list', () => forge([], good())],
    ['a header that is no JSON', () => forge('{"alg":"HS256"', good())],
    ['a header with polluted alg', () => forge('{"__proto__":{"alg":"HS256"}}', good())],
  ])('by the header: %s', async (_, make) => {
    expectRefusal(await open(make()), 401, 'unauthenticated');
  });

  it.each<[string, unknown]>([
    ['exp in the past', { exp: now() - 3600 }],
    ['exp as text', { exp: '9999999999' }],
    ['exp null', { exp: null }],
    ['exp negative', { exp: -1 }],
    ['exp a list', { exp: [9999999999] }],
    ['nbf in the future', { nbf: now() + 3600 }],
    ['nbf as text', { nbf: '0' }],
    ['iat in the future', { iat: now() + 3600 }],
    ['iat as text', { iat: '0' }],
    ['another iss', { iss: 'https://evil.example' }],
    ['iss with a slash', { iss: `${issuer}/` }],
    ['iss in capitals', { iss: issuer.toUpperCase() }],
    ['iss a list', { iss: [issuer] }],
    ['iss null', { iss: null }],
    ['another aud', { aud: 'other' }],
    ['aud of which ours is the beginning', { aud: `${audience}-admin` }],
    ['aud an empty list', { aud: [] }],
    ['aud a list in a list', { aud: [[audience]] }],
    ['aud null', { aud: null }],
    ['sub empty', { sub: '' }],
    ['sub of blanks', { sub: ' \t ' }],
    ['sub null', { sub: null }],
    ['sub true', { sub: true }],
    ['sub an object', { sub: { toString: 'ann' } }],
    ['sub a list', { sub: ['ann'] }],
    ['sub a fraction', { sub: 1.5 }],
    ['sub a number that is not exact', { sub: 2 ** 53 }],
    ['sub of 257 characters', { sub: 'a'.repeat(257) }],
    ['sub with a line break', { sub: 'ann\r\nx-user: eve' }],
    ['sub with NUL', { sub: 'ann\0' }],
    ['sub with half a character', { sub: 'ann\ud800' }],
    ['sub with a line separator', { sub: 'ann\u2028' }],
  ])('by a claim, well signed: %s', async (_, claims) => {
    expectRefusal(
      await open(forge(hs256, { ...good(), ...(claims as object) })),
      401,
      'unauthenticated',
    );
  });

  it.each<[string, () => string]>([
    [
      'exp beyond all numbers',
      () => `{"iss":"${issuer}","aud":"${audience}","sub":"ann","exp":1e999}`,
    ],
    ['no exp', () => JSON.stringify({ ...good(), exp: undefined })],
    ['claims in a prototype', () => `{"__proto__":${JSON.stringify(good())}}`],
    ['a list', () => JSON.stringify([good()])],
    ['null', () => 'null'],
    ['a text', () => '"ann"'],
    ['no JSON', () => '{"sub":'],
  ])('by the payload, well signed: %s', async (_, payload) => {
    expectRefusal(await open(forge(hs256, payload())), 401, 'unauthenticated');
  });

  it.each<[string, (token: string) => string]>([
    ['without its last character', (token) => token.slice(0, -1)],
    ['without its signature', (token) => token.replace(/[^.]+$/, '')],
    ['of two parts', (token) => token.split('.').slice(0, 2).join('.')],
    ['of four parts', (token) => `${token}.x`],
    ['encrypted, by its form', (token) => `${token}.x.y`],
    [
      'with another payload',
      (token) => {
        const [head = '', , signature = ''] = token.split('.');
        return [head, base64({ ...good(), sub: 'eve' }), signature].join('.');
      },
    ],
    ['behind a comma', (token) => `x,${token}`],
    ['in quotes', (token) => `"${token}"`],
    ['of 8,000 characters', (token) => token.padEnd(8000, 'A')],
  ])('that is changed: %s', async (_, change) => {
    expectRefusal(await open(change(forge(hs256, good()))), 401, 'unauthenticated');
  });

  it.each<[string, (token: string) => string[]]>([
    ['twice the same', (token) => [`Bearer ${token}`, `Bearer ${token}`]],
    ['a foreign one before it', (token) => ['Bearer x.y.z', `Bearer ${token}`]],
    ['a foreign one after it', (token) => [`Bearer ${token}`, 'Bearer x.y.z']],
    ['an empty one after it', (token) => [`Bearer ${token}`, '']],
    ['Basic beside it', (token) => [`Bearer ${token}`, 'Basic YTpi']],
    ['two in one', (token) => [`Bearer ${token}, Bearer ${token}`]],
  ])('in Authorization headers: %s', async (_, values) => {
    const lines = values(forge(hs256, good())).map((value) => `authorization: ${value}\r\n`);
    const answers = await target.send(
      `POST ${sessionsPath} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n` +
        `${lines.join('')}content-length: 2\r\nconnection: close\r\n\r\n{}`,
    );
    expect(answers.map(({ status }) => status)).toEqual([401]);
    expect(answers[0]?.headers['www-authenticate']).toBe('Bearer');
  });

  it.each<[string, (token: string) => { url?: string; headers?: object; payload?: string }]>([
    ['in the address', (token) => ({ url: `${sessionsPath}?access_token=${token}` })],
    ['in the body', (token) => ({ payload: JSON.stringify({ access_token: token }) })],
    ['in a cookie', (token) => ({ headers: { cookie: `authorization=Bearer ${token}` } })],
    ['in another header', (token) => ({ headers: { 'x-authorization': `Bearer ${token}` } })],
    ['for a proxy', (token) => ({ headers: { 'proxy-authorization': `Bearer ${token}` } })],
    ['as Basic', (token) => ({ headers: { authorization: `Basic ${token}` } })],
    ['as Token', (token) => ({ headers: { authorization: `Token ${token}` } })],
    ['bare', (token) => ({ headers: { authorization: token } })],
  ])('in the wrong place: %s', async (_, place) => {
    const { url = sessionsPath, headers = {}, payload = '{}' } = place(forge(hs256, good()));
    const answer = await target.inject({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/json', ...headers },
      payload,
    });
    expectRefusal(answer, 401, 'unauthenticated');
  });

  it('a session’s token names no user, and a user’s token opens no chat', async () => {
    const user = forge(hs256, good());
    const session = (await open(user)).json<{ client_secret: string }>().client_secret;
    expectRefusal(await open(session), 401, 'unauthenticated');
    expectRefusal(
      await target.ask(user, { type: 'threads.list', params: {} }),
      401,
      'unauthenticated',
    );
  });
});

describe('A user token with published keys', () => {
  let keys: Awaited<ReturnType<typeof startKeyServer>>;
  let attackers: Awaited<ReturnType<typeof startKeyServer>>;
  // The address is known only when the server listens, and the configuration is read after that.
  const env: Record<string, string> = { ...withAuth };
  beforeAll(async () => {
    [keys, attackers] = await Promise.all([startKeyServer(), startKeyServer()]);
    env['AUTH_JWKS_URL'] = keys.url;
  });
  afterAll(() => Promise.all([keys.close(), attackers.close()]));
  const target = useTarget({
    env,
    asUser: async () => ({ authorization: `Bearer ${await keys.sign()}` }),
  });
  const open = (token: string) => target.service.open({ authorization: `Bearer ${token}` });

  it.each<[string, (key: CryptoKey) => Promise<string>]>([
    ['in PEM', (key) => exportSPKI(key)],
    ['in PEM without its line breaks', async (key) => (await exportSPKI(key)).replaceAll('\n', '')],
    ['as a JSON Web Key', async (key) => JSON.stringify(await exportJWK(key))],
    ['as its modulus', async (key) => (await exportJWK(key)).n ?? ''],
  ])('takes no public key for a secret: %s', async (_, spell) => {
    const secret = await spell(keys.publicKey);
    for (const header of [hs256, { ...hs256, kid: 'one' }]) {
      expectRefusal(await open(forge(header, good(), secret)), 401, 'unauthenticated');
    }
  });

  it.each<[string, () => string]>([
    ['in jku', () => forgeRsa({ kid: 'one', jku: attackers.url })],
    ['in x5u', () => forgeRsa({ kid: 'one', x5u: attackers.url })],
    ['in jwk', () => forgeRsa({ jwk: attacker.publicKey.export({ format: 'jwk' }) })],
    [
      'in x5c',
      () =>
        forgeRsa({
          x5c: [attacker.publicKey.export({ format: 'der', type: 'spki' }).toString('base64')],
        }),
    ],
    ['by the name of the issuer’s', () => forgeRsa({ kid: 'one' })],
    ['by a kid that is an address', () => forgeRsa({ kid: attackers.url })],
    ['by a kid of every object', () => forgeRsa({ kid: '__proto__' })],
    ['by a kid that is a list', () => forgeRsa({ kid: ['one'] })],
  ])('takes no key that the token brings: %s', async (_, make) => {
    expectRefusal(await open(make()), 401, 'unauthenticated');
    expect(attackers.fetches).toBe(0);
  });

  it.each(['ES256', 'ES512', 'EdDSA', 'PS256', 'RS1', 'none'])(
    'is no signature of nothing, as %s',
    async (alg) => {
      const zeros = Buffer.alloc(alg === 'ES512' ? 132 : 64).toString('base64url');
      const token = `${base64({ alg, kid: 'one' })}.${base64(good())}.${zeros}`;
      expectRefusal(await open(token), 401, 'unauthenticated');
    },
  );
});
