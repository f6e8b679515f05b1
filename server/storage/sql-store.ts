import type {
  Page,
  PageRequest,
  Store,
  StoreActions,
  StoreContext,
  ThreadItem,
  ThreadMetadata,
} from '../chatkit/index.js';
import type { Database } from './database.js';
import { SqlActions } from './sql-actions.js';

/** A store in a PostgreSQL. */
export class SqlStore implements Store {
  readonly #database: Database;
  readonly #now: () => number;
  readonly #actions: SqlActions;

  /** @param now milliseconds since 1970 */
  constructor(database: Database, now: () => number) {
    this.#database = database;
    this.#now = now;
    this.#actions = new SqlActions(database.run, now);
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

  loadThread(threadId: string, context: StoreContext): Promise<ThreadMetadata> {
    return this.#actions.loadThread(threadId, context);
  }

  saveThread(thread: ThreadMetadata, context: StoreContext): Promise<void> {
    return this.#actions.saveThread(thread, context);
  }

  deleteThread(threadId: string, context: StoreContext): Promise<void> {
    return this.#actions.deleteThread(threadId, context);
  }

  loadThreads(page: PageRequest, context: StoreContext): Promise<Page<ThreadMetadata>> {
    return this.#actions.loadThreads(page, context);
  }

  loadItem(threadId: string, itemId: string, context: StoreContext): Promise<ThreadItem> {
    return this.#actions.loadItem(threadId, itemId, context);
  }

  loadItems(threadId: string, page: PageRequest, context: StoreContext): Promise<Page<ThreadItem>> {
    return this.#actions.loadItems(threadId, page, context);
  }

  saveItem(threadId: string, item: ThreadItem, context: StoreContext): Promise<void> {
    return this.#actions.saveItem(threadId, item, context);
  }

  // What follows takes more than one statement.

  deleteItem(threadId: string, itemId: string, context: StoreContext): Promise<void> {
    return this.transaction(threadId, context, (store) =>
      store.deleteItem(threadId, itemId, context),
    );
  }

  deleteItemsAfter(threadId: string, itemId: string, context: StoreContext): Promise<void> {
    return this.transaction(threadId, context, (store) =>
      store.deleteItemsAfter(threadId, itemId, context),
    );
  }
}
