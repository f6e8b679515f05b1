import { randomUUID } from 'node:crypto';
import { createServer, type AddressInfo } from 'node:net';
import { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { useHarness } from '../test/harness.js';
import { skippedWithoutRedis, testRedis } from '../test/test-redis.js';

const harness = useHarness();

/** Counts of each test's own, for its keys are hashed with it. */
const secret = () => `a-secret-for-this-test-only-${randomUUID()}`;
const nowhere = 'redis://127.0.0.1:9';

async function setUp(env: Readonly<Record<string, string>>) {
  const all = { AUTH: 'header', AUTH_HEADER: 'x-user', TRUST_PROXY: 'loopback', ...env };
  return harness.service(all, { upstream: await harness.openAI() });
}

type Service = Awaited<ReturnType<typeof setUp>>;

/** Sessions, asked for at the services by turns; their statuses, counted. */
async function openMany(services: readonly Service[], count: number, user: (n: number) => string) {
  const statuses: Record<number, number> = {};
  await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const service = services[index % services.length];
      const answer = await service?.open({ 'x-user': user(index) });
      const status = answer?.statusCode ?? 0;
      statuses[status] = (statuses[status] ?? 0) + 1;
    }),
  );
  return statuses;
}

const errorsOf = async (service: Service): Promise<number> => {
  const { payload } = await service.inject('/metrics');
  return Number(/^taskpilot_rate_limit_errors_total (\d+)$/m.exec(payload)?.[1]);
};

describe.skipIf(testRedis === undefined)(`Two instances on a Redis${skippedWithoutRedis}`, () => {
  const shared = () => ({ REDIS_URL: testRedis ?? '', SESSION_SECRET: secret() });

  it('S4: 30 of 60 sessions of a user are opened', async () => {
    const env = shared();
    const services = [await setUp(env), await setUp(env)];
    expect(await openMany(services, 60, () => 'ann')).toEqual({ 200: 30, 429: 30 });
    expect(await openMany(services, 1, () => 'bob')).toEqual({ 200: 1 });
  });

  it('S4: so is what an address may have', async () => {
    const env = { ...shared(), RATE_LIMIT_PER_MINUTE: '3' };
    const services = [await setUp(env), await setUp(env)];
    expect(await openMany(services, 60, (n) => `user ${n}`)).toEqual({ 200: 30, 429: 30 });
  });

  it('S4: neither users nor addresses are written to Redis', async () => {
    const redis = new Redis(testRedis ?? '');
    onTestFinished(() => redis.disconnect());
    const service = await setUp(shared());
    const before = new Set(await redis.keys('taskpilot-chat:*'));
    await openMany([service], 1, () => 'ann-of-the-test');
    const keys = (await redis.keys('taskpilot-chat:*')).filter((key) => !before.has(key));
    expect(keys.filter((key) => key.startsWith('taskpilot-chat:limit:'))).toHaveLength(2);
    expect(keys.filter((key) => /ann-of-the-test|127\.0\.0\.1/.test(key))).toEqual([]);
  });

  it('S4: any of them cancels a session, and only its owner’s', async () => {
    const env = shared();
    const [one, other] = [await setUp(env), await setUp(env)];
    const opened = await one.open({ 'x-user': 'ann' });
    const { session_id } = opened.json<{ session_id: string }>();
    const cancel = async (service: Service, user: string) =>
      (
        await service.inject({
          method: 'DELETE',
          url: `/api/chatkit/sessions/${session_id}`,
          headers: { 'x-user': user },
        })
      ).statusCode;
    expect(await cancel(other, 'bob')).toBe(404);
    expect(await cancel(other, 'ann')).toBe(204);
    expect(await cancel(one, 'ann')).toBe(404);
  });
});

describe('While Redis is away', () => {
  it('S4: sessions are opened without limits, at once, and a metric tells of it', async () => {
    const service = await setUp({ REDIS_URL: nowhere, RATE_LIMIT_PER_MINUTE: '2' });
    const start = performance.now();
    expect(await openMany([service], 20, () => 'ann')).toEqual({ 200: 20 });
    expect(performance.now() - start).toBeLessThan(1000);
    expect(await errorsOf(service)).toBeGreaterThanOrEqual(20);
    const lines = service.logs.filter((line) => line.includes('Redis cannot be reached'));
    expect(lines).toHaveLength(1);
  });

  it('S4: RATE_LIMIT_FAIL=closed refuses them', async () => {
    const service = await setUp({ REDIS_URL: nowhere, RATE_LIMIT_FAIL: 'closed' });
    const answer = await service.open({ 'x-user': 'ann' });
    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toMatchObject({ code: 'overloaded', retryable: true });
    expect(answer.headers['retry-after']).toBe('2');
  });

  it('S4: one that takes connections and never answers holds nobody up', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void silent.close());
    const { port } = silent.address() as AddressInfo;
    const service = await setUp({ REDIS_URL: `redis://127.0.0.1:${port}` });
    const start = performance.now();
    expect(await openMany([service], 5, () => 'ann')).toEqual({ 200: 5 });
    expect(performance.now() - start).toBeLessThan(5000);
  });
});
