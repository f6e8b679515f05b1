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

const dayMs = 24 * 3600 * 1000;

export interface RetentionOptions {
  readonly openStore: { deleteOlderThan(date: Date): Promise<Deleted> };
  /** How many whole days a thread is kept after its last change: at least 1. */
  readonly days: number;
  /** Time between two runs, in milliseconds. @default 6 hours */
  readonly everyMs?: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly onDeleted: (deleted: Deleted) => void;
  /** Hears of a run that failed; the next tries again. */
  readonly onError: (error: unknown) => void;
}

export interface Retention {
  /** No more runs; waits for the one that is under way. */
  stop(): Promise<void>;
}

/**
 * Deletes old threads now and from time to time. Any number of instances may do so on one database.
 *
 * A thread that was last changed on a day goes when `days` whole days (UTC) have passed after that day.
 */
export function startRetention(options: RetentionOptions): Retention {
  const { openStore, days, everyMs = dayMs / 4, now = Date.now, onDeleted, onError } = options;
  let running: Promise<void> | null = null;

  async function run(): Promise<void> {
    try {
      const deleted = await openStore.deleteOlderThan(new Date(now() - days * dayMs));
      if (deleted.threads > 0) onDeleted(deleted);
    } catch (error) {
      onError(error);
    } finally {
      running = null;
    }
  }

  const start = () => {
    running ??= run();
  };
  const timer = setInterval(start, everyMs).unref();
  start();
  return {
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
