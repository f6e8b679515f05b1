import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  answering,
  apiKey,
  endless,
  failing,
  hanging,
  hangingInBody,
  ok,
  type Behaviour,
} from '../test/fake-openai.js';
import { expectRefusal, sessionsPath, useTarget } from './test/target.js';

const target = useTarget({
  env: { CHATKIT_BACKENDS: 'hosted', UPSTREAM_TIMEOUT_MS: '600', MAX_IN_FLIGHT: '8' },
  // Faster retries; the deadline stays.
  random: () => 0,
});
beforeEach(() => target.upstream.behave(ok()));
afterAll(() => target.upstream.behave(ok()));

/** The target of a redirect in the upstream answers; it records what is sent to it. */
let stolen: string[] = [];
let thief = '';
const thieves = createServer((request, response) => {
  stolen.push(JSON.stringify([request.url, request.headers]));
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ id: 'cksess_evil', client_secret: 'ek_evil', expires_at: 9e9 }));
});
beforeAll(async () => {
  await new Promise<void>((resolve) => thieves.listen(0, '127.0.0.1', resolve));
  thief = `http://localhost:${(thieves.address() as AddressInfo).port}`;
});
afterAll(() => void thieves.close());

const json = 'application/json';
const good = () => ({
  id: 'cksess_1',
  client_secret: 'ek_x',
  expires_at: Math.floor(Date.now() / 1000) + 60,
});

describe('An answer of OpenAI without a usable secret is 502, and nothing of it goes on', () => {
  it.each<[string, () => Behaviour]>([
    ['no JSON', () => answering('<html>sorry</html>', 'text/html')],
    ['nothing', () => answering('')],
    ['cut JSON', () => answering('{"id":"cksess_1","client_secret":"ek')],
    ['null', () => answering('null')],
    ['a list', () => answering(JSON.stringify([good()]))],
    ['a text', () => answering('"ek_x"')],
    ['gzip that nobody asked for', () => answering(gzipSync('{}').toString('latin1'))],
    ['event stream', () => answering(`data: ${JSON.stringify(good())}\n\n`, 'text/event-stream')],
    ['everything in a prototype', () => answering(`{"__proto__":${JSON.stringify(good())}}`)],
    ['an endless text', () => endless],
    ['2 MB', () => answering(JSON.stringify({ ...good(), more: 'x'.repeat(2_000_000) }))],
    ['no secret', () => ok({ client_secret: undefined })],
    ['an empty secret', () => ok({ client_secret: '' })],
    ['a secret that is an object', () => ok({ client_secret: { toString: 'ek_x' } })],
    ['a secret that is a list', () => ok({ client_secret: ['ek_x'] })],
    ['no id', () => ok({ id: null })],
    ['an id that is a number', () => ok({ id: 7 })],
    ['no end', () => ok({ expires_at: undefined })],
    ['an end that is a text', () => ok({ expires_at: '9999999999' })],
    ['an end in the past', () => ok({ expires_at: 1 })],
    ['an end that is no number', () => ok({ expires_at: NaN })],
    [
      'an end beyond all numbers',
      () => answering(JSON.stringify(good()).replace(/\d+}$/, '1e999}')),
    ],
  ])('%s', async (_, behaviour) => {
    target.upstream.behave(behaviour());
    expectRefusal(await target.service.open(), 502, 'upstream_invalid_response');
  });
});

describe('A refusal of OpenAI', () => {
  it.each([
    [400, 502, 'upstream_rejected'],
    [401, 502, 'upstream_rejected'],
    [402, 502, 'upstream_rejected'],
    [404, 502, 'workflow_unavailable'],
    [418, 502, 'upstream_rejected'],
    [429, 503, 'upstream_unavailable'],
    [500, 503, 'upstream_unavailable'],
    [502, 503, 'upstream_unavailable'],
    [503, 503, 'upstream_unavailable'],
    [599, 503, 'upstream_unavailable'],
  ])('with %i is %i %s, without its words', async (upstream, status, code) => {
    target.upstream.behave(failing(upstream));
    expectRefusal(await target.service.open(), status, code);
  });

  it.each([
    ['-1', 503],
    ['NaN', 503],
    ['1e308', 503],
    ['99999999999999999999', 503],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 503],
    ['0; DROP', 503],
  ])('with retry-after: %s gives a number of seconds, a day at most', async (value, status) => {
    target.upstream.behave(failing(503, { 'retry-after': value }));
    const answer = await target.service.open();
    expectRefusal(answer, status, 'upstream_unavailable');
    expect(answer.headers['retry-after']).toMatch(/^\d{1,5}$/);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect(Number(answer.headers['retry-after'])).toBeLessThanOrEqual(86_400);
  });

  it.each([
    ['never answers', hanging],
    ['stops in its answer', hangingInBody],
  ])('that %s ends at the deadline', async (_, behaviour) => {
    target.upstream.behave(behaviour);
    expectRefusal(await target.service.open(), 504, 'upstream_timeout');
  });

  it('that takes all places refuses the others at once, and the places come back', async () => {
    target.upstream.behave(hanging);
    const all = await Promise.all(Array.from({ length: 20 }, () => target.service.open()));
    const codes = all.map((answer) => answer.json<{ code: string }>().code).sort();
    expect(codes).toEqual([
      ...Array<string>(12).fill('overloaded'),
      ...Array<string>(8).fill('upstream_timeout'),
    ]);
    target.upstream.behave(ok());
    expect((await target.service.open()).statusCode).toBe(200);
  });
});

