import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import {
  answering,
  apiKey,
  breakingOff,
  failing,
  hanging,
  ok,
  ownWords,
  resetting,
} from './test/fake-openai.js';
import { eventually, fakeTime, useHarness } from './test/harness.js';
import { sessionsPath } from './sessions/routes.js';
import { audience, issuer, sharedSecret, signShared } from './test/tokens.js';

const harness = useHarness();

describe('FR-011: neither key nor workflow', () => {
  it('FR-011: is in any answer or log line, whatever OpenAI says', async () => {
    const upstream = await harness.openAI();
    const behaviours = [
      ok(),
      ...[400, 401, 403, 404, 409, 410, 429, 500].map((status) => failing(status)),
      answering(`<h1>${ownWords} ${apiKey}</h1>`, 'text/html'),
      answering(`{"id":"${ownWords} ${apiKey}`),
      ok({ client_secret: null, workflow: { id: 'wf_x' } }),
      resetting,
      breakingOff,
      hanging,
    ];
    const env = { UPSTREAM_TIMEOUT_MS: '500', RATE_LIMIT_PER_MINUTE: String(behaviours.length) };
    const service = await harness.service(env, { upstream, ...fakeTime() });
    const codes = new Set<unknown>();
    for (const behaviour of [...behaviours, ok()]) {
      upstream.behave(behaviour);
      codes.add((await service.open()).json<{ code?: string }>().code ?? 'ok');
    }
    expect([...codes].sort()).toEqual([
      'ok',
      'rate_limited',
      'upstream_invalid_response',
      'upstream_rejected',
      'upstream_timeout',
      'upstream_unavailable',
      'workflow_unavailable',
    ]);
    for (const path of ['/', '/healthz', '/readyz', '/metrics', '/openapi.json', sessionsPath]) {
      await service.inject(path);
    }
    // The answers and lines are looked at when the test is over: here, that there are any.
    expect(service.logs.join('')).toContain('"code":"upstream_rejected"');
    expect(service.logs.join('')).toContain('"level":50');
  });

  it('FR-011: nor are client secrets, cookies and tokens in any log line', async () => {
    const upstream = await harness.openAI();
    const service = await harness.service(
      { AUTH: 'jwt', AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience, AUTH_JWT_SECRET: sharedSecret },
      { upstream },
    );
    const token = await signShared();
    for (const authorization of [`Bearer ${token}`, `Bearer ${token}x`, `Basic ${token}`]) {
      await service.open({ authorization, cookie: '__Host-taskpilot-visitor=a.b' });
      await service.inject({ url: `/?token=${token}`, headers: { authorization } });
    }
    const lines = service.logs.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.filter(({ req }) => req !== undefined).map(({ req }) => req)).toContainEqual({
      method: 'GET',
      path: '/',
    });
    expect(service.logs.join('')).not.toContain(token);
  });

  it('FR-011: nor is what a broken request brought', async () => {
    const service = await harness.service();
    const socket = connect(await service.listen(), '127.0.0.1');
    await once(socket, 'connect');
    socket.end(
      `GET / HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${apiKey}\r\nbad header\r\n\r\n`,
    );
    const answer = await text(socket);
    harness.saw(answer);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(service.logs.join('')).toContain('client error');
  });
});

describe('An address where nothing is', () => {
  it.each(['/nothing', '/%zz', `${sessionsPath}/a/b`, `/${'x'.repeat(5000)}?key=${apiKey}`])(
    'FR-010: is told as a problem: %s',
    async (url) => {
      const service = await harness.service();
      const response = await service.inject(url);
      expect([400, 404]).toContain(response.statusCode);
      expect(response.headers).toMatchObject({
        'content-type': expect.stringMatching(/^application\/problem\+json/) as string,
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'x-request-id': response.json<{ request_id: string }>().request_id,
      });
      expect(response.payload).not.toContain(url);
    },
  );
});

describe('What can only be read', () => {
  it.each(['/healthz', '/readyz', '/metrics', '/openapi.json'])(
    'tells so to who sends something: %s',
    async (url) => {
      const service = await harness.service();
      const response = await service.inject({ method: 'POST', url, payload: {} });
      expect(response.statusCode).toBe(405);
      expect(response.headers['allow']).toBe('GET, HEAD, OPTIONS');
      expect(response.json()).toMatchObject({ code: 'method_not_allowed' });
      expect((await service.inject({ method: 'HEAD', url })).statusCode).toBe(200);
    },
  );
});

describe('What is no request', () => {
  it.each([
    ['a header without a colon', 'GET / HTTP/1.1\r\nhost: x\r\nbad header\r\n\r\n', 'malformed'],
    ['TLS', '\x16\x03\x01\r\n\r\n', 'malformed'],
    ['long headers', `GET / HTTP/1.1\r\na: ${'x'.repeat(20_000)}\r\n\r\n`, 'headers'],
  ])('FR-010: is told as a problem, and hung up on: %s', async (_what, sent, reason) => {
    const service = await harness.service();
    const socket = connect(await service.listen(), '127.0.0.1');
    await once(socket, 'connect');
    socket.write(sent);
    const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 400 Bad request\r\n/);
    expect(head).toContain('\r\ncontent-type: application/problem+json; charset=utf-8\r\n');
    const problem = JSON.parse(body) as Record<string, unknown>;
    expect(problem).toMatchObject({ status: 400, code: 'bad_request', retryable: false });
    expect(problem['detail']).toContain(reason);
    expect(head).toContain(`\r\nx-request-id: ${String(problem['request_id'])}`);
  });
});

