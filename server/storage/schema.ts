import { bigint, date, integer, json, pgTable, text, timestamp } from 'drizzle-orm/pg-core';
import type { ThreadItem, ThreadMetadata } from '../chatkit/index.js';

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

export const migrations = pgTable('taskpilot_migrations', {
  version: integer().notNull(),
  name: text().notNull(),
  appliedAt: timestamp('applied_at', { withTimezone: true, mode: 'string' }).notNull().defaultNow(),
});

/** The day (UTC) of a time in milliseconds since 1970. */
export const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);

/** Whether PostgreSQL cannot keep a text, or only as another one. Ids and users; what is JSON has escapes. */
export const isUnstorable = (text: string): boolean => /\0|\p{Surrogate}/u.test(text);
