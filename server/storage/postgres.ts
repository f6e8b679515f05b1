import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import {
  CallsInFlight,
  runTransactionBody,
  type Database,
  type QueryBuilder,
  type RunStatement,
} from './database.js';
import { serverError, StorageError } from './errors.js';

export interface PostgresLimits {
  /** Size of the connection pool. */
  readonly connections: number;
  /** Timeout for a new or free connection, in milliseconds. */
  readonly connectMs: number;
  /** Timeout of a statement and of a transaction, in milliseconds; 0 for none. */
  readonly statementMs: number;
}

export const defaultLimits: PostgresLimits = {
  connections: 10,
  connectMs: 5000,
  statementMs: 10_000,
};

/** Added to the server's own statement timeout before the client gives up on an answer, in milliseconds. */
const clientGraceMs = 2000;
/** The longest timer that Node has: in effect, no timeout. */
const noTimeoutMs = 2 ** 31 - 1;

interface Settings extends Omit<pg.PoolConfig, 'onConnect'> {
  /** The pool waits for this before it hands out a new connection. */
  readonly onConnect: (client: pg.ClientBase) => Promise<void>;
}

/** A PostgreSQL server, through a pool of connections. */
export class PostgresDatabase implements Database {
  readonly #pool: pg.Pool;
  readonly #sql: QueryBuilder;
  readonly #limits: PostgresLimits;
  readonly #calls = new CallsInFlight();
  #closing: Promise<void> | null = null;

  /**
   * Connects at the first statement.
   *
   * @param onError receives the errors of idle connections; the pool replaces these
   */
  constructor(url: string, limits: PostgresLimits, onError: (error: StorageError) => void) {
    this.#limits = limits;
    const { statementMs } = limits;
    const settings: Settings = {
      connectionString: url,
      application_name: 'taskpilot-chat',
      max: limits.connections,
      connectionTimeoutMillis: limits.connectMs,
      idleTimeoutMillis: 30_000,
      keepAlive: true,
      ...(statementMs > 0 && { query_timeout: statementMs + clientGraceMs }),
      // By a statement, because PgBouncer rejects these as startup parameters. In its transaction mode they stay
      // with a server connection, which it shares only between clients of the same database and user.
      onConnect: async (client) => {
        await client.query(
          `select set_config('statement_timeout', $1, false),
                  set_config('idle_in_transaction_session_timeout', $2, false)`,
          [String(statementMs), String(statementMs && statementMs + clientGraceMs)],
        );
      },
    };
    this.#pool = new pg.Pool(settings);
    this.#sql = drizzle({ client: this.#pool });
    // An `error` event without a listener ends the process.
    this.#pool.on('error', (error) => {
      if (this.#closing === null) onError(serverError(error));
    });
  }

  readonly run: RunStatement = (statement) =>
    this.#calls.track(() => withServerErrors(() => statement(this.#sql)));

  transaction<T>(action: (run: RunStatement) => Promise<T>): Promise<T> {
    return this.#calls.track(() => this.#transaction(action));
  }

  /** The server refuses the writes itself. */
  assertWritable(): null {
    return null;
  }

  /** The server's autovacuum does it. */
  vacuum(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.#closing ??= this.#calls.close().then(() => this.#pool.end());
    return this.#closing;
  }

  async #transaction<T>(action: (run: RunStatement) => Promise<T>): Promise<T> {
    const client = await withServerErrors(() => this.#pool.connect());
    // An `error` event without a listener ends the process; the statement in flight fails as well.
    const ignore = () => undefined;
    client.on('error', ignore);
    const sql = drizzle({ client });
    let reusable = false;
    try {
      await withServerErrors(() => client.query('begin'));
      const run: RunStatement = (statement) => withServerErrors(() => statement(sql));
      const result = await runTransactionBody(run, action, this.#limits.statementMs || noTimeoutMs);
      await withServerErrors(() => client.query('commit'));
      reusable = true;
      return result;
    } catch (error) {
      reusable = !(error instanceof StorageError) && (await isRolledBack(client));
      throw error;
    } finally {
      client.off('error', ignore);
      // Destroying the connection ends its transaction.
      client.release(!reusable);
    }
  }
}

async function withServerErrors<T>(work: () => PromiseLike<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw serverError(error);
  }
}

async function isRolledBack(client: pg.PoolClient): Promise<boolean> {
  try {
    await client.query('rollback');
    return true;
  } catch {
    return false;
  }
}
