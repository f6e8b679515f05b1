import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually, startCluster, type Cluster } from './cluster.js';
import { isComplete, say, Visitor } from './visitor.js';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterEach(() => cluster.redis.turn('open'));
afterAll(() => cluster.close());

const errors = async (): Promise<number> => {
  const each = cluster.instances.map((it) => it.metric('taskpilot_rate_limit_errors_total'));
  return (await Promise.all(each)).reduce((sum, count) => sum + count, 0);
};

async function took(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

const middle = (times: readonly number[]): number =>
  [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? NaN;

describe.each(['refused', 'silent'] as const)('While Redis is %s', (mode) => {
  it('nobody is refused or has to wait, and a metric counts it', async () => {
    const visitor = new Visitor();
    const before = await errors();
    const open = async () => {
      expect(await visitor.open({ at: cluster.url })).toMatchObject({ type: 'served' });
    };
    const usual = [];
    for (let count = 0; count < 10; count++) usual.push(await took(open));
    await cluster.redis.turn(mode);
    // The limit is 30 a minute.
    const away = [];
    for (let count = 0; count < 60; count++) away.push(await took(open));
    expect(middle(away)).toBeLessThan(middle(usual) + 50);
    expect(await errors()).toBeGreaterThan(before + 50);
    const session = await visitor.session({ at: cluster.url });
    expect(isComplete(await visitor.ask(session, say('hello'), { at: cluster.url }))).toBe(true);
  });

  it('RATE_LIMIT_FAIL=closed refuses, until Redis is back', async () => {
    const visitor = new Visitor();
    const strict = await cluster.start({ RATE_LIMIT_FAIL: 'closed' });
    const at = strict.url;
    await cluster.redis.turn(mode);
    const refused = { type: 'refused', status: 503, code: 'overloaded' };
    expect(await visitor.open({ at })).toEqual(refused);
    await cluster.redis.turn('open');
    await eventually(async () =>
      expect(await visitor.open({ at })).toMatchObject({ type: 'served' }),
    );
  });
});
