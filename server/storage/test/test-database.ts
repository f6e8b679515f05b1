import { randomUUID } from 'node:crypto';
import pg from 'pg';

/**
 * URL of the server that PostgreSQL's tests use. Without it they are skipped, with the reason in their title.
 */
export const testServer = process.env['TEST_DATABASE_URL'];
export const skipped = testServer === undefined ? ' (skipped: TEST_DATABASE_URL is not set)' : '';

export interface TestDatabase {
  readonly url: string;
  /** Runs a statement on a connection outside the store. */
  query<Row extends pg.QueryResultRow>(statement: string, values?: unknown[]): Promise<Row[]>;
  /** Ends the store's connections, as a restart of the server does. */
  disconnectAll(): Promise<void>;
  drop(): Promise<void>;
}

/** An empty database for one test file, because files run concurrently. */
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
