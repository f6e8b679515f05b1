import type { Store, StoreActions, StoreContext } from '../chatkit/index.js';
import type { Database } from './database.js';
import { SqlActions } from './sql-actions.js';

/** A store in PostgreSQL. What takes more than one statement runs in a transaction. */
export class SqlStore extends SqlActions implements Store {
  readonly #database: Database;
  readonly #now: () => number;

  /** @param now the time in milliseconds since 1970 */
  constructor(database: Database, now: () => number) {
    super(database.run, now);
    this.#database = database;
    this.#now = now;
  }

  transaction<T>(
    threadId: string,
    context: StoreContext,
    action: (store: StoreActions) => Promise<T>,
  ): Promise<T> {
    return this.#database.transaction(async (run) => {
      const actions = new SqlActions(run, this.#now);
      await actions.lock(threadId, context);
      return action(actions);
    });
  }

  override deleteItem(...args: Parameters<Store['deleteItem']>): Promise<void> {
    const [threadId, , context] = args;
    return this.transaction(threadId, context, (store) => store.deleteItem(...args));
  }

  override deleteItemsAfter(...args: Parameters<Store['deleteItemsAfter']>): Promise<void> {
    const [threadId, , context] = args;
    return this.transaction(threadId, context, (store) => store.deleteItemsAfter(...args));
  }
}
