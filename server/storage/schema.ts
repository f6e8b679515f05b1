import { max, sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  date,
  integer,
  json,
  pgTable,
  text,
  timestamp,
} from 'drizzle-orm/pg-core';
import type { ErrorEvent, FeedbackKind, ThreadItem, ThreadMetadata } from '../chatkit/index.js';
import type { BackendName } from '../variables.js';
import type { AnswerOutcome } from './answers.js';
import type { AuditAction } from './audit-log.js';
import type { Database, RunStatement } from './database.js';
import { StorageError } from './errors.js';

// The tables as the query builder knows them. The migrations below create them, with keys, indexes and
// collations; a test compares the two.
//
// Threads and items are `json`, not `jsonb`: it keeps the text, and with it the order of keys and the escapes
// of characters that PostgreSQL's `text` cannot hold.

export const threads = pgTable('taskpilot_threads', {
  key: bigint({ mode: 'number' }).notNull().generatedAlwaysAsIdentity(),
  /**
   * Order of creation. Not `key`, because it has an index of its own: for a user with many threads the planner
   * would scan that index over the threads of all users.
   */
  position: bigint({ mode: 'number' }).notNull().generatedAlwaysAsIdentity(),
  id: text().notNull(),
  userId: text('user_id').notNull(),
  thread: json().$type<ThreadMetadata>().notNull(),
  /** The position assigned last. Updating it locks the thread's row. */
  lastPosition: bigint('last_position', { mode: 'number' }).notNull().default(0),
  /**
   * The day (UTC) of the last change, for retention. A day and not a time, so that most new items leave the
   * indexed columns of their thread unchanged and PostgreSQL can do a heap-only (HOT) update.
   */
  activeOn: date('active_on', { mode: 'string' }).notNull(),
  /** Of the JSON, for pages and quotas: its length would otherwise have to be taken of every row that is looked at. */
  bytes: integer()
    .notNull()
    .generatedAlwaysAs(sql`octet_length(thread::text)`),
  // Columns and not questions to the other tables, so that operators find the few such threads among many by an index.
  /** Whether the last feedback on one of its items is negative. */
  disliked: boolean().notNull().default(false),
  /** Whether an answer in it has failed. */
  failed: boolean().notNull().default(false),
});

export const items = pgTable('taskpilot_items', {
  threadKey: bigint('thread_key', { mode: 'number' }).notNull(),
  /** Order within the thread; with gaps. */
  position: bigint({ mode: 'number' }).notNull(),
  id: text().notNull(),
  item: json().$type<ThreadItem>().notNull(),
  /** As for threads. */
  bytes: integer()
    .notNull()
    .generatedAlwaysAs(sql`octet_length(item::text)`),
});

/** Requests with an `Idempotency-Key`, or a random key instead. */
export const requests = pgTable('taskpilot_requests', {
  userId: text('user_id').notNull(),
  key: text().notNull(),
  threadKey: bigint('thread_key', { mode: 'number' }).notNull(),
  /** The last item before the answer. */
  itemId: text('item_id'),
  bodyHash: text('body_hash').notNull(),
  createdAt: timestamp('created_at', { withTimezone: true, mode: 'string' }).notNull().defaultNow(),
  /** The id of the answer that holds the lease. */
  owner: text().notNull(),
  /** By the clock of the database, so that those of the instances may differ. */
  leaseUntil: timestamp('lease_until', { withTimezone: true, mode: 'string' }).notNull(),
  /** Whether the visitor has stopped the answer. */
  stopped: boolean().notNull().default(false),
  ended: boolean().notNull().default(false),
  error: json().$type<ErrorEvent>(),
  /** Whether another instance has asked for the items that are not stored yet. */
  followed: boolean().notNull().default(false),
  /** These items, as they were when they were asked for last. */
  partial: json().$type<readonly ThreadItem[]>(),
});

/** Sessions, for their cancellation by any instance. */
export const sessions = pgTable('taskpilot_sessions', {
  id: text().notNull(),
  userId: text('user_id').notNull(),
  backend: text().$type<BackendName>().notNull(),
  expiresAt: timestamp('expires_at', { withTimezone: true, mode: 'string' }).notNull(),
  cancelled: boolean().notNull().default(false),
});

