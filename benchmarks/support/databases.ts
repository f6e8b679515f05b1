import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import type { Database } from '../../server/storage/database.js';
import { EmbeddedDatabase } from '../../server/storage/embedded.js';
import type { StorageError } from '../../server/storage/errors.js';
import { defaultLimits, PostgresDatabase } from '../../server/storage/postgres.js';
import { migrate } from '../../server/storage/schema.js';
import { createTestDatabase, testServer } from '../../server/storage/test/test-database.js';

/** A database with all tables and nothing in them. */
export interface MeasuredDatabase {
  readonly name: string;
  readonly database: Database;
  remove(): Promise<void>;
}

function fail(error: StorageError): never {
  throw error;
}

/** The embedded one, and, when there is one, a server. */
export async function openDatabases(): Promise<MeasuredDatabase[]> {
  const folder = await mkdtemp(join(tmpdir(), 'taskpilot-benchmark-'));
  const embedded = await EmbeddedDatabase.open(folder, { onError: fail });
  await migrate(embedded);
  const all: MeasuredDatabase[] = [
    {
      name: 'embedded',
      database: embedded,
      remove: async () => {
        await embedded.close();
        await rm(folder, { recursive: true });
      },
    },
  ];
  if (testServer === undefined) {
    console.log('PostgreSQL is not measured: TEST_DATABASE_URL is not set.');
    return all;
  }
  const test = await createTestDatabase();
  const server = new PostgresDatabase(test.url, defaultLimits, fail);
  await migrate(server);
  return [
    ...all,
    {
      name: 'server',
      database: server,
      remove: async () => {
        await server.close();
        await test.drop();
      },
    },
  ];
}

/**
 * A user with so many threads, `<user>_1` and so on, of which the first has as many items, `msg_1` and so on.
 * Without statistics for the planner, as after a day on which everybody came at once.
 */
export async function fill({ run }: Database, user: string, count: number): Promise<void> {
  await run((db) =>
    db.execute(sql`
      insert into taskpilot_threads (id, user_id, thread, last_position, active_on)
      select id, ${user}::text, json_build_object(
        'id', id, 'title', 'Tasks of today', 'created_at', '2026-11-30T12:00:00.000Z',
        'status', json_build_object('type', 'active'), 'metadata', json_build_object()
      ), ${count}::bigint, '2026-11-30'
      from (select ${user}::text || '_' || n as id from generate_series(1, ${count}::int) n) threads`),
  );
  await run((db) =>
    db.execute(sql`
      insert into taskpilot_items (thread_key, position, id, item)
      select key, n, 'msg_' || n, json_build_object(
        'type', 'assistant_message', 'id', 'msg_' || n, 'thread_id', id,
        'created_at', '2026-11-30T12:00:00.000Z',
        'content', json_build_array(json_build_object(
          'type', 'output_text', 'text', repeat('word ', 60), 'annotations', json_build_array()))
      )
      from taskpilot_threads, generate_series(1, ${count}::int) n
      where id = ${user}::text || '_1'`),
  );
}
