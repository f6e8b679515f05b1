import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import {
  answering,
  apiKey,
  breakingOff,
  endless,
  failing,
  hanging,
  hangingInBody,
  ok,
  resetting,
  type Behaviour,
} from '../test/fake-openai.js';
import { eventually, fakeTime, useHarness } from '../test/harness.js';

const harness = useHarness();

/** A service whose waiting costs no time, before an OpenAI that does as told. */
async function setUp(behaviours: readonly Behaviour[], env: Readonly<Record<string, string>> = {}) {
  const upstream = await harness.openAI();
  const [first = ok(), ...rest] = behaviours;
  upstream.behave(first, ...rest);
  const time = fakeTime();
  const service = await harness.service(env, { upstream, ...time });
  return { upstream, time, service };
}

describe('A session at OpenAI', () => {
  it('FR-001: is made through the OpenAI SDK, for a user whom the service names', async () => {
    const { upstream, service } = await setUp([]);
    const response = await service.open({}, '{"user":"eve","workflow":{"id":"wf_eve"}}');
    expect(response.statusCode).toBe(200);
    expect(upstream.calls).toHaveLength(1);
    expect(upstream.calls[0]).toMatchObject({
      method: 'POST',
      path: '/v1/chatkit/sessions',
      headers: {
        authorization: `Bearer ${apiKey}`,
        'openai-beta': 'chatkit_beta=v1',
        'user-agent': expect.stringMatching(/^OpenAI\/JS /) as string,
      },
      body: {
        user: expect.stringMatching(/^anon_[\w-]{36}$/) as string,
        workflow: { id: 'wf_6946b383d368819081b556e6e5fa66330d48d0c9ea4fccd8' },
      },
    });
    expect(Object.keys(upstream.calls[0]?.body as object).sort()).toEqual(['user', 'workflow']);
  });

  it('FR-008 / SC-006: carries the default workflow, every time', async () => {
    const { upstream, service } = await setUp([failing(500), ok()]);
    await Promise.all([service.open(), service.open({}, '{"workflow":{"id":"wf_other"}}')]);
    expect(upstream.calls).toHaveLength(3);
    for (const { body } of upstream.calls) {
      expect(body).toMatchObject({
        workflow: { id: 'wf_6946b383d368819081b556e6e5fa66330d48d0c9ea4fccd8' },
      });
    }
  });

  it('FR-008: carries the workflow that the operator sets', async () => {
    const { upstream, service } = await setUp([], { CHATKIT_WORKFLOW_ID: 'wf_mine' });
    const response = await service.open();
    expect(upstream.calls[0]?.body).toMatchObject({ workflow: { id: 'wf_mine' } });
    expect(response.payload + JSON.stringify(response.headers)).not.toContain('wf_mine');
    expect(service.logs.join()).not.toContain('wf_mine');
  });

  it('lives as long as the operator says', async () => {
    const { upstream, service } = await setUp([], { SESSION_TTL_SECONDS: '120' });
    await service.open();
    expect(upstream.calls[0]?.body).toMatchObject({
      expires_after: { anchor: 'created_at', seconds: 120 },
    });
  });

  it('A5: asks for file_upload where the operator allows it, and only then', async () => {
    const { upstream, service } = await setUp([], {
      HOSTED_ATTACHMENTS: 'on',
      ATTACHMENT_MAX_MB: '7',
      ATTACHMENT_MAX_COUNT: '3',
    });
    const allowed = await service.open();
    expect(upstream.calls[0]?.body).toMatchObject({
      chatkit_configuration: {
        // In megabytes, and files of all messages of the session.
        file_upload: { enabled: true, max_file_size: 7, max_files: 30 },
      },
    });
    expect(allowed.json()).toMatchObject({ offers: ['attachments'] });
    const other = await setUp([]);
    const usual = await other.service.open({}, '{"file_upload":true}');
    expect(other.upstream.calls[0]?.body).not.toHaveProperty('chatkit_configuration');
    expect(usual.json()).not.toHaveProperty('offers');
  });

  it('FR-009: is never asked for without a key', async () => {
    const { upstream, service } = await setUp([], { OPENAI_API_KEY: '' });
    const response = await service.open();
    expect(response.statusCode).toBe(503);
    expect(response.json()).toMatchObject({ code: 'not_configured', retryable: false });
    expect(upstream.calls).toEqual([]);
  });
});

