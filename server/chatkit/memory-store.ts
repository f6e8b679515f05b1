import {
  NotFoundError,
  type PageRequest,
  type Store,
  type StoreActions,
  type StoreContext,
} from './store.js';
import type { Page, ThreadItem, ThreadMetadata } from './protocol/index.js';

interface StoredThread {
  readonly user: string;
  thread: ThreadMetadata;
  items: Map<string, ThreadItem>;
}

function pageOf<T extends { id: string }>(all: Iterable<T>, request: PageRequest): Page<T> {
  const entries = [...all];
  if (request.order === 'desc') entries.reverse();
  const { after, limit } = request;
  const from = after === undefined ? 0 : entries.findIndex(({ id }) => id === after) + 1;
  if (after !== undefined && from === 0) throw new NotFoundError(`No entry ${after}`);
  const data = entries.slice(from, from + limit);
  const last = data.at(-1);
  const more = from + limit < entries.length;
  return { data: structuredClone(data), has_more: more, ...(more && last && { after: last.id }) };
}

/** The data, for whoever has the right to touch it now. */
class MemoryActions implements StoreActions {
  readonly #threads = new Map<string, StoredThread>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  find(threadId: string, { user }: StoreContext): StoredThread {
    const found = this.#threads.get(threadId);
    if (found?.user !== user) throw new NotFoundError(`No thread ${threadId}`);
    return found;
  }

  loadThread(threadId: string, context: StoreContext): Promise<ThreadMetadata> {
    return attempt(() => structuredClone(this.find(threadId, context).thread));
  }

  saveThread(thread: ThreadMetadata, context: StoreContext): Promise<void> {
    return attempt(() => {
      if (this.#threads.has(thread.id)) {
        this.find(thread.id, context).thread = structuredClone(thread);
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
      this.find(threadId, context);
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
      const item = this.find(threadId, context).items.get(itemId);
      if (item === undefined) throw new NotFoundError(`No item ${itemId}`);
      return structuredClone(item);
    });
  }

  loadItems(threadId: string, page: PageRequest, context: StoreContext): Promise<Page<ThreadItem>> {
    return attempt(() => pageOf(this.find(threadId, context).items.values(), page));
  }

  saveItem(threadId: string, item: ThreadItem, context: StoreContext): Promise<void> {
    return attempt(() => {
      this.find(threadId, context).items.set(item.id, structuredClone(item));
    });
  }

  deleteItem(threadId: string, itemId: string, context: StoreContext): Promise<void> {
    return attempt(() => {
      this.find(threadId, context).items.delete(itemId);
    });
  }

  deleteItemsAfter(threadId: string, itemId: string, context: StoreContext): Promise<void> {
    return attempt(() => {
      const { items } = this.find(threadId, context);
      if (!items.has(itemId)) throw new NotFoundError(`No item ${itemId}`);
      const ids = [...items.keys()];
      for (const id of ids.slice(ids.indexOf(itemId) + 1)) items.delete(id);
    });
  }
}

/** Keeps everything in this process; the oldest threads go when there are too many. */
export class MemoryStore implements Store {
  readonly #actions: MemoryActions;
  /** By thread, the end of the last write or transaction that was asked for. */
  readonly #queues = new Map<string, Promise<unknown>>();

  /** @param limit how many threads are kept, of all users together */
  constructor(limit = 10_000) {
    this.#actions = new MemoryActions(limit);
  }

  transaction<T>(
    threadId: string,
    context: StoreContext,
    action: (store: StoreActions) => Promise<T>,
  ): Promise<T> {
    return this.#enqueue(threadId, async () => {
      const stored = this.#actions.find(threadId, context);
      const { thread, items } = stored;
      stored.items = new Map(items);
      try {
        return await action(this.#actions);
      } catch (error) {
        Object.assign(stored, { thread, items });
        throw error;
      }
    });
  }

  loadThread(threadId: string, context: StoreContext): Promise<ThreadMetadata> {
    return this.#actions.loadThread(threadId, context);
  }

  saveThread(thread: ThreadMetadata, context: StoreContext): Promise<void> {
    return this.#enqueue(thread.id, () => this.#actions.saveThread(thread, context));
  }

  deleteThread(threadId: string, context: StoreContext): Promise<void> {
    return this.#enqueue(threadId, () => this.#actions.deleteThread(threadId, context));
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
    return this.#enqueue(threadId, () => this.#actions.saveItem(threadId, item, context));
  }

  deleteItem(threadId: string, itemId: string, context: StoreContext): Promise<void> {
    return this.#enqueue(threadId, () => this.#actions.deleteItem(threadId, itemId, context));
  }

  deleteItemsAfter(threadId: string, itemId: string, context: StoreContext): Promise<void> {
    return this.#enqueue(threadId, () => this.#actions.deleteItemsAfter(threadId, itemId, context));
  }

  /** One write to a thread after the other. */
  async #enqueue<T>(threadId: string, action: () => Promise<T>): Promise<T> {
    const before = this.#queues.get(threadId) ?? Promise.resolve();
    const result = before.then(action);
    // The next in the queue starts whatever became of this one; its caller hears of it.
    const end = result.then(
      () => undefined,
      () => undefined,
    );
    this.#queues.set(threadId, end);
    try {
      return await result;
    } finally {
      if (this.#queues.get(threadId) === end) this.#queues.delete(threadId);
    }
  }
}

/** A synchronous action with the errors of an asynchronous one. */
function attempt<T>(action: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(action());
  });
}
