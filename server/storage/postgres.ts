import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { Gate, runBody, type Database, type Run, type Sql } from './database.js';
import { serverError, StorageError } from './errors.js';

export interface PostgresLimits {
  /** Connections at the same time. */
  readonly connections: number;
  /** How long to wait for a connection, new or free, in milliseconds. */
  readonly connectMs: number;
  /** How long a statement or a whole transaction may take, in milliseconds; 0: as long as it takes. */
  readonly statementMs: number;
}

export const defaultLimits: PostgresLimits = {
  connections: 10,
  connectMs: 5000,
  statementMs: 10_000,
};

/** The server ends a statement at its limit; this much later, whoever has not heard of it gives up. */
const unheardMs = 2000;
/** No limit at all for a body of a transaction, as far as timers can. */
const noLimitMs = 2 ** 31 - 1;

interface Settings extends Omit<pg.PoolConfig, 'onConnect'> {
  /** The pool waits for it before it hands the connection out. */
  readonly onConnect: (client: pg.ClientBase) => Promise<void>;
}

/** A PostgreSQL server, through a pool of connections. */
export class PostgresDatabase implements Database {
  readonly #pool: pg.Pool;
  readonly #sql: Sql;
  readonly #limits: PostgresLimits;
  readonly #gate = new Gate();
  #closing: Promise<void> | null = null;

  /**
   * Opens nothing yet.
   *
   * @param onError hears of idle connections that broke; others take their place
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
      ...(statementMs > 0 && { query_timeout: statementMs + unheardMs }),
      // By a statement, not with the connection's start: poolers such as PgBouncer refuse it there. What then
      // stays with a connection of theirs is for the same database and user only.
      onConnect: async (client) => {
        await client.query(
          `select set_config('statement_timeout', $1, false),
                  set_config('idle_in_transaction_session_timeout', $2, false)`,
          [String(statementMs), String(statementMs && statementMs + unheardMs)],
        );
      },
    };
    this.#pool = new pg.Pool(settings);
    this.#sql = drizzle({ client: this.#pool });
    // Without a listener, it would end the process.
    this.#pool.on('error', (error) => {
      if (this.#closing === null) onError(serverError(error));
    });
  }

  readonly run: Run = (statement) => this.#gate.pass(() => mapped(() => statement(this.#sql)));

  transaction<T>(action: (run: Run) => Promise<T>): Promise<T> {
    return this.#gate.pass(() => this.#transaction(action));
  }

  /** A server does that by itself. */
  tidy(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.#closing ??= this.#gate.close().then(() => this.#pool.end());
    return this.#closing;
  }

  async #transaction<T>(action: (run: Run) => Promise<T>): Promise<T> {
    const client = await mapped(() => this.#pool.connect());
    // What breaks the connection fails its statement, too; without a listener it would end the process.
    const ignore = () => undefined;
    client.on('error', ignore);
    const sql = drizzle({ client });
    let usable = false;
    try {
      await mapped(() => client.query('begin'));
      const run: Run = (statement) => mapped(() => statement(sql));
      const result = await runBody(run, action, this.#limits.statementMs || noLimitMs);
      await mapped(() => client.query('commit'));
      usable = true;
      return result;
    } catch (error) {
      usable = !(error instanceof StorageError) && (await isRolledBack(client));
      throw error;
    } finally {
      client.off('error', ignore);
      // A connection that failed in any way ends, and with it the transaction.
      client.release(!usable);
    }
  }
}

async function mapped<T>(work: () => PromiseLike<T>): Promise<T> {
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
