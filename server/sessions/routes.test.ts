import type { InjectOptions } from 'fastify';
import { describe, expect, it } from 'vitest';
import { failing, hanging, ok } from '../test/fake-openai.js';
import { eventually, useHarness } from '../test/harness.js';
import { sessionsPath } from './routes.js';

const harness = useHarness();

const asHeader = { AUTH: 'header', AUTH_HEADER: 'x-user', TRUST_PROXY: 'loopback' };
const json = { 'content-type': 'application/json' };

async function setUp(env: Readonly<Record<string, string>> = {}) {
  const upstream = await harness.openAI();
  const service = await harness.service(env, { upstream });
  return { upstream, service };
}

describe('POST /api/chatkit/sessions', () => {
  it('FR-002: answers client_secret, session_id, expires_at and the visitor’s token, and nothing else', async () => {
    const { upstream, service } = await setUp();
    upstream.behave(ok({ expires_at: 4_000_000_000.5, user: 'x', workflow: { id: 'wf_x' } }));
    const response = await service.open();
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(response.headers['cache-control']).toBe('no-store');
    expect(response.json()).toEqual({
      client_secret: expect.stringMatching(/^ek_1_of_anon_/) as string,
      session_id: 'cksess_1',
      expires_at: 4_000_000_000,
      visitor: expect.stringMatching(/^[\w-]{36}\.[\w+/]{43}$/) as string,
    });
  });

  it.each(['{}', '{"user":"eve","workflow_id":"wf_eve","__proto__":{"x":1}}', '', ' {} '])(
    'takes %j',
    async (payload) => {
      const { service } = await setUp();
      expect((await service.open({}, payload)).statusCode).toBe(200);
    },
  );

  it.each<[string, Omit<InjectOptions, 'url'>, number, string]>([
    ['null', { headers: json, payload: 'null' }, 400, 'bad_request'],
    ['an array', { headers: json, payload: '[]' }, 400, 'bad_request'],
    ['a text', { headers: json, payload: '"{}"' }, 400, 'bad_request'],
    ['a number', { headers: json, payload: '1' }, 400, 'bad_request'],
    ['broken JSON', { headers: json, payload: '{' }, 400, 'bad_request'],
    ['compressed JSON', { headers: json, payload: Buffer.from([31, 139, 8]) }, 400, 'bad_request'],
    ['4097 bytes', { headers: json, payload: `{${' '.repeat(4095)}}` }, 413, 'payload_too_large'],
    [
      'text/plain',
      { headers: { 'content-type': 'text/plain' }, payload: '{}' },
      415,
      'unsupported_media_type',
    ],
    [
      'a form',
      { headers: { 'content-type': 'application/x-www-form-urlencoded' }, payload: 'a=b' },
      415,
      'unsupported_media_type',
    ],
    [
      'what only looks like JSON',
      { headers: { 'content-type': 'application/jsonp' }, payload: '{}' },
      415,
      'unsupported_media_type',
    ],
    [
      'an odd type',
      { headers: { 'content-type': ';;' }, payload: '{}' },
      415,
      'unsupported_media_type',
    ],
    ['no type', { headers: {}, payload: Buffer.from('{}') }, 415, 'unsupported_media_type'],
    ['nothing at all', {}, 415, 'unsupported_media_type'],
  ])('FR-010: refuses %s', async (_, options, status, code) => {
    const { upstream, service } = await setUp();
    const response = await service.inject({ method: 'POST', url: sessionsPath, ...options });
    expect(response.statusCode).toBe(status);
    expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(response.json()).toMatchObject({ code, status, retryable: false });
    expect(upstream.calls).toEqual([]);
  });

  it('takes exactly 4096 bytes', async () => {
    const { service } = await setUp();
    expect((await service.open({}, `{${' '.repeat(4094)}}`)).statusCode).toBe(200);
  });

  it('counts the bytes of a body that does not say its length', async () => {
    const { upstream, service } = await setUp();
    const port = await service.listen();
    const answer = await fetch(`http://127.0.0.1:${port}${sessionsPath}`, {
      method: 'POST',
      headers: json,
      duplex: 'half',
      body: new ReadableStream({
        pull(controller) {
          controller.enqueue(Buffer.alloc(1024, ' '));
        },
      }),
    });
    expect(answer.status).toBe(413);
    expect(upstream.calls).toEqual([]);
  });

  it('takes a body that does not say its length, when it is small', async () => {
    const { service } = await setUp();
    const port = await service.listen();
    const answer = await fetch(`http://127.0.0.1:${port}${sessionsPath}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=UTF-8' },
      duplex: 'half',
      body: new Blob(['{}']).stream(),
    });
    expect(answer.status).toBe(200);
  });

  it('looks at the origin before the user, and at the user before the body', async () => {
    const { service } = await setUp(asHeader);
    const wrong = { origin: 'https://evil.example', 'content-type': 'text/plain' };
    const code = async (headers: Readonly<Record<string, string>>) =>
      (await service.open(headers, '{')).json<{ code: string }>().code;
    expect(await code(wrong)).toBe('origin_not_allowed');
    expect(await code({ 'content-type': 'text/plain' })).toBe('unauthenticated');
    expect(await code({ 'content-type': 'text/plain', 'x-user': 'ann' })).toBe(
      'unsupported_media_type',
    );
    expect(await code({ 'x-user': 'ann' })).toBe('bad_request');
  });

  it('FR-010: with too much under way, says so at once', async () => {
    const { upstream, service } = await setUp({ MAX_IN_FLIGHT: '2', UPSTREAM_TIMEOUT_MS: '800' });
    upstream.behave(hanging);
    const waiting = [service.open(), service.open()];
    await eventually(() => expect(upstream.calls).toHaveLength(2));
    const response = await service.open();
    expect(response.statusCode).toBe(503);
    expect(response.json()).toMatchObject({ code: 'overloaded', retryable: true });
    expect(response.headers['retry-after']).toBe('1');
    for (const answer of await Promise.all(waiting)) expect(answer.statusCode).toBe(504);
    upstream.behave(ok());
    expect((await service.open()).statusCode).toBe(200);
  });

  it('FR-010 / SC-008: every failure says what, why, whether to try again, and who was asked', async () => {
    const { upstream, service } = await setUp();
    upstream.behave(failing(401));
    const response = await service.open({ 'x-request-id': 'visit-0001' });
    expect(response.json()).toEqual({
      type: 'urn:taskpilot-chat:problem:upstream_rejected',
      title: 'OpenAI refused the request',
      status: 502,
      detail: 'OpenAI refused the API key. Check OPENAI_API_KEY.',
      code: 'upstream_rejected',
      request_id: 'visit-0001',
      retryable: false,
    });
    expect(response.headers).toMatchObject({
      'cache-control': 'no-store',
      'x-request-id': 'visit-0001',
      'x-content-type-options': 'nosniff',
    });
  });
});

describe('Other methods', () => {
  it.each(['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE'] as const)(
    '%s is not taken for a session to open',
    async (method) => {
      const { service } = await setUp();
      const response = await service.inject({
        method,
        url: sessionsPath,
        headers: { 'content-type': 'text/plain' },
        ...(method === 'PUT' && { payload: 'x' }),
      });
      expect(response.statusCode).toBe(405);
      expect(response.headers['allow']).toBe('POST, OPTIONS');
      if (method !== 'HEAD') expect(response.json()).toMatchObject({ code: 'method_not_allowed' });
    },
  );

  it('GET of a session is not taken', async () => {
    const { service } = await setUp();
    const response = await service.inject(`${sessionsPath}/cksess_1`);
    expect(response.statusCode).toBe(405);
    expect(response.headers['allow']).toBe('DELETE, OPTIONS');
  });
});

describe('DELETE /api/chatkit/sessions/{session_id}', () => {
  const as = (user: string) => ({ 'x-user': user });

  it("ends the caller's own session, once", async () => {
    const { upstream, service } = await setUp(asHeader);
    const { session_id } = (await service.open(as('ann'))).json<{ session_id: string }>();
    const end = () =>
      service.inject({
        method: 'DELETE',
        url: `${sessionsPath}/${session_id}`,
        headers: as('ann'),
      });
    const response = await end();
    expect(response.statusCode).toBe(204);
    expect(response.payload).toBe('');
    expect(upstream.calls.at(-1)).toMatchObject({
      method: 'POST',
      path: `/v1/chatkit/sessions/${session_id}/cancel`,
      headers: { 'openai-beta': 'chatkit_beta=v1' },
    });
    expect((await end()).statusCode).toBe(404);
    expect(upstream.calls).toHaveLength(2);
  });

  it.each(['cksess_1', 'cksess_2', '..%2Fthreads', '%00', 'x'.repeat(99), 'x'.repeat(500)])(
    "does not know anybody else's session, or none: %s",
    async (id) => {
      const { upstream, service } = await setUp(asHeader);
      await service.open(as('ann'));
      const response = await service.inject({
        method: 'DELETE',
        url: `${sessionsPath}/${id}`,
        headers: as('bob'),
      });
      expect(response.statusCode).toBe(404);
      expect(response.json()).toMatchObject({ code: 'not_found' });
      expect(upstream.calls).toHaveLength(1);
    },
  );

  it.each([
    [404, 204],
    [410, 204],
    [401, 502],
  ])('OpenAI’s %i is %i', async (upstreamStatus, status) => {
    const { upstream, service } = await setUp(asHeader);
    upstream.behave(ok(), failing(upstreamStatus));
    await service.open(as('ann'));
    const response = await service.inject({
      method: 'DELETE',
      url: `${sessionsPath}/cksess_1`,
      headers: as('ann'),
    });
    expect(response.statusCode).toBe(status);
  });

  it('needs a user, and makes none up', async () => {
    const { service } = await setUp(asHeader);
    const request = { method: 'DELETE', url: `${sessionsPath}/cksess_1` } as const;
    expect((await service.inject(request)).statusCode).toBe(401);
    const { service: anonymous } = await setUp();
    const response = await anonymous.inject(request);
    expect(response.statusCode).toBe(404);
    expect(response.headers).not.toHaveProperty('set-cookie');
  });

  it('a visitor with a cookie ends their session', async () => {
    const { service } = await setUp();
    const opened = await service.open();
    const cookie = String(opened.headers['set-cookie']).split(';')[0] ?? '';
    const response = await service.inject({
      method: 'DELETE',
      url: `${sessionsPath}/cksess_1`,
      headers: { cookie },
    });
    expect(response.statusCode).toBe(204);
  });

  it.each<[string, Omit<InjectOptions, 'url'>, number]>([
    ['no body', {}, 204],
    ['an empty body', { headers: json }, 204],
    ['what the visitor’s token is in', { headers: json, payload: '{"visitor":"x"}' }, 204],
    ['an array', { headers: json, payload: '[]' }, 400],
    ['broken JSON', { headers: json, payload: '{' }, 400],
    ['4097 bytes', { headers: json, payload: `{${' '.repeat(4095)}}` }, 413],
    ['a text', { headers: { 'content-type': 'text/plain' }, payload: '{}' }, 415],
  ])('W28: takes the body of a small JSON object, or none: %s', async (_what, sent, status) => {
    const { service } = await setUp(asHeader);
    await service.open(as('ann'));
    const response = await service.inject({
      ...sent,
      method: 'DELETE',
      url: `${sessionsPath}/cksess_1`,
      headers: { ...as('ann'), ...sent.headers },
    });
    expect(response.statusCode).toBe(status);
  });

  it('S20: is described with its body, as POST is', async () => {
    const { service } = await setUp();
    const { paths } = (await service.inject('/openapi.json')).json<{
      paths: Record<string, Record<string, { requestBody?: unknown; responses: object }>>;
    }>();
    const post = paths[sessionsPath]?.['post'];
    const { delete: end } = paths[`${sessionsPath}/{id}`] ?? {};
    for (const operation of [post, end]) {
      expect(JSON.stringify(operation?.requestBody)).toContain('"visitor":{');
      expect(Object.keys(operation?.responses ?? {})).toEqual(
        expect.arrayContaining(['400', '413', '415']),
      );
    }
  });

  it('is refused for pages of other origins', async () => {
    const { service } = await setUp(asHeader);
    await service.open(as('ann'));
    const response = await service.inject({
      method: 'DELETE',
      url: `${sessionsPath}/cksess_1`,
      headers: { ...as('ann'), origin: 'https://evil.example' },
    });
    expect(response.json()).toMatchObject({ code: 'origin_not_allowed' });
  });
});
