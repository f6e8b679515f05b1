import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listThreads } from '../server/storage/thread-list.js';
import { openDatabases, type MeasuredDatabase } from './support/databases.js';
import { median, print, round } from './support/figures.js';

const sizes = [10, 1000, 100_000];

/** At most so many times as long with 100,000 threads as with 10. */
const maxRatio = 3;
/** Milliseconds for a page of the list, however many threads there are. */
const maxMs = 16;

let databases: MeasuredDatabase[];
beforeAll(async () => {
  databases = await openDatabases();
}, 60_000);
afterAll(() => Promise.all(databases.map((database) => database.remove())));

/** Threads of a hundred users over a year, of which one in a thousand has failed and one has a thumbs-down. */
async function grow({ database }: MeasuredDatabase, from: number, to: number): Promise<void> {
  await database.run((db) =>
    db.execute(sql`
      insert into taskpilot_threads (id, user_id, thread, last_position, active_on, disliked, failed)
      select 'thr_' || n, 'user_' || n % 100, json_build_object(
        'id', 'thr_' || n, 'title', 'Tasks of day ' || n, 'created_at', '2026-01-01T12:00:00.000Z',
        'status', json_build_object('type', 'active'), 'metadata', json_build_object()
      ), 0, '2026-01-01'::date + (n % 365)::int, n % 1000 = 7, n % 1000 = 8
      from generate_series(${from + 1}::bigint, ${to}::bigint) n`),
  );
}

describe('The operator’s list', () => {
  it('takes no longer for 100,000 threads than for 10', async () => {
    const rows: Record<string, string>[] = [];
    const checks: { readonly what: string; readonly ratio: number; readonly last: number }[] = [];
    for (const measured of databases) {
      const { database, name } = measured;
      const limit = 50;
      const middle = { activeOn: '2026-07-01', key: 1_000_000 };
      const questions = {
        'newest threads': () => listThreads(database, {}, { limit }),
        'threads after one in the middle': () =>
          listThreads(database, {}, { limit, after: middle }),
        'threads with a thumbs-down': () => listThreads(database, { disliked: true }, { limit }),
        'threads with a failed answer': () => listThreads(database, { failed: true }, { limit }),
        'threads of a month': () =>
          listThreads(database, { from: '2026-03-01', to: '2026-03-31' }, { limit }),
        'a search that finds nothing, one call': () =>
          listThreads(database, { text: 'nowhere to be found' }, { limit }),
      };
      const medians = new Map(Object.keys(questions).map((question) => [question, [] as number[]]));
      let size = 0;
      for (const next of sizes) {
        await grow(measured, size, next);
        size = next;
        for (const [question, ask] of Object.entries(questions)) {
          const times: number[] = [];
          for (let run = 0; run < 30; run++) {
            const start = performance.now();
            await ask();
            // The first runs warm up.
            if (run >= 10) times.push(performance.now() - start);
          }
          medians.get(question)?.push(median(times));
        }
      }
      for (const [question, ms] of medians) {
        const [first = NaN, , last = NaN] = ms;
        rows.push({
          database: name,
          'what is asked for': question,
          ...Object.fromEntries(
            sizes.map((each, index) => [`of ${each}, ms`, round(ms[index] ?? NaN, 2)]),
          ),
          '100,000 : 10': round(last / first, 2),
        });
        // A search looks at up to 500 threads, and 10 are fewer; a month of 10 threads may have none.
        if (!question.startsWith('a search'))
          checks.push({
            what: `${name}: ${question}`,
            ratio: last / Math.max(...ms.slice(0, 2)),
            last,
          });
      }
    }
    print('A page of 50 of the operator’s list; a search looks at 500 threads a call', rows);
    for (const { what, ratio, last } of checks) {
      expect(ratio, what).toBeLessThanOrEqual(maxRatio);
      expect(last, what).toBeLessThanOrEqual(maxMs);
    }
  }, 180_000);
});
