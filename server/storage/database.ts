import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core';
import { withTimeout } from '../chatkit/async.js';
import { StorageError } from './errors.js';

/** Drizzle's query builder, on any connection. */
export type QueryBuilder = PgDatabase<PgQueryResultHKT>;

/**
 * Runs one statement.
 *
 * @throws {StorageError} and no other error
 */
export type RunStatement = <T>(statement: (db: QueryBuilder) => PromiseLike<T>) => Promise<T>;

/** A PostgreSQL database, embedded or on a server. */
export interface Database {
  readonly run: RunStatement;
  /**
   * Runs statements in a transaction, which is rolled back when `action` throws.
   *
   * @throws {StorageError} or the error of `action`, unchanged
   */
  transaction<T>(action: (run: RunStatement) => Promise<T>): Promise<T>;
  /**
   * Null when there is nothing to wait for.
   *
   * @throws {StorageError} when nothing more can be stored; what is stored can still be read
   */
  assertWritable(): Promise<void> | null;
  /** Vacuums after deletions, where the database does not do so by itself. */
  vacuum(): Promise<void>;
  /** Waits for the calls in flight. */
  close(): Promise<void>;
}

/** Counts the calls in flight, so that a shutdown can wait for them. */
export class CallsInFlight {
  readonly #calls = new Set<Promise<unknown>>();
  #closed = false;

  /** @throws {StorageError} `storage_closed` after `close` */
  async track<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new StorageError('storage_closed', 'The database is closed.');
    const call = work();
    this.#calls.add(call);
    try {
      return await call;
    } finally {
      this.#calls.delete(call);
    }
  }

  /** Rejects new calls, and waits for those in flight. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#calls);
  }
}

/**
 * Runs the body of a transaction with a timeout, because it holds locks that others wait for.
 *
 * - A statement that failed fails the transaction, even when `action` caught its error: PostgreSQL answers the
 *   `commit` of such a transaction with a rollback, and with no error.
 * - Statements after the end are rejected: they would run within another transaction.
 */
export async function runTransactionBody<T>(
  run: RunStatement,
  action: (run: RunStatement) => Promise<T>,
  timeoutMs: number,
): Promise<T> {
  const body = new TransactionBody(run);
  try {
    return await withTimeout(body.run(action), timeoutMs, () => {
      throw new StorageError('storage_unavailable', 'A transaction took too long.');
    });
  } finally {
    body.end();
  }
}

class TransactionBody {
  readonly #run: RunStatement;
  /** The previous statement: a connection runs one at a time. */
  #last: Promise<unknown> = Promise.resolve();
  #state: { type: 'open' } | { type: 'failed'; error: StorageError } | { type: 'ended' } = {
    type: 'open',
  };

  constructor(run: RunStatement) {
    this.#run = run;
  }

  async run<T>(action: (run: RunStatement) => Promise<T>): Promise<T> {
    try {
      const result = await action((statement) => this.#enqueue(statement));
      if (this.#state.type === 'failed') throw this.#state.error;
      return result;
    } finally {
      await this.#last;
    }
  }

  end(): void {
    this.#state = { type: 'ended' };
  }

  #enqueue<T>(statement: (db: QueryBuilder) => PromiseLike<T>): Promise<T> {
    const result = this.#last.then(() => {
      if (this.#state.type === 'ended') {
        throw new StorageError('storage_closed', 'The transaction has ended.');
      }
      return this.#run(statement);
    });
    this.#last = result.catch((error: unknown) => {
      if (this.#state.type === 'open') {
        this.#state = { type: 'failed', error: error as StorageError };
      }
    });
    return result;
  }
}
