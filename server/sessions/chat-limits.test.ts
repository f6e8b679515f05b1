import { afterEach, describe, expect, it, vi } from 'vitest';
import { Deferred } from '../chatkit/async.js';
import { MemoryStore } from '../chatkit/index.js';
import { create } from '../chatkit/test/harness.js';
import { GatedResponder } from '../test/gated-responder.js';
import { useHarness, type TestService } from '../test/harness.js';

const harness = useHarness();

type Env = Readonly<Record<string, string>>;

async function start(env: Env = {}) {
  const responder = new GatedResponder();
  const store = new MemoryStore();
  const service = await harness.service(
    {
      CHATKIT_BACKENDS: 'self-hosted',
      SESSION_SECRET: 'a-secret-for-tests-only-0123456789abcdef',
      TRUST_PROXY: 'true',
      RATE_LIMIT_PER_MINUTE: '1000',
      ...env,
    },
    { responder, store },
  );
  return { service, responder, store };
}

const at = (address: string): Env => ({ 'x-forwarded-for': address });

async function openSession(service: TestService, address = '192.0.2.1'): Promise<string> {
  const answer = await service.open(at(address));
  return answer.json<{ client_secret: string }>().client_secret;
}

const hello = create('hello');
const withText = (length: number) => create('x'.repeat(length));

const list = { type: 'threads.list', params: {} };

const ask = (service: TestService, token: string, body: object = hello, address = '192.0.2.1') =>
  service.inject({
    method: 'POST',
    url: '/api/chatkit',
    headers: { authorization: `Bearer ${token}`, ...at(address) },
    payload: body,
  });

/** Statuses of so many requests, one after the other, counted. */
async function count(
  times: number,
  request: () => Promise<{ statusCode: number }>,
): Promise<Record<number, number>> {
  const statuses: Record<number, number> = {};
  for (let index = 0; index < times; index++) {
    const { statusCode } = await request();
    statuses[statusCode] = (statuses[statusCode] ?? 0) + 1;
  }
  return statuses;
}

afterEach(() => {
  vi.useRealTimers();
});

describe('The limit of answers', () => {
  it('S2: holds for an address, too: throw-away identities get ten times what one gets', async () => {
    const { service, responder } = await start({ MESSAGE_LIMIT_PER_MINUTE: '5' });
    const statuses: Record<number, number> = {};
    for (let identity = 0; identity < 25; identity++) {
      const token = await openSession(service);
      const own = await count(5, () => ask(service, token));
      for (const [status, times] of Object.entries(own)) {
        statuses[Number(status)] = (statuses[Number(status)] ?? 0) + times;
      }
    }
    expect(statuses).toEqual({ 200: 50, 429: 75 });
    expect(responder.asked).toBe(50);
    const elsewhere = await openSession(service, '198.51.100.7');
    expect((await ask(service, elsewhere, hello, '198.51.100.7')).statusCode).toBe(200);
  });

  it('S2: is 20 a minute for a user unless the operator sets another', async () => {
    const { service } = await start();
    const token = await openSession(service);
    expect(await count(21, () => ask(service, token))).toEqual({ 200: 20, 429: 1 });
    const refused = await ask(service, token);
    expect(refused.json()).toMatchObject({ code: 'rate_limited', status: 429, retryable: true });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  });

  it('S2: does not follow a user from address to address', async () => {
    const { service } = await start({ MESSAGE_LIMIT_PER_MINUTE: '3' });
    const token = await openSession(service);
    let next = 1;
    const statuses = await count(5, () => ask(service, token, hello, `198.51.100.${next++}`));
    expect(statuses).toEqual({ 200: 3, 429: 2 });
  });
});

describe('The limit of all requests of a chat', () => {
  it('S2: is six times that of answers, for a user', async () => {
    const { service } = await start({ MESSAGE_LIMIT_PER_MINUTE: '2' });
    const [ann, bob] = [await openSession(service), await openSession(service)];
    expect(await count(13, () => ask(service, ann, list))).toEqual({ 200: 12, 429: 1 });
    expect((await ask(service, ann, list)).json()).toMatchObject({ code: 'rate_limited' });
    expect((await ask(service, bob, list)).statusCode).toBe(200);
  });

  it('S2: holds for requests without a session as well, and they use up nobody else’s', async () => {
    const { service } = await start({ MESSAGE_LIMIT_PER_MINUTE: '2' });
    const token = await openSession(service);
    expect(await count(14, () => ask(service, 'forged', list))).toEqual({ 401: 12, 429: 2 });
    expect((await ask(service, token, list)).statusCode).toBe(200);
  });

  it('S2: holds for an address', async () => {
    const { service } = await start({ MESSAGE_LIMIT_PER_MINUTE: '1' });
    const statuses: Record<number, number> = {};
    for (let identity = 0; identity < 11; identity++) {
      const token = await openSession(service);
      const own = await count(6, () => ask(service, token, list));
      for (const [status, times] of Object.entries(own)) {
        statuses[Number(status)] = (statuses[Number(status)] ?? 0) + times;
      }
    }
    expect(statuses).toEqual({ 200: 60, 429: 6 });
  });
});

