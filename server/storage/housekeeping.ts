import { setImmediate } from 'node:timers/promises';
import { count, eq, inArray, lt, type SQL } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { Database, Run } from './database.js';
import { dayOf, isUnstorable, items, threads } from './schema.js';

/** What was deleted. */
export interface Deleted {
  readonly threads: number;
  readonly items: number;
}

/** Threads at a time, so that a statement stays within its limit and others get their turn. */
const batchSize = 50;

/** Deletes all that is kept of a user. Of what they write meanwhile, all or nothing. */
export async function deleteUser(database: Database, user: string): Promise<Deleted> {
  if (isUnstorable(user)) return { threads: 0, items: 0 };
  return deleteThreads(database, {
    where: eq(threads.userId, user),
    orderBy: threads.position,
    locking: {},
  });
}

/**
 * Deletes the threads that nothing was added to or changed in since before the day (UTC) of the date. Those
 * that somebody is writing to at this moment are left, and so are their items.
 */
export function deleteOlderThan(database: Database, date: Date): Promise<Deleted> {
  return deleteThreads(database, {
    where: lt(threads.activeOn, dayOf(date.getTime())),
    orderBy: threads.activeOn,
    locking: { skipLocked: true },
  });
}

interface Choice {
  readonly where: SQL;
  /** Of an index that finds them. Those that lock the same do so in one order, and wait for each other. */
  readonly orderBy: PgColumn;
  readonly locking: { readonly skipLocked?: true };
}

async function deleteThreads(database: Database, choice: Choice): Promise<Deleted> {
  const total = { threads: 0, items: 0 };
  for (;;) {
    const deleted = await database.transaction((run) => deleteBatch(run, choice));
    if (deleted.threads === 0) break;
    total.threads += deleted.threads;
    total.items += deleted.items;
    await setImmediate();
  }
  return total;
}

async function deleteBatch(run: Run, { where, orderBy, locking }: Choice): Promise<Deleted> {
  const rows = await run((db) =>
    db
      .select({ key: threads.key })
      .from(threads)
      .where(where)
      .orderBy(orderBy)
      .limit(batchSize)
      .for('update', locking),
  );
  const keys = rows.map(({ key }) => key);
  if (keys.length === 0) return { threads: 0, items: 0 };
  const [deleted] = await run((db) => {
    const gone = db
      .$with('gone')
      .as(
        db
          .delete(items)
          .where(inArray(items.threadKey, keys))
          .returning({ position: items.position }),
      );
    return db.with(gone).select({ items: count() }).from(gone);
  });
  await run((db) => db.delete(threads).where(inArray(threads.key, keys)));
  return { threads: keys.length, items: deleted?.items ?? 0 };
}
