import { getTableColumns, getTableName, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from './database.js';
import { EmbeddedDatabase } from './embedded.js';
import { StorageError } from './errors.js';
import { deleteOlderThan, deleteRequestsBefore, deleteUser } from './housekeeping.js';
import { defaultLimits, PostgresDatabase } from './postgres.js';
import {
  answers,
  appliedMigrations,
  auditLog,
  feedback,
  items,
  migrate,
  migrations as steps,
  requests,
  sessions,
  threads,
} from './schema.js';
import { SqlStore } from './sql-store.js';
import { aMessage, aThread, aUser, storedThread } from './test/samples.js';
import {
  createTestDatabase,
  skipped,
  testServer,
  type TestDatabase,
} from './test/test-database.js';
import { TestFolders } from './test/test-folder.js';

const fail = (error: StorageError) => expect.unreachable(error.message);
const all = { limit: 1000, order: 'asc' } as const;
const day = (text: string) => Date.parse(`${text}T12:00:00Z`);

describe('the embedded PostgreSQL', () => {
  let folders: TestFolders;
  beforeAll(async () => {
    folders = await TestFolders.create();
  }, 60_000);
  afterAll(() => folders.remove());
  let copies = 0;
  databaseTests(async () =>
    EmbeddedDatabase.open(await folders.copy(String(copies++)), { onError: fail }),
  );
});

describe.skipIf(testServer === undefined)(`a PostgreSQL server${skipped}`, () => {
  const databases: TestDatabase[] = [];
  afterAll(() => Promise.all(databases.map((database) => database.drop())));
  databaseTests(async () => {
    const test = await createTestDatabase();
    databases.push(test);
    const database = new PostgresDatabase(test.url, defaultLimits, fail);
    await migrate(database);
    return database;
  });
});

/** @param create opens a database with all tables and nothing in them */
function databaseTests(create: () => Promise<Database>): void {
  const opened: Database[] = [];
  const open = async () => {
    const database = await create();
    opened.push(database);
    return database;
  };
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((database) => database.close()));
  });

  const versions = (database: Database) =>
    database.run((db) =>
      db
        .select({ version: appliedMigrations.version, name: appliedMigrations.name })
        .from(appliedMigrations),
    );

  describe('migrations', () => {
    it('create the tables that the query builder knows', async () => {
      const database = await open();
      const own = [threads, items, requests, sessions, feedback, answers, auditLog];
      for (const table of [...own, appliedMigrations]) {
        const columns = await database.run((db) =>
          db
            .select({
              name: sql<string>`column_name`,
              type: sql<string>`data_type`,
              notNull: sql<boolean>`is_nullable = 'NO'`,
            })
            .from(sql`information_schema.columns`)
            .where(sql`table_name = ${getTableName(table)}`)
            .orderBy(sql`ordinal_position`),
        );
        expect(columns).toEqual(
          Object.values<PgColumn>(getTableColumns(table)).map((column) => ({
            name: column.name,
            type: column.getSQLType(),
            notNull: column.notNull,
          })),
        );
      }
    });

    it('run once each, in order, and continue after the last one', async () => {
      const database = await open();
      const next = { name: 'next', statements: ['create table second (id int)'] };
      const last = { name: 'last', statements: ['alter table second add column more int'] };
      await migrate(database, [...steps, next]);
      await migrate(database, [...steps, next, last]);
      await migrate(database, [...steps, next, last]);
      const names = [...steps, next, last].map(({ name }, index) => ({ version: index + 1, name }));
      expect(await versions(database)).toEqual(names);
      expect(names[0]?.name).toBe('threads and items');
    });

    it('are rolled back together when one fails', async () => {
      const database = await open();
      const second = { name: 'second', statements: ['create table second (id int)'] };
      const wrong = { name: 'wrong', statements: ['alter table nothing add column x int'] };
      await expect(migrate(database, [...steps, second, wrong])).rejects.toThrow(StorageError);
      expect(await versions(database)).toHaveLength(steps.length);
      await migrate(database, [...steps, second]);
    });

    it('keep what an operator looks for in threads of before', async () => {
      const database = await open();
      const store = new SqlStore(database, Date.now);
      const [liked, disliked] = [await storedThread(store), await storedThread(store)];
      const give = (threadId: string, kind: 'positive' | 'negative', { user }: { user: string }) =>
        store.saveFeedback(
          threadId,
          [{ item_id: 'item', kind, created_at: '2026-11-30T12:00:00.000Z' }],
          { user },
        );
      await give(liked.threadId, 'positive', liked.context);
      await give(disliked.threadId, 'negative', disliked.context);
      // Back to the version before, as far as the last step has changed it.
      const before = steps.findIndex(({ name }) => name === 'answers and audit log');
      for (const statement of [
        'drop table taskpilot_answers',
        'drop table taskpilot_audit_log',
        'create index taskpilot_threads_active on taskpilot_threads (active_on)',
        'drop index taskpilot_threads_recent',
        'alter table taskpilot_threads drop column disliked, drop column failed',
        `delete from taskpilot_migrations where version > ${before}`,
      ]) {
        await database.run((db) => db.execute(sql.raw(statement)));
      }
      await migrate(database, steps.slice(0, before + 1));
      const rows = await database.run((db) =>
        db.select({ id: threads.id, disliked: threads.disliked }).from(threads),
      );
      expect(rows.find(({ id }) => id === liked.threadId)?.disliked).toBe(false);
      expect(rows.find(({ id }) => id === disliked.threadId)?.disliked).toBe(true);
    });

    it('refuse a newer schema', async () => {
      const database = await open();
      await migrate(database, [...steps, { name: 'next', statements: [] }]);
      await expect(migrate(database)).rejects.toMatchObject({ code: 'schema_too_new' });
    });
  });

  describe('transactions', () => {
    it('fail when a statement failed, even if its error was caught', async () => {
      const database = await open();
      const work = database.transaction(async (run) => {
        await run((db) =>
          db.insert(appliedMigrations).values({ version: steps.length + 1, name: 'lost' }),
        );
        const wrong = run((db) => db.execute(sql`select * from nothing`));
        await expect(wrong).rejects.toMatchObject({ code: 'storage_failed', sqlState: '42P01' });
      });
      await expect(work).rejects.toMatchObject({ sqlState: '42P01' });
      expect(await versions(database)).toHaveLength(steps.length);
    });

    it('run one statement at a time, and none after their end', async () => {
      const database = await open();
      const store = new SqlStore(database, Date.now);
      const { threadId, context } = await storedThread(store);
      const escaped = await store.transaction(threadId, context, async (inner) => {
        const texts = ['a', 'b', 'c'];
        await Promise.all(
          texts.map((text) => inner.saveItem(threadId, aMessage(threadId, text), context)),
        );
        return inner;
      });
      await expect(escaped.saveItem(threadId, aMessage(threadId), context)).rejects.toMatchObject({
        code: 'storage_closed',
      });
      expect((await store.loadItems(threadId, all, context)).data).toHaveLength(3);
    });
  });

  describe('deleteUser', () => {
    it('deletes all threads of one user, in batches, and none of other users', async () => {
      const database = await open();
      const store = new SqlStore(database, Date.now);
      const leaving = aUser();
      for (let number = 0; number < 120; number++) {
        const { threadId } = await storedThread(store, leaving);
        if (number % 3 === 0) await store.saveItem(threadId, aMessage(threadId), leaving);
      }
      const staying = await storedThread(store);
      await store.saveItem(staying.threadId, aMessage(staying.threadId), staying.context);

      expect(await deleteUser(database, leaving.user)).toEqual({ threads: 120, items: 40 });
      expect(await deleteUser(database, leaving.user)).toEqual({ threads: 0, items: 0 });
      const left = await database.run((db) => db.select({ id: items.id }).from(items));
      expect(left).toHaveLength(1);
      expect((await store.loadThreads(all, leaving)).data).toEqual([]);
      expect((await store.loadThreads(all, staying.context)).data).toHaveLength(1);
    });

    it('finds nothing for a user that PostgreSQL cannot hold', async () => {
      const database = await open();
      expect(await deleteUser(database, 'a\0b')).toEqual({ threads: 0, items: 0 });
    });
  });

  describe('deleteRequestsBefore', () => {
    it('deletes old keys, in batches, and keeps their items', async () => {
      const database = await open();
      const store = new SqlStore(database, Date.now);
      const { threadId, context } = await storedThread(store);
      await store.saveItem(threadId, aMessage(threadId, 'Hello', 'item'), context);
      const claim = { threadId, itemId: 'item', bodyHash: 'hash', owner: 'owner', leaseMs: 1000 };
      await store.claimRequest({ ...claim, key: 'new' }, context);
      const copies = sql`insert into taskpilot_requests
          (user_id, key, thread_key, body_hash, owner, lease_until, created_at)
        select user_id, 'old ' || n, thread_key, body_hash, owner, now(), now() - interval '2 days'
        from taskpilot_requests, generate_series(1, 2500) n`;
      await database.run((db) => db.execute(copies));

      const yesterday = new Date(Date.now() - 24 * 3600 * 1000);
      expect(await deleteRequestsBefore(database, yesterday)).toBe(2500);
      expect(await deleteRequestsBefore(database, yesterday)).toBe(0);
      expect(await store.loadRequest('new', context)).toMatchObject({ itemId: 'item' });
      expect((await store.loadItems(threadId, all, context)).data).toHaveLength(1);
    });
  });

  describe('deleteOlderThan', () => {
    it('counts from the last change of the thread or its items', async () => {
      const database = await open();
      let now = day('2026-11-01');
      const store = new SqlStore(database, () => now);
      const user = aUser();
      const [old, added, renamed, fresh] = [aThread(), aThread(), aThread(), aThread()];
      for (const thread of [old, added, renamed]) {
        await store.saveThread(thread, user);
        await store.saveItem(thread.id, aMessage(thread.id, 'first', 'first'), user);
      }
      now = day('2026-11-10');
      await store.saveItem(added.id, aMessage(added.id), user);
      await store.saveThread({ ...renamed, title: 'New' }, user);
      await store.saveThread(fresh, user);

      const before = (text: string) => deleteOlderThan(database, new Date(day(text)));
      expect(await before('2026-11-01')).toEqual({ threads: 0, items: 0 });
      expect(await before('2026-11-02')).toEqual({ threads: 1, items: 1 });
      const { data } = await store.loadThreads(all, user);
      expect(data.map(({ id }) => id)).toEqual([added.id, renamed.id, fresh.id]);
      expect(await before('2026-11-10')).toEqual({ threads: 0, items: 0 });
      expect(await before('2026-11-11')).toEqual({ threads: 3, items: 3 });
    });
  });
}
