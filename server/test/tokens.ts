import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

export const issuer = 'https://id.example';
export const audience = 'taskpilot';
export const sharedSecret = 'a-shared-secret-of-more-than-32-characters';

type Key = Parameters<SignJWT['sign']>[0];
type Claims = Readonly<Record<string, unknown>>;

/** A user's token as it should be, with `changes`; undefined takes a claim away. */
export function signToken(
  key: Key,
  changes: Claims = {},
  header: Readonly<Record<string, string>> = {},
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const claims: Claims = { iss: issuer, aud: audience, sub: 'ann', exp: now + 60, ...changes };
  return new SignJWT({ ...claims }).setProtectedHeader({ alg: 'HS256', ...header }).sign(key);
}

export const signShared = (changes: Claims = {}, header = {}) =>
  signToken(new TextEncoder().encode(sharedSecret), changes, header);

/** An issuer's keys, published over HTTP. */
export async function startKeyServer() {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
  const jwk = await exportJWK(publicKey);
  let fetches = 0;
  let respond: 'keys' | 'no keys' | 'failure' | 'garbage' | 'nothing' = 'keys';
  const server = createServer((_request, response) => {
    fetches++;
    if (respond === 'nothing') return;
    response.statusCode = respond === 'failure' ? 500 : 200;
    response.setHeader('content-type', 'application/json');
    const keys = { keys: [{ ...jwk, kid: 'one', alg: 'RS256', use: 'sig' }] };
    const bodies = { keys: JSON.stringify(keys), 'no keys': '{"keys":[]}' };
    response.end(respond in bodies ? bodies[respond as keyof typeof bodies] : 'sorry');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/jwks.json`,
    publicKey,
    get fetches() {
      return fetches;
    },
    answer: (kind: typeof respond) => void (respond = kind),
    sign: (changes: Claims = {}, header = {}) =>
      signToken(privateKey, changes, { alg: 'RS256', kid: 'one', ...header }),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
