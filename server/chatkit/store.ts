import type { Page, ThreadItem, ThreadMetadata } from './protocol/index.js';

/** Whose data is meant. Every method of a store keeps to this user's. */
export interface StoreContext {
  /** As `authenticate` said it: never empty, and the same for the same person on every device. */
  readonly user: string;
}

export interface PageRequest {
  /** At least 1. */
  readonly limit: number;
  /** `asc`: oldest first. */
  readonly order: 'asc' | 'desc';
  /** Id of the last entry of the page before. */
  readonly after?: string | undefined;
}

/** There is no such thing, or it is another user's, which is the same to whoever asks. */
export class NotFoundError extends Error {
  override readonly name = 'NotFoundError';
}

/**
 * What can be done to threads and their items, at once or within a transaction.
 *
 * - Each method that names a thread throws `NotFoundError` when this user has no such thread; `saveThread`
 *   does so only when the id is another user's.
 * - What is given is copied, and what is returned belongs to the caller.
 * - A method has taken effect, durably, when its promise is fulfilled.
 * - Ids of items are unique within their thread.
 * - Order is the order in which things were first saved, never that of `created_at`, which is equal or runs
 *   backwards when clocks do. It is the store that gives out the positions: of two instances that add items
 *   to one thread at once, each keeps its own, and every reader sees the same order.
 */
export interface StoreActions {
  loadThread(threadId: string, context: StoreContext): Promise<ThreadMetadata>;

  /** Adds the thread, or replaces the one of that id in its place. */
  saveThread(thread: ThreadMetadata, context: StoreContext): Promise<void>;

  /** The thread goes with all its items. */
  deleteThread(threadId: string, context: StoreContext): Promise<void>;

  /**
   * A page of this user's threads by order of creation. `after` is set exactly when there is more.
   *
   * @throws {NotFoundError} when `after` is not one of them
   */
  loadThreads(page: PageRequest, context: StoreContext): Promise<Page<ThreadMetadata>>;

  /** @throws {NotFoundError} also when the thread has no such item */
  loadItem(threadId: string, itemId: string, context: StoreContext): Promise<ThreadItem>;

  /** A page of a thread's items, hidden ones included. As `loadThreads` otherwise. */
  loadItems(threadId: string, page: PageRequest, context: StoreContext): Promise<Page<ThreadItem>>;

  /** Adds the item at the thread's end, or replaces the one of that id in its place. */
  saveItem(threadId: string, item: ThreadItem, context: StoreContext): Promise<void>;

  /** Removes the item; that there is none (any more) is fine. */
  deleteItem(threadId: string, itemId: string, context: StoreContext): Promise<void>;

  /**
   * Removes all that was added after the item, at once.
   *
   * @throws {NotFoundError} also when the thread has no such item
   */
  deleteItemsAfter(threadId: string, itemId: string, context: StoreContext): Promise<void>;
}

/** Where threads live. `MemoryStore` is the shortest implementation; a suite of tests says what holds for all. */
export interface Store extends StoreActions {
  /**
   * Runs `action` while nobody else, in this process or another, writes to the thread. All that it does to
   * that thread through the store it is given takes effect, or, when it throws, nothing. It must not use
   * another store meanwhile, and must be short: a model is never asked within it.
   *
   * @throws {NotFoundError} without running `action`, when this user has no such thread
   */
  transaction<T>(
    threadId: string,
    context: StoreContext,
    action: (store: StoreActions) => Promise<T>,
  ): Promise<T>;
}
