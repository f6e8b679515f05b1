import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, startCluster, type Cluster, type Instance } from './cluster.js';
import { Load, type Said } from './load.js';
import { isComplete, textOf } from './visitor.js';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({
    env: { RATE_LIMIT_PER_MINUTE: '100000', MESSAGE_LIMIT_PER_MINUTE: '100000' },
    // An answer takes longer than an instance that closes goes on taking requests.
    wordDelayMs: 12,
  });
});
afterAll(() => cluster.close());

/** Waits until so many more answers have come to their end. */
const answers = (load: Load, more: number) => {
  const target = load.answered + more;
  return eventually(() => expect(load.answered).toBeGreaterThanOrEqual(target), 60_000);
};

/** Waits until an instance is in the middle of several answers. */
const inTheMiddle = (instance: Instance) =>
  eventually(async () =>
    expect(await instance.metric('taskpilot_answers_running')).toBeGreaterThanOrEqual(3),
  );

/** Each message is in its thread once, under the id that its visitor has seen, with one answer after it. */
async function expectAllKept(said: readonly Said[], at: string): Promise<void> {
  for (const { visitor, text, threadId, acknowledged } of said) {
    if (threadId === null) expect.fail('a message without a thread');
    const items = await visitor.items(await visitor.session({ at }), threadId, { at });
    const index = items.findIndex(({ id }) => id === acknowledged);
    expect(items.filter((item) => textOf(item) === text)).toEqual([items[index]]);
    const next = items.slice(index + 1).findIndex(({ type }) => type === 'user_message');
    const after = items.slice(index + 1, next < 0 ? undefined : index + 1 + next);
    expect(after.map(({ type }) => type)).toEqual(['assistant_message']);
  }
}

async function restart(instance: Instance, load: Load): Promise<void> {
  await inTheMiddle(instance);
  const ended = instance.program.stop('SIGTERM');
  await eventually(async () => expect(await instance.readiness()).toBe('closing'));
  expect(await ended).toBe(0);
  await answers(load, 10);
  await instance.start();
  await eventually(async () => expect(await instance.readiness()).toBe('ok'));
}

describe('Under load', () => {
  it('a rolling restart fails no request and cuts no answer', async () => {
    const load = new Load({ url: cluster.url, visitors: 12, text: 'Explain this' });
    await answers(load, 12);
    for (const instance of cluster.instances) {
      await restart(instance, load);
      await answers(load, 10);
    }
    await load.stop();
    const failed = load.outcomes.filter(
      (outcome) => outcome.type !== 'served' && !isComplete(outcome),
    );
    expect(failed).toEqual([]);
    await expectAllKept(load.said, cluster.url);
  });

  it.each([0, 1] as const)(
    'kill -9 of instance %i loses no message that its visitor has seen',
    async (index) => {
      const load = new Load({
        url: cluster.url,
        visitors: 12,
        text: 'Explain this',
        repeats: true,
      });
      await answers(load, 12);
      const instance = cluster.instances[index];
      await inTheMiddle(instance);
      await instance.program.stop('SIGKILL');
      await answers(load, 12);
      await instance.start();
      await load.stop();
      expect(load.outcomes.some(({ type }) => type === 'cut')).toBe(true);
      await expectAllKept(load.said, cluster.url);
    },
  );
});
