import { max, sql } from 'drizzle-orm';
import { bigint, date, integer, json, pgTable, text, timestamp } from 'drizzle-orm/pg-core';
import type { ThreadItem, ThreadMetadata } from '../chatkit/index.js';
import type { Database, Run } from './database.js';
import { StorageError } from './errors.js';

// What statements are built from. The tables themselves, with keys, indexes and collations, are made by
// migrations.ts; a test compares the two.
//
// Threads and items are kept as `json`, not `jsonb`: it is their text, with the order of keys and with
// characters that PostgreSQL's own text cannot hold (they stay escapes).

export const threads = pgTable('taskpilot_threads', {
  key: bigint({ mode: 'number' }).notNull().generatedAlwaysAsIdentity(),
  /**
   * By order of creation. The key would do, but has an index of its own: the planner would take a user with
   * many threads for an excuse to read everybody's, newest first, until it has found enough of theirs.
   */
  position: bigint({ mode: 'number' }).notNull().generatedAlwaysAsIdentity(),
  id: text().notNull(),
  userId: text('user_id').notNull(),
  thread: json().$type<ThreadMetadata>().notNull(),
  /** The position given out last. To change it is to lock the thread. */
  lastPosition: bigint('last_position', { mode: 'number' }).notNull().default(0),
  /**
   * The day (UTC) of the last change, for retention. A day and no time: a row whose indexed columns stay the
   * same is changed in place, which is what most items that are added do to their thread.
   */
  activeOn: date('active_on', { mode: 'string' }).notNull(),
});

export const items = pgTable('taskpilot_items', {
  threadKey: bigint('thread_key', { mode: 'number' }).notNull(),
  /** Order within the thread; has gaps. */
  position: bigint({ mode: 'number' }).notNull(),
  id: text().notNull(),
  item: json().$type<ThreadItem>().notNull(),
});

export const appliedMigrations = pgTable('taskpilot_migrations', {
  version: integer().notNull(),
  name: text().notNull(),
  appliedAt: timestamp('applied_at', { withTimezone: true, mode: 'string' }).notNull().defaultNow(),
});

/** The day (UTC) of a time in milliseconds since 1970. */
export const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);

/** Whether PostgreSQL cannot keep a text, or only as another one. Ids and users; what is JSON has escapes. */
export const isUnstorable = (text: string): boolean => /\0|\p{Surrogate}/u.test(text);

/** One step of the database's history. What has been released is never changed: add another step. */
export interface Migration {
  readonly name: string;
  readonly statements: readonly string[];
}

/**
 * In order; the first makes version 1. While instances are being replaced, the old ones go on with the new
 * tables, so a step must leave what the version before uses.
 *
 * Texts are compared byte by byte (`"C"`): an index in a language's order breaks when the system's idea of
 * that language changes.
 */
export const migrations: readonly Migration[] = [
  {
    name: 'threads and items',
    statements: [
      `create table taskpilot_threads (
        key bigint generated always as identity primary key,
        position bigint generated always as identity,
        id text collate "C" not null,
        user_id text collate "C" not null,
        thread json not null,
        last_position bigint not null default 0,
        active_on date not null,
        constraint taskpilot_threads_id unique (id)
      ) with (fillfactor = 80)`,
      `create index taskpilot_threads_user on taskpilot_threads (user_id, position)`,
      `create index taskpilot_threads_active on taskpilot_threads (active_on)`,
      `create table taskpilot_items (
        thread_key bigint not null references taskpilot_threads (key) on delete cascade,
        position bigint not null,
        id text collate "C" not null,
        item json not null,
        primary key (thread_key, position),
        constraint taskpilot_items_id unique (thread_key, id)
      )`,
    ],
  },
];

/** Any number that nobody else in this database takes for a lock of theirs. */
const lock = 7_239_451_020_617;

async function currentVersion(run: Run): Promise<number> {
  await run((db) =>
    db.execute(sql`create table if not exists ${appliedMigrations} (
      version integer primary key,
      name text not null,
      applied_at timestamptz not null default now()
    )`),
  );
  const [row] = await run((db) =>
    db.select({ version: max(appliedMigrations.version) }).from(appliedMigrations),
  );
  return row?.version ?? 0;
}

/**
 * Brings the tables to what this version of the program knows, all or nothing. Of instances that start at
 * the same time, one does it and the others wait.
 *
 * @throws {StorageError} `schema_too_new` when a newer version of the program was here before
 */
export async function migrate(
  database: Database,
  steps: readonly Migration[] = migrations,
): Promise<void> {
  await database.transaction(async (run) => {
    await run((db) => db.execute(sql`select pg_advisory_xact_lock(${lock})`));
    const version = await currentVersion(run);
    if (version > steps.length) {
      throw new StorageError(
        'schema_too_new',
        `The database has version ${version}, and this program knows ${steps.length}: run a newer one.`,
      );
    }
    for (const [index, { name, statements }] of steps.entries()) {
      if (index < version) continue;
      for (const statement of statements) await run((db) => db.execute(sql.raw(statement)));
      await run((db) => db.insert(appliedMigrations).values({ version: index + 1, name }));
    }
  });
}
