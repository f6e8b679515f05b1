import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MemoryStore, type Store } from '@taskpilot-chat/server/chatkit';
import { SqlStore } from '../server/storage/sql-store.js';
import { aMessage, aUser, storedThread } from '../server/storage/test/samples.js';
import { fill, openDatabases, type MeasuredDatabase } from './support/databases.js';
import { median, print, round } from './support/figures.js';

let databases: MeasuredDatabase[];
beforeAll(async () => {
  databases = await openDatabases();
}, 60_000);
afterAll(() => Promise.all(databases.map((database) => database.remove())));

/** How long each of so many runs took, in milliseconds. */
async function time(runs: number, work: (run: number) => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    await work(run);
    times.push(performance.now() - start);
  }
  return times;
}

interface Sized {
  readonly user: string;
  readonly size: number;
}

/** Medians for each user; interleaved, so that whatever else the machine does meets all alike. */
async function compare(
  users: readonly Sized[],
  load: (user: string, size: number) => Promise<unknown>,
): Promise<number[]> {
  const times = users.map((): number[] => []);
  // The first round warms up.
  for (let round = 0; round < 5; round++) {
    for (const [index, { user, size }] of users.entries()) {
      const measured = await time(20, () => load(user, size));
      if (round > 0) times[index]?.push(...measured);
    }
  }
  return times.map(median);
}

const text = 'word '.repeat(60);
const page = { limit: 20, order: 'desc' } as const;

/** What a conversation asks of a store; each works on a thread with a hundred items. */
async function operations(store: Store) {
  const { threadId, context, thread } = await storedThread(store);
  for (let n = 0; n < 100; n++) await store.saveItem(threadId, aMessage(threadId, text), context);
  await store.saveItem(threadId, aMessage(threadId, text, 'known'), context);
  return {
    'new thread': () => storedThread(store, context),
    'new item': () => store.saveItem(threadId, aMessage(threadId, text), context),
    'changed item': () => store.saveItem(threadId, aMessage(threadId, text, 'known'), context),
    'new item, in a transaction after a look at 20': () =>
      store.transaction(threadId, context, async (inner) => {
        await inner.loadItems(threadId, page, context);
        await inner.saveItem(threadId, aMessage(threadId, text), context);
      }),
    'changed thread': () => store.saveThread({ ...thread, title: 'New' }, context),
    'a thread': () => store.loadThread(threadId, context),
    'an item': () => store.loadItem(threadId, 'known', context),
    '20 items': () => store.loadItems(threadId, page, context),
    '20 threads': () => store.loadThreads(page, context),
  };
}

describe('The store', () => {
  it('does what a conversation asks for', async () => {
    const stores = new Map<string, Store>([
      ['memory', new MemoryStore()],
      ...databases.map(({ name, database }) => [name, new SqlStore(database, Date.now)] as const),
    ]);
    const rows = new Map<string, Record<string, string>>();
    const add = (operation: string, column: string, figure: string) => {
      rows.set(operation, { ...(rows.get(operation) ?? { operation }), [column]: figure });
    };
    for (const [name, store] of stores) {
      for (const [operation, work] of Object.entries(await operations(store))) {
        await time(20, work);
        add(operation, `${name} ms`, round(median(await time(150, work)), 2));
        const start = performance.now();
        await Promise.all(Array.from({ length: 16 }, () => time(25, work)));
        add(operation, `${name}/s`, round((16 * 25 * 1000) / (performance.now() - start)));
      }
    }
    print(
      'Operations: median when one is asked for at a time; a second when 16 are (the server without fsync)',
      [...rows.values()],
    );
  }, 180_000);

  it('takes no longer for a page of 100,000 threads or items than of 10', async () => {
    const sizes = [10, 1000, 100_000];
    const rows: Record<string, string | number>[] = [];
    const ratios: number[] = [];
    for (const { name, database } of databases) {
      const store = new SqlStore(database, Date.now);
      const users = sizes.map((size) => ({ size, ...aUser() }));
      for (const { user, size } of users) await fill(database, user, size);
      const middle = (size: number) => Math.floor(size / 2);
      const pages: Record<string, (user: string, size: number) => Promise<unknown>> = {
        'newest threads': (user) => store.loadThreads(page, { user }),
        'threads after one': (user, size) =>
          store.loadThreads({ ...page, after: `${user}_${middle(size)}` }, { user }),
        'first items': (user) => store.loadItems(`${user}_1`, { ...page, order: 'asc' }, { user }),
        'newest items': (user) => store.loadItems(`${user}_1`, page, { user }),
        'items after one': (user, size) =>
          store.loadItems(`${user}_1`, { ...page, after: `msg_${middle(size)}` }, { user }),
        'an item': (user, size) => store.loadItem(`${user}_1`, `msg_${middle(size)}`, { user }),
        'new item': (user) => store.saveItem(`${user}_1`, aMessage(`${user}_1`, text), { user }),
      };
      for (const planner of ['without statistics', 'with statistics']) {
        if (planner === 'with statistics') await database.run((db) => db.execute(sql`analyze`));
        for (const [title, load] of Object.entries(pages)) {
          const medians = await compare(users, load);
          const ratio = (medians.at(-1) ?? NaN) / (medians[0] ?? NaN);
          ratios.push(ratio);
          rows.push({
            database: name,
            planner,
            'what is asked for': title,
            ...Object.fromEntries(
              sizes.map((size, index) => [`of ${size}, ms`, round(medians[index] ?? NaN, 2)]),
            ),
            '100,000 : 10': round(ratio, 2),
          });
        }
      }
    }
    print('How the time for 20 grows with what there is', rows);
    for (const ratio of ratios) expect(ratio).toBeLessThanOrEqual(3);
  }, 180_000);
});
