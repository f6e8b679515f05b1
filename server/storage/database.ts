import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core';
import { withTimeout } from '../chatkit/async.js';
import { StorageError } from './errors.js';

/** Builds and runs statements, on whichever database. */
export type Sql = PgDatabase<PgQueryResultHKT>;

/**
 * Runs one statement.
 *
 * @throws {StorageError} and nothing else
 */
export type Run = <T>(statement: (sql: Sql) => PromiseLike<T>) => Promise<T>;

/** A PostgreSQL, wherever it is. */
export interface Database {
  readonly run: Run;
  /**
   * Runs statements that take effect together, or, when `action` throws, not at all.
   *
   * @throws {StorageError} or what `action` throws, as it is
   */
  transaction<T>(action: (run: Run) => Promise<T>): Promise<T>;
  /** What a server does by itself now and then: makes room of what was deleted. */
  tidy(): Promise<void>;
  /** Waits for what is running. */
  close(): Promise<void>;
}

/** What is running, so that an end can wait for it. */
export class Gate {
  readonly #running = new Set<Promise<unknown>>();
  #closed = false;

  /** @throws {StorageError} `storage_closed` after the end */
  async pass<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new StorageError('storage_closed', 'The database is closed.');
    const running = work();
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  /** Lets nobody in any more, and waits for the last to leave. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#running);
  }
}

/**
 * Runs the body of a transaction with a time limit, because other transactions wait for it.
 *
 * - A failed statement fails the transaction, even when `action` has caught its error: PostgreSQL answers its
 *   commit with a rollback, which is not an error.
 * - After the end, its statements are refused: they would run in the next transaction of the connection.
 */
export async function runBody<T>(
  run: Run,
  action: (run: Run) => Promise<T>,
  limitMs: number,
): Promise<T> {
  const body = new Body(run);
  try {
    return await withTimeout(body.finish(action), limitMs, () => {
      throw new StorageError('storage_unavailable', 'A transaction took too long.');
    });
  } finally {
    body.close();
  }
}

class Body {
  readonly #run: Run;
  /** Of the statement before: a connection does one thing at a time. */
  #last: Promise<unknown> = Promise.resolve();
  #state: { type: 'open' } | { type: 'failed'; error: StorageError } | { type: 'over' } = {
    type: 'open',
  };

  constructor(run: Run) {
    this.#run = run;
  }

  async finish<T>(action: (run: Run) => Promise<T>): Promise<T> {
    try {
      const result = await action((statement) => this.#enqueue(statement));
      if (this.#state.type === 'failed') throw this.#state.error;
      return result;
    } finally {
      await this.#last;
    }
  }

  close(): void {
    this.#state = { type: 'over' };
  }

  #enqueue<T>(statement: (sql: Sql) => PromiseLike<T>): Promise<T> {
    const result = this.#last.then(() => {
      if (this.#state.type === 'over') {
        throw new StorageError('storage_closed', 'The transaction is over.');
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
