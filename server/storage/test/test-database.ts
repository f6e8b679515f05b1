import { randomUUID } from 'node:crypto';
import pg from 'pg';

/**
 * The server that PostgreSQL's tests use; `node scripts/postgres.js COMMAND` provides one. Without it they
 * are skipped, and say why.
 */
export const testServer = process.env['TEST_DATABASE_URL'];
export const skipped = testServer === undefined ? ' (skipped: TEST_DATABASE_URL is not set)' : '';

export interface TestDatabase {
  readonly url: string;
  /** Runs a statement around the store, as an operator would. */
  query<Row extends pg.QueryResultRow>(statement: string, values?: unknown[]): Promise<Row[]>;
  /** Ends all connections but this one's, as a restart of the server does. */
  disconnectAll(): Promise<void>;
  drop(): Promise<void>;
}

/** An empty database of its own for a test file: files run at the same time. */
export async function createTestDatabase(): Promise<TestDatabase> {
  if (testServer === undefined) throw new Error('TEST_DATABASE_URL is not set.');
  const name = `taskpilot_test_${randomUUID().replaceAll('-', '')}`;
  const server = new pg.Client({ connectionString: testServer });
  await server.connect();
  await server.query(`create database ${name}`);
  const url = new URL(testServer);
  url.pathname = `/${name}`;
  const database = new pg.Client({ connectionString: url.href });
  await database.connect();
  return {
    url: url.href,
    query: async <Row extends pg.QueryResultRow>(statement: string, values: unknown[] = []) =>
      (await database.query<Row>(statement, values)).rows,
    disconnectAll: async () => {
      await server.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = $1 and application_name = 'taskpilot-chat'`,
        [name],
      );
    },
    drop: async () => {
      await database.end();
      await server.query(`drop database ${name} with (force)`);
      await server.end();
    },
  };
}