describe('The key goes to OpenAI alone', () => {
  it.each([301, 302, 303, 307, 308])('not to where a %i leads', async (status) => {
    stolen = [];
    target.upstream.behave((response) => {
      response.writeHead(status, { location: `${thief}/v1/chatkit/sessions` }).end();
    });
    expectRefusal(await target.service.open(), 502, 'upstream_rejected');
    expect(stolen).toEqual([]);
  });

  it.each<[string, Readonly<Record<string, string>>]>([
    ['refresh', { refresh: `0; url=THIEF` }],
    ['alt-svc', { 'alt-svc': `h2="THIEF"` }],
    ['content-location', { 'content-location': 'THIEF' }],
    ['link', { link: '<THIEF>; rel=next' }],
  ])('not to where %s leads', async (_, headers) => {
    stolen = [];
    target.upstream.behave((response) => {
      const led = Object.entries(headers).map(([name, value]): [string, string] => [
        name,
        value.replace('THIEF', thief),
      ]);
      response.writeHead(200, { 'content-type': json, ...Object.fromEntries(led) });
      response.end(JSON.stringify(good()));
    });
    expect((await target.service.open()).statusCode).toBe(200);
    expect((await target.service.open()).statusCode).toBe(200);
    expect(stolen).toEqual([]);
  });

  it.each<[string, Readonly<Record<string, string>>, string]>([
    ['in the body', {}, 'BODY'],
    ['in x-base-url', { 'x-base-url': 'THIEF', 'x-openai-base-url': 'THIEF' }, '{}'],
    ['in the host', { host: 'THIEF' }, '{}'],
    ['in x-forwarded-host', { 'x-forwarded-host': 'THIEF', 'x-forwarded-proto': 'http' }, '{}'],
  ])('not to where a visitor says, %s', async (_, headers, body) => {
    stolen = [];
    const host = thief.replace('http://', '');
    const given = Object.entries(headers).map(([name, value]) => [
      name,
      value.replace('THIEF', host),
    ]);
    const payload = body.replace(
      'BODY',
      JSON.stringify({ base_url: thief, baseURL: thief, url: thief }),
    );
    const answer = await target.service.open(
      Object.fromEntries(given) as Record<string, string>,
      payload,
    );
    expect(answer.statusCode).toBe(200);
    expect(stolen).toEqual([]);
  });
});

describe('What OpenAI adds', () => {
  it('stays here: fields, headers and cookies', async () => {
    target.upstream.behave((response) => {
      response.writeHead(200, {
        'content-type': json,
        'set-cookie': 'upstream=1',
        'x-upstream': 'seen',
        'access-control-allow-origin': '*',
        'cache-control': 'public, max-age=99999',
      });
      response.end(
        JSON.stringify({ ...good(), workflow: { id: 'wf_x' }, api: { url: thief }, visitor: 'x' }),
      );
    });
    const answer = await target.service.open();
    expect(answer.statusCode).toBe(200);
    expect(Object.keys(answer.json<object>())).toEqual([
      'client_secret',
      'session_id',
      'expires_at',
      'visitor',
    ]);
    expect(answer.json<{ visitor: string }>().visitor).not.toBe('x');
    expect(answer.headers['set-cookie']).toMatch(/^__Host-taskpilot-visitor=/);
    expect(answer.headers).not.toHaveProperty('x-upstream');
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it.each([
    ['a/../../files/x', '/v1/chatkit/sessions/a%2F..%2F..%2Ffiles%2Fx/cancel'],
    ['x?admin=1#y', '/v1/chatkit/sessions/x%3Fadmin=1%23y/cancel'],
    ['x\r\nx-injected: 1', '/v1/chatkit/sessions/x%0D%0Ax-injected:%201/cancel'],
    ['%2e%2e%2fx', '/v1/chatkit/sessions/%252e%252e%252fx/cancel'],
  ])('as an id leads nowhere else when the session is ended: %j', async (id, path) => {
    target.upstream.behave(ok({ id }));
    const session = await target.open();
    expect(session.session_id).toBe(id);
    target.upstream.behave(ok());
    const answer = await target.inject({
      method: 'DELETE',
      url: `${sessionsPath}/${encodeURIComponent(id)}`,
      headers: { cookie: session.cookie },
    });
    expect(answer.statusCode).toBe(204);
    const call = target.upstream.calls.at(-1);
    expect([call?.method, call?.path]).toEqual(['POST', path]);
    expect(call?.headers).not.toHaveProperty('x-injected');
    expect(call?.headers.authorization).toBe(`Bearer ${apiKey}`);
  });
});
