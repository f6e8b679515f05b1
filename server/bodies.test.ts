import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { MemoryStore, type Responder } from './chatkit/index.js';
import { useHarness } from './test/harness.js';
import { sessionsPath } from './sessions/routes.js';

const harness = useHarness();

const responder: Responder = {
  async *respond() {
    yield await Promise.resolve({ type: 'progress_update', text: 'Answered' } as const);
  },
};

async function start(dependencies: { requestTimeoutMs?: number } = {}) {
  const service = await harness.service(
    {
      CHATKIT_BACKENDS: 'self-hosted',
      SESSION_SECRET: 'a-secret-for-tests-only-0123456789abcdef',
    },
    { responder, store: new MemoryStore(), ...dependencies },
  );
  const token = (await service.open()).json<{ client_secret: string }>().client_secret;
  return { service, authorization: `Bearer ${token}` };
}

const list = JSON.stringify({ type: 'threads.list', params: {} });
const invalid = Buffer.concat([
  Buffer.from('{"type":"threads.list","params":{},"x":"'),
  Buffer.from([0xc3, 0x28]),
  Buffer.from('"}'),
]);
const json = 'application/json';

describe.each([sessionsPath, '/api/chatkit'])('A body at %s', (url) => {
  it.each<[string, object, string | Buffer, number, string]>([
    ['gzip', { 'content-encoding': 'gzip' }, gzipSync(list), 415, 'unsupported_media_type'],
    ['an encoding in name only', { 'content-encoding': 'br' }, list, 415, 'unsupported_media_type'],
    [
      'utf-16',
      { 'content-type': `${json}; charset=utf-16` },
      Buffer.from(list, 'utf16le'),
      415,
      'unsupported_media_type',
    ],
    [
      'a quoted charset',
      { 'content-type': `${json};charset="iso-8859-1"` },
      list,
      415,
      'unsupported_media_type',
    ],
    ['text', { 'content-type': 'text/plain' }, list, 415, 'unsupported_media_type'],
    ['invalid UTF-8', {}, invalid, 400, 'bad_request'],
    ['no JSON', {}, '{', 400, 'bad_request'],
  ])('S17: with %s is refused', async (_, headers, payload, status, code) => {
    const { service, authorization } = await start();
    const answer = await service.inject({
      method: 'POST',
      url,
      headers: { 'content-type': json, authorization, ...headers },
      payload,
    });
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([status, code]);
    expect(answer.headers).not.toHaveProperty('set-cookie');
  });

  it.each([json, `${json}; charset=UTF-8`, `${json};charset="utf-8"`])(
    'S17: of %s is taken',
    async (type) => {
      const { service, authorization } = await start();
      const answer = await service.inject({
        method: 'POST',
        url,
        headers: { 'content-type': type, 'content-encoding': 'identity', authorization },
        payload: list,
      });
      expect(answer.statusCode).toBe(200);
    },
  );
});

describe('A request that drips', () => {
  it.each([
    ['body', 'content-type: application/json\r\ncontent-length: 1000\r\n\r\n', ' '],
    ['head', '', 'a'],
  ])('S14: byte by byte with its %s ends at the time-out', async (_, rest, byte) => {
    const requestTimeoutMs = 500;
    const { service, authorization } = await start({ requestTimeoutMs });
    const socket = connect(await service.listen(), '127.0.0.1');
    socket.write(
      `POST /api/chatkit HTTP/1.1\r\nhost: localhost\r\nauthorization: ${authorization}\r\n${rest}`,
    );
    const begun = performance.now();
    const drip = setInterval(() => socket.write(byte), 50);
    socket.once('close', () => clearInterval(drip));
    socket.on('error', () => clearInterval(drip));
    const answer = await text(socket);
    expect(answer).toContain('The request did not come in time.');
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(performance.now() - begun).toBeGreaterThan(requestTimeoutMs - 100);
    expect(performance.now() - begun).toBeLessThan(5000);
    expect((await service.inject('/healthz')).statusCode).toBe(200);
  });

  it('S14: has 15 seconds, and is looked at every second', async () => {
    const { service } = await start();
    expect(service.app.server).toMatchObject({ requestTimeout: 15_000, headersTimeout: 15_000 });
  });
});