describe('What OpenAI answers', () => {
  it.each([
    [400, 502, 'upstream_rejected'],
    [401, 502, 'upstream_rejected'],
    [403, 502, 'upstream_rejected'],
    [404, 502, 'workflow_unavailable'],
    [410, 502, 'workflow_unavailable'],
    [422, 502, 'upstream_rejected'],
  ])('FR-010 / SC-008: %i is told as %i %s, at once', async (upstreamStatus, status, code) => {
    const { upstream, service } = await setUp([failing(upstreamStatus)]);
    const response = await service.open();
    expect(response.statusCode).toBe(status);
    expect(response.json()).toMatchObject({ code, retryable: false });
    expect(response.headers).not.toHaveProperty('retry-after');
    expect(upstream.calls).toHaveLength(1);
    expect(service.logs.join('')).toContain(`"upstreamStatus":${upstreamStatus}`);
  });

  it('Edge: key invalid: the operator is told what to check, the caller not to try again', async () => {
    const { service } = await setUp([failing(401)]);
    const response = await service.open();
    expect(response.json()).toMatchObject({
      code: 'upstream_rejected',
      detail: 'OpenAI refused the API key. Check OPENAI_API_KEY.',
      retryable: false,
    });
  });

  it.each([
    ['409', failing(409)],
    ['429', failing(429)],
    ['500', failing(500)],
    ['503', failing(503)],
    ['a reset connection', resetting],
    ['an answer that breaks off', breakingOff],
  ])('FR-010: %s is tried three times, then 503 upstream_unavailable', async (_, behaviour) => {
    const { upstream, time, service } = await setUp([behaviour]);
    const response = await service.open();
    expect(response.statusCode).toBe(503);
    expect(response.json()).toMatchObject({ code: 'upstream_unavailable', retryable: true });
    expect(response.headers['retry-after']).toBe('5');
    expect(upstream.calls).toHaveLength(3);
    expect(time.waits).toEqual([150, 300]);
  });

  it.each([
    ['500', failing(500)],
    ['429', failing(429)],
    ['a reset connection', resetting],
    ['an answer that breaks off', breakingOff],
  ])('%s is forgotten when the next try succeeds', async (_, behaviour) => {
    const { upstream, service } = await setUp([behaviour, behaviour, ok()]);
    expect((await service.open()).statusCode).toBe(200);
    expect(upstream.calls).toHaveLength(3);
  });

  it.each([
    ['HTML', answering('<h1>Bad gateway</h1>', 'text/html')],
    ['no JSON', answering('{"id":')],
    ['null', answering('null')],
    ['an array', answering('[]')],
    ['nothing', answering('')],
    ['no secret', ok({ client_secret: undefined })],
    ['an empty secret', ok({ client_secret: '' })],
    ['no id', ok({ id: undefined })],
    ['no expiry', ok({ expires_at: null })],
    ['an endless secret', answering('{"id":"a","client_secret":"ek_1","expires_at":1e999}')],
    ['an expired secret', ok({ expires_at: Math.floor(Date.now() / 1000) - 1 })],
    ['more than any session has', endless],
  ])('FR-010: %s is told as 502 upstream_invalid_response', async (_, behaviour) => {
    const { upstream, service } = await setUp([behaviour]);
    const response = await service.open();
    expect(response.statusCode).toBe(502);
    expect(response.json()).toMatchObject({ code: 'upstream_invalid_response' });
    expect(upstream.calls).toHaveLength(1);
  });

  it('an endless answer is not read to its end', async () => {
    const { upstream, service } = await setUp([endless]);
    await service.open();
    await eventually(() => expect(upstream.givenUp).toBe(1));
  });

  it('FR-010: nobody at the address is told as 503 upstream_unavailable', async () => {
    const time = fakeTime();
    const service = await harness.service({}, time);
    const response = await service.open();
    expect(response.statusCode).toBe(503);
    expect(response.json()).toMatchObject({ code: 'upstream_unavailable' });
    expect(time.waits).toHaveLength(2);
  });

  it('FR-010: a redirect or an odd status is no error of ours', async () => {
    const { service } = await setUp([failing(302), failing(999), failing(999), failing(999)]);
    expect((await service.open()).json()).toMatchObject({ code: 'upstream_rejected' });
    expect((await service.open()).json()).toMatchObject({ code: 'upstream_unavailable' });
  });
});

