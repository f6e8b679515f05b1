import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { useHarness } from '../test/harness.js';
import { sessionsPath } from '../sessions/routes.js';

const harness = useHarness();

async function setUp(trusted: string) {
  const upstream = await harness.openAI();
  const env = { AUTH: 'header', AUTH_HEADER: 'X-User', TRUST_PROXY: trusted };
  const service = await harness.service(env, { upstream });
  const open = async (remoteAddress: string, user: string | undefined) => {
    const response = await service.inject({
      method: 'POST',
      url: sessionsPath,
      remoteAddress,
      headers: {
        'content-type': 'application/json',
        ...(user !== undefined && { 'x-user': user }),
      },
      payload: '{}',
    });
    return response.statusCode;
  };
  return { upstream, service, open };
}

describe('A user whom a proxy names', () => {
  it('is the user', async () => {
    const { upstream, open } = await setUp('192.0.2.1, loopback');
    expect(await open('192.0.2.1', ' ann ')).toBe(200);
    expect(upstream.calls[0]?.body).toMatchObject({ user: 'ann' });
  });

  it.each(['Łukasz Żak', '李雷', 'José'])('may be called %s', async (user) => {
    const { upstream, open } = await setUp('192.0.2.1, loopback');
    expect(await open('192.0.2.1', Buffer.from(user).toString('latin1'))).toBe(200);
    expect(await open('192.0.2.1', 'José')).toBe(200);
    expect(upstream.calls.map(({ body }) => body)).toMatchObject([{ user }, { user: 'José' }]);
  });

  it.each([undefined, '', '  ', 'a'.repeat(257)])('may not be %j', async (user) => {
    const { open } = await setUp('192.0.2.1, loopback');
    expect(await open('192.0.2.1', user)).toBe(401);
  });

  it('is not believed when there are two: one is what the client made up', async () => {
    const { upstream, service } = await setUp('192.0.2.1, loopback');
    const port = await service.listen();
    const socket = connect(port, '127.0.0.1');
    socket.write(
      `POST ${sessionsPath} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n` +
        'x-user: eve\r\nx-user: ann\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}',
    );
    const answer = Buffer.concat(await socket.toArray()).toString();
    expect(answer).toMatch(/^HTTP\/1.1 401 /);
    expect(upstream.calls).toEqual([]);
  });

  it.each([
    ['10.0.0.1', '10.0.0.1', 200],
    ['10.0.0.1', '::ffff:10.0.0.1', 200],
    ['10.0.0.1', '10.0.0.2', 401],
    ['10.1.0.0/16, 2001:db8::/32', '10.1.2.3', 200],
    ['10.1.0.0/16, 2001:db8::/32', '2001:db8::7', 200],
    ['10.1.0.0/16, 2001:db8::/32', '10.2.0.1', 401],
    ['loopback', '127.0.0.1', 200],
    ['loopback', '::1', 200],
    ['loopback', '192.168.0.1', 401],
    ['uniquelocal', '192.168.0.1', 200],
    ['linklocal', 'fe80::1', 200],
  ])('S12: with TRUST_PROXY=%s, coming from %s: %i', async (trusted, peer, status) => {
    const { open } = await setUp(trusted);
    expect(await open(peer, 'ann')).toBe(status);
  });
});
