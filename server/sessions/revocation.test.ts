import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { MemoryStore, type Responder } from '../chatkit/index.js';
import { create } from '../chatkit/test/harness.js';
import { eventually, useHarness } from '../test/harness.js';
import { skippedWithoutRedis, testRedis } from '../test/test-redis.js';

const harness = useHarness();

const hello = create('hello');

/** Begins an answer, and goes on when it is told to stop. */
function endless() {
  const begun: AbortSignal[] = [];
  const responder: Responder = {
    async *respond(thread, _message, { newId, now, signal }) {
      begun.push(signal);
      const item = { id: newId('message'), thread_id: thread.id, created_at: now() };
      yield {
        type: 'thread.item.added',
        item: { ...item, type: 'assistant_message', content: [] },
      };
      if (!signal.aborted) await once(signal, 'abort');
    },
  };
  return { begun, responder };
}

type Headers = Readonly<Record<string, string>>;

/** Starts an answer over a real connection. */
function stream(port: number, headers: Headers): Promise<IncomingMessage> {
  const asking = request({
    port,
    host: '127.0.0.1',
    method: 'POST',
    path: '/api/chatkit',
    headers: { 'content-type': 'application/json', ...headers },
  });
  asking.end(JSON.stringify(hello));
  return new Promise((resolve, reject) => {
    asking.once('response', resolve).once('error', reject);
  });
}

/** So many instances with one store of threads. */
async function setUp(env: Headers, count: number) {
  const { begun, responder } = endless();
  const store = new MemoryStore();
  const all = {
    CHATKIT_BACKENDS: 'self-hosted',
    SESSION_SECRET: `a-secret-for-this-test-only-${randomUUID()}`,
    AUTH: 'header',
    AUTH_HEADER: 'x-user',
    TRUST_PROXY: 'loopback',
    ...env,
  };
  const services = await Promise.all(
    Array.from({ length: count }, () => harness.service(all, { responder, store })),
  );
  return { begun, services };
}

/** Asks `at` for an answer, and cancels its session at `cancelAt`. */
async function cancelWhileAnswering(env: Headers, keyed: boolean, count: 1 | 2) {
  const { begun, services } = await setUp(env, count);
  const [at, cancelAt = at] = services;
  if (at === undefined || cancelAt === undefined) throw new RangeError('no service');
  const opened = await at.open({ 'x-user': 'ann' });
  const { client_secret: token, session_id: id } = opened.json<Record<string, string>>();
  const headers = { authorization: `Bearer ${String(token)}` };
  const answer = await stream(await at.listen(), {
    ...headers,
    ...(keyed && { 'idempotency-key': 'k' }),
  });
  const ended = once(answer.resume(), 'end');
  await eventually(() => expect(begun).toHaveLength(1));
  const cancelled = await cancelAt.inject({
    method: 'DELETE',
    url: `/api/chatkit/sessions/${String(id)}`,
    headers: { 'x-user': 'ann' },
  });
  expect(cancelled.statusCode).toBe(204);
  await ended;
  await eventually(() => expect(begun[0]?.aborted).toBe(true));
  for (const service of services) {
    const refused = await service.inject({
      method: 'POST',
      url: '/api/chatkit',
      headers,
      payload: hello,
    });
    expect(refused.statusCode).toBe(401);
  }
}

describe('A session that is cancelled while an answer runs', () => {
  it.each([true, false])('S4: ends it (with a key: %s)', (keyed) =>
    cancelWhileAnswering({}, keyed, 1),
  );
});

describe.skipIf(testRedis === undefined)(
  `A session that is cancelled on another instance${skippedWithoutRedis}`,
  () => {
    it.each([true, false])(
      'S4: ends its answer, and no instance takes its token (key: %s)',
      (keyed) => cancelWhileAnswering({ REDIS_URL: testRedis ?? '' }, keyed, 2),
    );
  },
);
