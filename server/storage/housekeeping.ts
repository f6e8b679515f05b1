import { setImmediate } from 'node:timers/promises';
import { and, count, eq, exists, inArray, lt, type SQL } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { Database, RunStatement } from './database.js';
import { attachments, dayOf, isUnstorable, items, requests, sessions, threads } from './schema.js';

/** Numbers of deleted rows. */
export interface Deleted {
  readonly threads: number;
  readonly items: number;
  /** Attachments of a user; left out when there were none. */
  readonly files?: number;
}

/** Threads per transaction, to keep a statement within its timeout and locks short. */
const batchSize = 50;

/** Requests or sessions per statement. */
const requestBatchSize = 1000;

/** Deletes all threads of a user with what belongs to them, and ends the user's sessions. A thread that is created meanwhile is deleted or kept as a whole. */
export async function deleteUser(database: Database, user: string): Promise<Deleted> {
  if (isUnstorable(user)) return { threads: 0, items: 0 };
  // The rows stay until they expire, without the user: every instance has to refuse the sessions' tokens.
  await database.run((db) =>
    db.update(sessions).set({ userId: '', cancelled: true }).where(eq(sessions.userId, user)),
  );
  // The rows stay until the bytes of the files are deleted.
  const files = await database.run((db) =>
    db
      .update(attachments)
      .set({ userId: '', name: '', settled: true })
      .where(eq(attachments.userId, user))
      .returning({ id: attachments.id }),
  );
  const deleted = await deleteThreads(database, {
    where: eq(threads.userId, user),
    orderBy: threads.position,
    locking: {},
  });
  return { ...deleted, ...(files.length > 0 && { files: files.length }) };
}

/**
 * Deletes the threads that were last changed before the day (UTC) of the date. Skips threads that are being
 * written to.
 */
export function deleteOlderThan(database: Database, date: Date): Promise<Deleted> {
  return deleteThreads(database, {
    where: lt(threads.activeOn, dayOf(date.getTime())),
    orderBy: threads.activeOn,
    locking: { skipLocked: true },
  });
}

/** Deletes the idempotency keys that were stored before the date; their items stay. Returns their number. */
export async function deleteRequestsBefore(database: Database, date: Date): Promise<number> {
  let total = 0;
  for (;;) {
    const deleted = await database.run((db) => {
      const old = db
        .select({ userId: requests.userId, key: requests.key })
        .from(requests)
        .where(lt(requests.createdAt, date.toISOString()))
        .orderBy(requests.createdAt)
        .limit(requestBatchSize)
        .as('old');
      return db
        .delete(requests)
        .where(
          exists(
            db
              .select({ key: old.key })
              .from(old)
              .where(and(eq(old.userId, requests.userId), eq(old.key, requests.key))),
          ),
        )
        .returning({ key: requests.key });
    });
    total += deleted.length;
    if (deleted.length < requestBatchSize) return total;
    await setImmediate();
  }
}

/** Deletes the sessions that expired before the date, and returns their number. */
export async function deleteSessionsBefore(database: Database, date: Date): Promise<number> {
  let total = 0;
  for (;;) {
    const deleted = await database.run((db) => {
      const old = db
        .select({ id: sessions.id })
        .from(sessions)
        .where(lt(sessions.expiresAt, date.toISOString()))
        .orderBy(sessions.expiresAt)
        .limit(requestBatchSize);
      return db.delete(sessions).where(inArray(sessions.id, old)).returning({ id: sessions.id });
    });
    total += deleted.length;
    if (deleted.length < requestBatchSize) return total;
    await setImmediate();
  }
}

interface Selection {
  readonly where: SQL;
  /** An indexed column. Transactions that lock the same threads do so in this order, which avoids deadlocks. */
  readonly orderBy: PgColumn;
  readonly locking: { readonly skipLocked?: true };
}

async function deleteThreads(database: Database, selection: Selection): Promise<Deleted> {
  const total = { threads: 0, items: 0 };
  for (;;) {
    const deleted = await database.transaction((run) => deleteBatch(run, selection));
    if (deleted.threads === 0) break;
    total.threads += deleted.threads;
    total.items += deleted.items;
    await setImmediate();
  }
  return total;
}

async function deleteBatch(
  run: RunStatement,
  { where, orderBy, locking }: Selection,
): Promise<Deleted> {
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
    const deletedItems = db
      .$with('deleted_items')
      .as(
        db
          .delete(items)
          .where(inArray(items.threadKey, keys))
          .returning({ position: items.position }),
      );
    return db.with(deletedItems).select({ items: count() }).from(deletedItems);
  });
  await run((db) => db.delete(threads).where(inArray(threads.key, keys)));
  return { threads: keys.length, items: deleted?.items ?? 0 };
}

const dayMs = 24 * 3600 * 1000;

/** How long idempotency keys are kept: far longer than a client repeats a request. */
const requestDays = 1;

/** How long expired sessions are kept: longer than the clocks of two instances may differ, in milliseconds. */
const sessionGraceMs = 3600 * 1000;

/** How long the audit log of the operator's page is kept: a little more than a year. */
const auditDays = 400;

export interface RetentionOptions {
  readonly store: {
    deleteOlderThan(date: Date): Promise<Deleted>;
    deleteRequestsBefore(date: Date): Promise<number>;
    deleteSessionsBefore(date: Date): Promise<number>;
    deleteAuditBefore(date: Date): Promise<void>;
  };
  /** Whole days that a thread is kept after its last change; at least 1. Without it, threads are kept. */
  readonly days?: number | undefined;
  /** Time between two runs, in milliseconds. @default 6 hours */
  readonly everyMs?: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly onDeleted: (deleted: Deleted) => void;
  /** Receives the error of a failed run; the next run tries again. */
  readonly onError: (error: unknown) => void;
}

export interface Retention {
  /** Starts no further run, and waits for the current one. */
  stop(): Promise<void>;
}

/**
 * Deletes old threads, sessions, idempotency keys and entries of the audit log now and at an interval. Several instances can do so on one database.
 *
 * A thread is deleted when `days` whole days (UTC) have passed after the day of its last change.
 */
export function startRetention(options: RetentionOptions): Retention {
  const { store, days, everyMs = dayMs / 4, now = Date.now, onDeleted, onError } = options;
  let running: Promise<void> | null = null;

  async function run(): Promise<void> {
    try {
      await store.deleteRequestsBefore(new Date(now() - requestDays * dayMs));
      await store.deleteSessionsBefore(new Date(now() - sessionGraceMs));
      await store.deleteAuditBefore(new Date(now() - auditDays * dayMs));
      if (days === undefined) return;
      const deleted = await store.deleteOlderThan(new Date(now() - days * dayMs));
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
