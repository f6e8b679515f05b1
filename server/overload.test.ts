import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { useHarness } from './test/harness.js';

const harness = useHarness();

/** What a long task does to everybody else. */
function blockLoop(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

describe('An overloaded process', () => {
  it('S1: refuses with 503 before its heap is lost, and is alive', async () => {
    const service = await harness.service({}, { maxHeapUsedBytes: 1 });
    const refusal = async () => (await service.open()).json<object>();
    const expected = { code: 'overloaded', status: 503, retryable: true };
    await expect.poll(refusal, { timeout: 5000 }).toMatchObject(expected);
    const refused = await service.open();
    expect(refused.headers['retry-after']).toBe('10');
    expect((await service.inject('/healthz')).statusCode).toBe(200);
  });

  it('S1: is not one with a single long task, such as the opening of a database', async () => {
    const service = await harness.service();
    await service.inject('/healthz');
    blockLoop(2200);
    await setImmediate();
    expect((await service.inject('/readyz')).statusCode).toBe(200);
    await setImmediate();
    expect((await service.inject('/readyz')).statusCode).toBe(200);
  });

  it('S1: is one whose loop stays blocked, until it no longer is', async () => {
    const service = await harness.service();
    const statuses = [];
    for (let task = 0; task < 8; task++) {
      blockLoop(1100);
      await setImmediate();
      const { statusCode } = await service.inject('/readyz');
      statuses.push(statusCode);
    }
    expect(statuses[0]).toBe(200);
    expect(statuses.at(-1)).toBe(503);
    expect((await service.inject('/healthz')).statusCode).toBe(200);
    const status = async () => (await service.inject('/readyz')).statusCode;
    await expect.poll(status, { timeout: 8000 }).toBe(200);
  }, 30_000);
});