/** The last feedback on each item. */
export const feedback = pgTable('taskpilot_feedback', {
  threadKey: bigint('thread_key', { mode: 'number' }).notNull(),
  itemId: text('item_id').notNull(),
  kind: text().$type<FeedbackKind>().notNull(),
  createdAt: timestamp('created_at', { withTimezone: true, mode: 'date' }).notNull(),
});

/** How each answer went and what it cost. */
export const answers = pgTable('taskpilot_answers', {
  key: bigint({ mode: 'number' }).notNull().generatedAlwaysAsIdentity(),
  threadKey: bigint('thread_key', { mode: 'number' }).notNull(),
  messageId: text('message_id'),
  startedAt: timestamp('started_at', { withTimezone: true, mode: 'date' }).notNull(),
  firstWordMs: integer('first_word_ms'),
  durationMs: integer('duration_ms').notNull(),
  outcome: text().$type<AnswerOutcome>().notNull(),
  failure: text(),
  model: text(),
  inputTokens: bigint('input_tokens', { mode: 'number' }),
  outputTokens: bigint('output_tokens', { mode: 'number' }),
});

/** What operators have done on their page. */
export const auditLog = pgTable('taskpilot_audit_log', {
  key: bigint({ mode: 'number' }).notNull().generatedAlwaysAsIdentity(),
  at: timestamp({ withTimezone: true, mode: 'date' }).notNull(),
  actor: text(),
  address: text().notNull(),
  action: text().$type<AuditAction>().notNull(),
  subject: text(),
});

/** Attachments; their bytes are kept outside of the database. */
export const attachments = pgTable('taskpilot_attachments', {
  id: text().notNull(),
  userId: text('user_id').notNull(),
  /** Null before a message has brought it, and after its thread has been deleted. */
  threadKey: bigint('thread_key', { mode: 'number' }),
  /** Whether a message has brought it, or it has been deleted: without a thread, it is of no more use. */
  settled: boolean().notNull().default(false),
  name: text().notNull(),
  mimeType: text('mime_type').notNull(),
  size: bigint({ mode: 'number' }).notNull(),
  createdAt: timestamp('created_at', { withTimezone: true, mode: 'date' }).notNull(),
});

export const appliedMigrations = pgTable('taskpilot_migrations', {
  version: integer().notNull(),
  name: text().notNull(),
  appliedAt: timestamp('applied_at', { withTimezone: true, mode: 'string' }).notNull().defaultNow(),
});

/** The day (UTC) of a time in milliseconds since 1970. */
export const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);

/**
 * Whether PostgreSQL's `text` cannot hold an id or user unchanged: NUL characters and unpaired surrogates. JSON
 * has escapes for them.
 */
export const isUnstorable = (text: string): boolean => /\0|\p{Surrogate}/u.test(text);

/** A released migration is never edited; add another one. */
export interface Migration {
  readonly name: string;
  readonly statements: readonly string[];
}

