import type { Page, ThreadItem, ThreadMetadata } from './types.js';

/** Whose data is meant. Every method of a store keeps to this user's. */
export interface StoreContext {
  readonly user: string;
}

export interface PageRequest {
  readonly limit: number;
  readonly order: 'asc' | 'desc';
  /** Id of the last entry of the page before. */
  readonly after?: string | undefined;
}

/** There is no such thing, or it is another user's, which is the same to whoever asks. */
export class NotFoundError extends Error {
  override readonly name = 'NotFoundError';
}

/** Where threads live. Methods that name a thread or item throw `NotFoundError`. */
export interface Store {
  loadThread(threadId: string, context: StoreContext): Promise<ThreadMetadata>;
  saveThread(thread: ThreadMetadata, context: StoreContext): Promise<void>;
  deleteThread(threadId: string, context: StoreContext): Promise<void>;
  loadThreads(page: PageRequest, context: StoreContext): Promise<Page<ThreadMetadata>>;
  loadItem(threadId: string, itemId: string, context: StoreContext): Promise<ThreadItem>;
  loadItems(threadId: string, page: PageRequest, context: StoreContext): Promise<Page<ThreadItem>>;
  /** Adds the item at the end, or replaces the one of that id in its place. */
  saveItem(threadId: string, item: ThreadItem, context: StoreContext): Promise<void>;
  deleteItem(threadId: string, itemId: string, context: StoreContext): Promise<void>;
}

function pageOf<T extends { id: string }>(all: Iterable<T>, request: PageRequest): Page<T> {
  const entries = [...all];
  if (request.order === 'desc') entries.reverse();
  const from =
    request.after === undefined ? 0 : entries.findIndex(({ id }) => id === request.after) + 1;
  const data = entries.slice(from, from + request.limit);
  const last = data.at(-1);
  const more = from + request.limit < entries.length;
  return { data: structuredClone(data), has_more: more, ...(more && last && { after: last.id }) };
}

interface StoredThread {
  user: string;
  thread: ThreadMetadata;
  items: Map<string, ThreadItem>;
}

/** Keeps everything in this process; the oldest threads go when there are too many. */
export class MemoryStore implements Store {
  readonly #threads = new Map<string, StoredThread>();
  readonly #limit: number;

  constructor(limit = 10_000) {
    this.#limit = limit;
  }

  #find(threadId: string, { user }: StoreContext): StoredThread {
    const found = this.#threads.get(threadId);
    if (found?.user !== user) throw new NotFoundError(`No thread ${threadId}`);
    return found;
  }

  loadThread(threadId: string, context: StoreContext): Promise<ThreadMetadata> {
    return attempt(() => structuredClone(this.#find(threadId, context).thread));
  }

  saveThread(thread: ThreadMetadata, context: StoreContext): Promise<void> {
    return attempt(() => {
      if (this.#threads.has(thread.id)) {
        this.#find(thread.id, context).thread = structuredClone(thread);
        return;
      }
      const [oldest] = this.#threads.keys();
      if (this.#threads.size >= this.#limit && oldest !== undefined) this.#threads.delete(oldest);
      this.#threads.set(thread.id, {
        user: context.user,
        thread: structuredClone(thread),
        items: new Map(),
      });
    });
  }

  deleteThread(threadId: string, context: StoreContext): Promise<void> {
    return attempt(() => {
      this.#find(threadId, context);
      this.#threads.delete(threadId);
    });
  }

  loadThreads(page: PageRequest, { user }: StoreContext): Promise<Page<ThreadMetadata>> {
    return attempt(() => {
      const own = [...this.#threads.values()].filter((stored) => stored.user === user);
      return pageOf(
        own.map(({ thread }) => thread),
        page,
      );
    });
  }

  loadItem(threadId: string, itemId: string, context: StoreContext): Promise<ThreadItem> {
    return attempt(() => {
      const item = this.#find(threadId, context).items.get(itemId);
      if (item === undefined) throw new NotFoundError(`No item ${itemId}`);
      return structuredClone(item);
    });
  }

  loadItems(threadId: string, page: PageRequest, context: StoreContext): Promise<Page<ThreadItem>> {
    return attempt(() => pageOf(this.#find(threadId, context).items.values(), page));
  }

  saveItem(threadId: string, item: ThreadItem, context: StoreContext): Promise<void> {
    return attempt(() => {
      this.#find(threadId, context).items.set(item.id, structuredClone(item));
    });
  }

  deleteItem(threadId: string, itemId: string, context: StoreContext): Promise<void> {
    return attempt(() => {
      this.#find(threadId, context).items.delete(itemId);
    });
  }
}

/** A synchronous action with the errors of an asynchronous one. */
function attempt<T>(action: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(action());
  });
}