describe('Waiting for another try', () => {
  it('has jitter', async () => {
    const chances = [0, 0.999];
    const { upstream, time } = await setUp([failing(500)]);
    const random = () => chances.shift() ?? 0;
    const service = await harness.service({}, { upstream, ...time, random });
    await service.open();
    expect(time.waits.map(Math.round)).toEqual([75, 450]);
  });

  it.each([
    [{ 'retry-after': '2' }, 2000],
    [{ 'retry-after-ms': '1234', 'retry-after': '7' }, 1234],
    [{ 'retry-after': '0' }, 150],
    [{ 'retry-after': '-3' }, 150],
    [{ 'retry-after': 'soon' }, 150],
    [{ 'retry-after-ms': '' }, 150],
  ])('is as long as OpenAI asks: %j', async (headers, wait) => {
    const { time, service } = await setUp([failing(429, headers), ok()]);
    expect((await service.open()).statusCode).toBe(200);
    expect(time.waits).toEqual([wait]);
  });

  it('understands a date', async () => {
    const upstream = await harness.openAI();
    const time = fakeTime(Math.ceil(Date.now() / 1000) * 1000);
    const date = new Date(time.now() + 3000).toUTCString();
    upstream.behave(failing(503, { 'retry-after': date }), ok());
    const service = await harness.service({}, { upstream, ...time });
    expect((await service.open()).statusCode).toBe(200);
    expect(time.waits).toEqual([3000]);
  });

  it('ends at once when OpenAI asks for more than the deadline leaves, and passes it on', async () => {
    const { upstream, time, service } = await setUp([failing(429, { 'retry-after': '30' })]);
    const response = await service.open();
    expect(response.statusCode).toBe(503);
    expect(response.json()).toMatchObject({ code: 'upstream_unavailable' });
    expect(response.headers['retry-after']).toBe('30');
    expect(upstream.calls).toHaveLength(1);
    expect(time.waits).toEqual([]);
  });

  it('never passes on more than a day', async () => {
    const { service } = await setUp([failing(503, { 'retry-after': '99999999999999999999999' })]);
    expect((await service.open()).headers['retry-after']).toBe('86400');
  });

  it('does not begin a try that cannot end in time', async () => {
    const { upstream, time, service } = await setUp([failing(500)], { UPSTREAM_TIMEOUT_MS: '400' });
    expect((await service.open()).json()).toMatchObject({ code: 'upstream_unavailable' });
    expect(upstream.calls).toHaveLength(2);
    expect(time.waits).toEqual([150]);
  });
});

describe('The deadline', () => {
  it.each([
    ['no answer', hanging],
    ['half an answer', hangingInBody],
  ])('FR-010: %s in time is told as 504 upstream_timeout', async (_, behaviour) => {
    const { upstream, service } = await setUp([behaviour], { UPSTREAM_TIMEOUT_MS: '150' });
    const response = await service.open();
    expect(response.statusCode).toBe(504);
    expect(response.json()).toMatchObject({ code: 'upstream_timeout', retryable: true });
    expect(response.headers['retry-after']).toBe('5');
    await eventually(() => expect(upstream.givenUp).toBe(1));
  });

  it('spans all tries', async () => {
    const upstream = await harness.openAI();
    upstream.behave(failing(500), hanging);
    const service = await harness.service(
      { UPSTREAM_TIMEOUT_MS: '1500' },
      { upstream, sleep: () => sleep(1350) },
    );
    // A deadline of its own would give the second try until 2850.
    const late = sleep(2700, 'too late');
    const response = service.open().then((answer) => answer.json<{ code: string }>().code);
    expect(await Promise.race([response, late])).toBe('upstream_timeout');
    expect(upstream.calls).toHaveLength(2);
  });

  it('ends the waiting for another try, too', async () => {
    const upstream = await harness.openAI();
    upstream.behave(failing(500));
    const oversleep = (_: number, signal: AbortSignal) => sleep(10_000, undefined, { signal });
    const service = await harness.service(
      { UPSTREAM_TIMEOUT_MS: '300' },
      { upstream, sleep: oversleep },
    );
    expect((await service.open()).json()).toMatchObject({ code: 'upstream_timeout' });
  });

  it('holds for calls that wait for a free connection', async () => {
    const { upstream, service } = await setUp([ok()], {
      UPSTREAM_TIMEOUT_MS: '1000',
      RATE_LIMIT_PER_MINUTE: '1000',
    });
    // Compiled code asks within a few milliseconds: no deadline passes long before another.
    for (let round = 0; round < 4; round++) {
      await Promise.all(Array.from({ length: 100 }, () => service.open()));
    }
    const before = upstream.calls.length;
    upstream.behave(hanging);
    const responses = await Promise.all(Array.from({ length: 200 }, () => service.open()));
    const codes = responses.map((response) => response.json<{ code: string }>().code);
    expect(new Set(codes)).toEqual(new Set(['upstream_timeout']));
    // The others waited for their whole time, and never left.
    expect(upstream.calls.length - before).toBeLessThan(200);
  });
});
