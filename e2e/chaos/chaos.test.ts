import { setTimeout as pass } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, startCluster, type Cluster, type Instance } from '../cluster/cluster.js';
import { gateModes } from '../cluster/gate.js';
import { Load } from '../cluster/load.js';
import { isComplete, say, Visitor, type Outcome } from '../cluster/visitor.js';

const minutes = Number(process.env['CHAOS_MINUTES'] ?? 1);
/** Of one trouble with one server, and of the calm after it, in milliseconds. */
const [troubleMs, calmMs] = [4000, 1000];
const warmUpMs = 10_000;
/** More than any time-out of the service and one trouble after the other. */
const hangMs = 30_000;
const visitors = 10;

/** Collects garbage again and again, so that the heap's size is that of what is kept. */
const flags = ['--expose-gc', '--import=data:text/javascript,setInterval(gc,1000).unref()'];

const troubles = gateModes
  .filter((mode) => mode !== 'open')
  .flatMap((mode) => (['upstream', 'redis', 'database'] as const).map((of) => [of, mode] as const));

/** How the service refuses while something it needs is away. */
const documented = new Set(['503 storage_unavailable', '503 overloaded']);

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({
    env: { RATE_LIMIT_PER_MINUTE: '100000', MESSAGE_LIMIT_PER_MINUTE: '100000', LOG_LEVEL: 'info' },
    flags,
  });
});
afterAll(() => cluster.close());

/** What became of a request, in words that can be counted. */
function nameOf(outcome: Outcome): string {
  switch (outcome.type) {
    case 'served':
      return 'served';
    case 'answered':
      if (isComplete(outcome)) return 'answered';
      return outcome.events.some((event) => event.type === 'error' && 'allow_retry' in event)
        ? 'answer ended with an error'
        : 'answer without an end';
    case 'refused':
      return `${outcome.status} ${outcome.code}`;
    case 'cut':
      return outcome.reason.startsWith('TimeoutError') ? 'hang' : `cut: ${outcome.reason}`;
  }
}

function countsOf(outcomes: readonly Outcome[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of outcomes.map(nameOf)) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

const isExplained = (name: string): boolean =>
  ['served', 'answered', 'answer ended with an error'].includes(name) || documented.has(name);

const megabytes = async (instance: Instance, metric: string): Promise<number> =>
  Math.round((await instance.metric(metric)) / 2 ** 20);

const memoryOf = async (instance: Instance) => ({
  heap: await megabytes(instance, 'nodejs_heap_size_used_bytes'),
  external: await megabytes(instance, 'nodejs_external_memory_bytes'),
  resident: await megabytes(instance, 'process_resident_memory_bytes'),
});

/** One trouble after the other, for the length of the run. */
async function makeTrouble(): Promise<void> {
  const end = performance.now() + minutes * 60_000;
  for (let round = 0; performance.now() < end; round++) {
    const [name, mode] = troubles[round % troubles.length] ?? expect.fail('no trouble');
    await cluster[name].turn(mode);
    await pass(troubleMs);
    await cluster[name].turn('open');
    await pass(calmMs);
  }
}

describe(`${minutes} minutes with upstream, Redis and PostgreSQL slow, silent, refused and cut by turns`, () => {
  it(
    'are explained, end in time, lose no message and cost no memory',
    async () => {
      const load = new Load({ url: cluster.url, visitors, withinMs: hangMs });
      await pass(warmUpMs);
      const before = await Promise.all(cluster.instances.map(memoryOf));
      await makeTrouble();
      await load.stop();

      const counts = countsOf(load.outcomes);
      console.log(`asked: ${load.outcomes.length}`, counts);
      const unexplained = Object.entries(counts).filter(([name]) => !isExplained(name));
      expect(unexplained).toEqual([]);

      // Everything is back, without a restart.
      const at = cluster.url;
      const visitor = new Visitor();
      for (const { url } of cluster.instances) {
        await eventually(async () => {
          const session = await visitor.session({ at: url });
          expect(isComplete(await visitor.ask(session, say('hello'), { at: url }))).toBe(true);
        });
      }
      const acknowledged = load.said.filter(({ acknowledged }) => acknowledged !== null);
      expect(acknowledged.length).toBeGreaterThan(visitors);
      for (const { visitor, threadId, acknowledged: id } of acknowledged) {
        const items = await visitor.items(await visitor.session({ at }), threadId ?? '', { at });
        expect(items.map((item) => item.id)).toContain(id);
      }

      for (const [index, instance] of cluster.instances.entries()) {
        const begin = before[index] ?? expect.fail('no figures');
        await eventually(async () => {
          expect(await instance.metric('taskpilot_answers_running')).toBe(0);
          const now = await memoryOf(instance);
          expect(now.heap + now.external).toBeLessThan(begin.heap + begin.external + 24);
          expect(now.resident).toBeLessThan(begin.resident * 1.3 + 64);
        });
        console.log(`memory of instance ${index} in MB:`, begin, await memoryOf(instance));
      }
    },
    minutes * 60_000 + 180_000,
  );
});