describe('The number of answers at once', () => {
  const env = { MESSAGE_MAX_CONCURRENT: '2', MESSAGE_LIMIT_PER_MINUTE: '1000' };

  it('S2: is bounded for a user, and room comes back with the end of an answer', async () => {
    const { service, responder } = await start(env);
    const [ann, bob] = [await openSession(service), await openSession(service)];
    const gate = new Deferred();
    responder.gate = gate.promise;
    const running = [ask(service, ann), ask(service, ann)];
    await vi.waitFor(() => expect(responder.asked).toBe(2));
    const refused = await ask(service, ann);
    expect(refused.statusCode).toBe(429);
    expect(refused.json()).toMatchObject({ code: 'rate_limited', retryable: true });
    expect(refused.headers['retry-after']).toBe('5');
    expect((await ask(service, ann, list)).statusCode).toBe(200);
    const other = ask(service, bob);
    await vi.waitFor(() => expect(responder.asked).toBe(3));
    gate.resolve();
    const ended = await Promise.all([...running, other]);
    expect(ended.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200]);
    expect((await ask(service, ann)).statusCode).toBe(200);
  });

  it('S2: is bounded for an address', async () => {
    const { service, responder } = await start(env);
    const gate = new Deferred();
    responder.gate = gate.promise;
    const tokens = [];
    for (let identity = 0; identity < 21; identity++) tokens.push(await openSession(service));
    const running = tokens.slice(0, 20).map((token) => ask(service, token));
    await vi.waitFor(() => expect(responder.asked).toBe(20));
    expect((await ask(service, tokens[20] ?? '')).statusCode).toBe(429);
    gate.resolve();
    expect(await Promise.all(running)).toHaveLength(20);
  });

  it('S2: gives back the room of a request that is refused', async () => {
    const { service } = await start(env);
    const token = await openSession(service);
    const unknown = {
      type: 'threads.add_user_message',
      params: { ...hello.params, thread_id: 'x' },
    };
    expect(await count(5, () => ask(service, token, unknown))).toEqual({ 404: 5 });
    expect((await ask(service, token)).statusCode).toBe(200);
  });
});

describe('What a visitor has stored', () => {
  it('S1: is bounded by STORED_MB_PER_USER, and the refusal says what to do', async () => {
    const { service, responder } = await start({
      STORED_MB_PER_USER: '1',
      MESSAGE_LIMIT_PER_MINUTE: '1000',
    });
    const token = await openSession(service);
    // `inject` never drains, which an answer of this length waits for.
    const url = `http://127.0.0.1:${await service.listen()}/api/chatkit`;
    const post = (body: object) =>
      fetch(url, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const statuses = await count(40, async () => {
      const answer = await post(withText(32_000));
      await answer.arrayBuffer();
      return { statusCode: answer.status };
    });
    expect(statuses).toEqual({ 200: 33, 413: 7 });
    expect(responder.asked).toBe(33);
    const refused = await post(withText(1));
    expect(await refused.json()).toMatchObject({
      code: 'storage_quota_exceeded',
      status: 413,
      retryable: false,
      message: expect.stringContaining('Delete a thread') as string,
    });
    expect((await post(list)).status).toBe(200);
  });

  it('S1: MESSAGE_MAX_CHARS bounds a message, and a body far beyond it is not read', async () => {
    const { service, responder } = await start({ MESSAGE_MAX_CHARS: '100' });
    const token = await openSession(service);
    const outcomes = [];
    for (const length of [100, 101, 1_000_000]) {
      const answer = await ask(service, token, withText(length));
      outcomes.push([
        answer.statusCode,
        answer.statusCode === 200 || answer.json<{ code: string }>().code,
      ]);
    }
    expect(outcomes).toEqual([
      [200, true],
      [413, 'payload_too_large'],
      [413, 'payload_too_large'],
    ]);
    expect(responder.asked).toBe(1);
  });
});