describe('Every answer', () => {
  it('has security headers', async () => {
    const upstream = await harness.openAI();
    const service = await harness.service({}, { upstream });
    for (const response of [await service.open(), await service.inject('/healthz')]) {
      expect(response.headers).toMatchObject({
        'content-security-policy': "default-src 'none';frame-ancestors 'none'",
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'SAMEORIGIN',
        'referrer-policy': 'no-referrer',
      });
      expect(response.headers).not.toHaveProperty('strict-transport-security');
      expect(response.headers).not.toHaveProperty('x-powered-by');
    }
  });

  it('asks for https in production, of this host alone', async () => {
    const service = await harness.service({
      NODE_ENV: 'production',
      AUTH: 'anonymous',
      SESSION_SECRET: 'a-secret-for-tests-only-0123456789abcdef',
    });
    const { headers } = await service.inject('/healthz');
    expect(headers['strict-transport-security']).toBe('max-age=31536000');
  });

  it.each(['visit-0001', 'a1b2c3d4-e5f6_7'])('takes over a harmless request id: %s', async (id) => {
    const service = await harness.service();
    const response = await service.inject({ url: '/healthz', headers: { 'x-request-id': id } });
    expect(response.headers['x-request-id']).toBe(id);
    expect(service.logs.join('')).toContain(`"reqId":"${id}"`);
  });

  it.each(['short', 'x'.repeat(65), 'a b c d e f', '{"level":60}', '../../etc', ''])(
    'makes an id up instead of %j',
    async (id) => {
      const service = await harness.service();
      const response = await service.inject({ url: '/healthz', headers: { 'x-request-id': id } });
      expect(response.headers['x-request-id']).toMatch(/^[\da-f]{8}-[\da-f-]{27}$/);
    },
  );
});

describe('A client that is slow', () => {
  it('cannot hold a connection for ever, and one that waits for us is not cut off', async () => {
    const { app } = await harness.service({ UPSTREAM_TIMEOUT_MS: '60000' });
    // Time to send a whole request; silence on a connection; and between two requests.
    expect(app.server.requestTimeout).toBe(15_000);
    expect(app.server.timeout).toBe(120_000);
    expect(app.server.keepAliveTimeout).toBe(72_000);
  });

  it('does not hold up a shutdown with a body that does not come', async () => {
    const service = await harness.service();
    const socket = connect(await service.listen(), '127.0.0.1');
    socket.on('error', () => undefined).resume();
    const begun = once(service.app.server, 'request');
    socket.write(`POST ${sessionsPath} HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n`);
    socket.write('content-type: application/json\r\n\r\n{');
    await begun;
    const gone = once(socket, 'close');
    await service.app.close();
    await gone;
  });

  it.each(['', 'POST /healthz HT', 'GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n'])(
    'does not hold up a shutdown: %j',
    async (sent) => {
      const service = await harness.service();
      const socket = connect(await service.listen(), '127.0.0.1');
      await once(socket, 'connect');
      socket.resume().write(sent);
      if (sent.endsWith('\n')) await once(socket, 'data');
      const gone = new Promise<void>((resolve) => socket.once('close', () => resolve()));
      socket.on('error', () => undefined);
      await service.app.close();
      await gone;
    },
  );
});

describe('A connection that was made before a shutdown', () => {
  it('brings its request after the begin of it, and has the answer', async () => {
    const service = await harness.service();
    const port = await service.listen();
    const connected = once(service.app.server, 'connection');
    const socket = connect(port, '127.0.0.1');
    await connected;
    const closed = service.app.close();
    await eventually(() => expect(service.app.server.listening).toBe(false));
    socket.write('GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n');
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1.1 200 /);
    expect(answer).toMatch(/connection: close/i);
    await closed;
  });
});

describe('A service without memory to spare', () => {
  it('refuses at once, and says when to come again; its liveness is not in question', async () => {
    const upstream = await harness.openAI();
    const service = await harness.service({}, { upstream, maxHeapUsedBytes: 1 });
    await eventually(async () => {
      const response = await service.open();
      expect(response.statusCode).toBe(503);
      expect(response.json()).toMatchObject({ code: 'overloaded', retryable: true });
      expect(response.headers['retry-after']).toBe('10');
    });
    expect((await service.inject('/healthz')).statusCode).toBe(200);
  });
});

describe('GET /metrics', () => {
  it('has the figures of the process beside those of the service', async () => {
    const service = await harness.service();
    const { payload } = await service.inject('/metrics');
    expect(payload).toContain('process_resident_memory_bytes');
    expect(payload).toContain('taskpilot_sessions_in_flight 0');
  });
});