/**
 * In order; the first one makes version 1. During a rolling update the old instances use the new tables, so a
 * migration must keep everything that the previous version uses.
 *
 * Collation is `"C"`, because an index in a language's collation breaks when the system's locale data changes.
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
  {
    name: 'bytes of threads and items',
    statements: [
      `alter table taskpilot_threads
        add column bytes integer not null generated always as (octet_length(thread::text)) stored`,
      `alter table taskpilot_items
        add column bytes integer not null generated always as (octet_length(item::text)) stored`,
    ],
  },
  {
    name: 'requests with an idempotency key',
    statements: [
      `create table taskpilot_requests (
        user_id text collate "C" not null,
        key text collate "C" not null,
        thread_key bigint not null references taskpilot_threads (key) on delete cascade,
        item_id text collate "C",
        body_hash text collate "C" not null,
        created_at timestamptz not null default now(),
        owner text collate "C" not null,
        lease_until timestamptz not null,
        stopped boolean not null default false,
        ended boolean not null default false,
        error json,
        primary key (user_id, key)
      ) with (fillfactor = 80)`,
      `create index taskpilot_requests_thread on taskpilot_requests (thread_key)`,
      `create index taskpilot_requests_created on taskpilot_requests (created_at)`,
      `create index taskpilot_requests_running on taskpilot_requests (owner) where not ended`,
    ],
  },
  {
    name: 'sessions',
    statements: [
      `create table taskpilot_sessions (
        id text collate "C" primary key,
        user_id text collate "C" not null,
        backend text collate "C" not null,
        expires_at timestamptz not null,
        cancelled boolean not null default false
      ) with (fillfactor = 80)`,
      `create index taskpilot_sessions_expiry on taskpilot_sessions (expires_at)`,
    ],
  },
  {
    name: 'feedback',
    statements: [
      `create table taskpilot_feedback (
        thread_key bigint not null references taskpilot_threads (key) on delete cascade,
        item_id text collate "C" not null,
        kind text collate "C" not null,
        created_at timestamptz not null,
        primary key (thread_key, item_id)
      )`,
    ],
  },
  {
    name: 'answers and audit log',
    statements: [
      `alter table taskpilot_threads
        add column disliked boolean not null default false,
        add column failed boolean not null default false`,
      `update taskpilot_threads set disliked = true
        where key in (select thread_key from taskpilot_feedback where kind = 'negative')`,
      // The first of these also serves retention, as the index that it replaces did.
      `create index taskpilot_threads_recent on taskpilot_threads (active_on, key)`,
      `drop index taskpilot_threads_active`,
      `create index taskpilot_threads_disliked on taskpilot_threads (active_on, key) where disliked`,
      `create index taskpilot_threads_failed on taskpilot_threads (active_on, key) where failed`,
      `create table taskpilot_answers (
        key bigint generated always as identity primary key,
        thread_key bigint not null references taskpilot_threads (key) on delete cascade,
        message_id text collate "C",
        started_at timestamptz not null,
        first_word_ms integer,
        duration_ms integer not null,
        outcome text collate "C" not null,
        failure text collate "C",
        model text collate "C",
        input_tokens bigint,
        output_tokens bigint
      )`,
      `create index taskpilot_answers_thread on taskpilot_answers (thread_key, started_at)`,
      `create index taskpilot_answers_started on taskpilot_answers (started_at)`,
      `create table taskpilot_audit_log (
        key bigint generated always as identity primary key,
        at timestamptz not null,
        actor text collate "C",
        address text collate "C" not null,
        action text collate "C" not null,
        subject text collate "C"
      )`,
      `create index taskpilot_audit_log_at on taskpilot_audit_log (at)`,
    ],
  },
  {
    name: 'attachments',
    statements: [
      `create table taskpilot_attachments (
        id text collate "C" primary key,
        user_id text collate "C" not null,
        thread_key bigint references taskpilot_threads (key) on delete set null,
        settled boolean not null default false,
        name text not null,
        mime_type text collate "C" not null,
        size bigint not null,
        created_at timestamptz not null
      )`,
      `create index taskpilot_attachments_user on taskpilot_attachments (user_id)`,
      `create index taskpilot_attachments_thread on taskpilot_attachments (thread_key)`,
      `create index taskpilot_attachments_unsent on taskpilot_attachments (created_at)
        where thread_key is null`,
    ],
  },
  {
    name: 'following of running answers',
    statements: [
      `alter table taskpilot_requests
        add column followed boolean not null default false,
        add column partial json`,
    ],
  },
];

/** Key of the advisory lock: an arbitrary number that no other application uses in this database. */
const migrationLock = 7_239_451_020_617;

async function currentVersion(run: RunStatement): Promise<number> {
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
 * Runs the missing migrations in one transaction. Of instances that start at the same time, one runs them and
 * the others wait.
 *
 * Own code, because Drizzle's migrator takes no lock, so that two instances can run a migration twice, and
 * accepts a database that a newer version has migrated.
 *
 * @throws {StorageError} `schema_too_new` when a newer version of this program has migrated the database
 */
export async function migrate(
  database: Database,
  steps: readonly Migration[] = migrations,
): Promise<void> {
  await database.transaction(async (run) => {
    await run((db) => db.execute(sql`select pg_advisory_xact_lock(${migrationLock})`));
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
