import {
  defaultPageBytes,
  NotFoundError,
  type AttachmentRecord,
  type Feedback,
  type PageRequest,
  type RenewedLease,
  type RequestClaim,
  type Store,
  type StoreActions,
  type StoreContext,
  type StoredRequest,
} from './store.js';
import type { Page, ThreadItem, ThreadMetadata } from './protocol/index.js';

interface RequestEntry extends RequestClaim {
  readonly leaseUntil: number;
  readonly stopped: boolean;
  readonly followed: boolean;
  readonly partial: readonly ThreadItem[];
  /** Null until the answer has ended. */
  readonly end: Pick<StoredRequest, 'error'> | null;
}

/** How long a key is remembered after its last lease, in milliseconds. */
const requestRetentionMs = 24 * 3600 * 1000;

/** A thread or an item, with the bytes of its JSON. */
interface Entry<T> {
  readonly value: T;
  readonly bytes: number;
}

interface StoredThread {
  readonly user: string;
  thread: Entry<ThreadMetadata>;
  items: Map<string, Entry<ThreadItem>>;
  /** By key. */
  requests: Map<string, RequestEntry>;
  /** By item. */
  feedback: Map<string, Feedback>;
}

interface StoredAttachment {
  readonly user: string;
  readonly record: AttachmentRecord;
  /** Null until a message has brought it. */
  readonly threadId: string | null;
  readonly isDeleted: boolean;
}

const entryOf = <T>(value: T): Entry<T> => ({
  value: structuredClone(value),
  bytes: Buffer.byteLength(JSON.stringify(value)),
});

const bytesIn = ({ thread, items }: StoredThread): number =>
  [...items.values()].reduce((sum, { bytes }) => sum + bytes, thread.bytes);

function pageOf<T extends { id: string }>(all: Iterable<Entry<T>>, request: PageRequest): Page<T> {
  const entries = [...all];
  if (request.order === 'desc') entries.reverse();
  const { after, limit, maxBytes = defaultPageBytes } = request;
  const from = after === undefined ? 0 : entries.findIndex(({ value }) => value.id === after) + 1;
  if (after !== undefined && from === 0) throw new NotFoundError(`No entry ${after}`);
  const data: T[] = [];
  let left = maxBytes;
  for (const { value, bytes } of entries.slice(from, from + limit)) {
    left -= bytes;
    if (left < 0 && data.length > 0) break;
    data.push(structuredClone(value));
  }
  const last = data.at(-1);
  const more = from + data.length < entries.length;
  return { data, has_more: more, ...(more && last && { after: last.id }) };
}

/**
 * Keeps everything in memory, for tests, demos and single processes. When there are too many threads, the
 * oldest are deleted.
 *
 * @example
 * const store = new MemoryStore();
 * await app.register(chatkitServer, { store, responder, authenticate });
 */
export class MemoryStore implements Store {
  readonly #limit: number;
  #threads = new Map<string, StoredThread>();
  #attachments = new Map<string, StoredAttachment>();
  /** Within a transaction, what it has made part of its thread. */
  readonly #attached: StoredAttachment[] = [];
  /** By thread, the end of the last write or transaction. Null within a transaction, which has its turn. */
  #queues: Map<string, Promise<unknown>> | null = new Map();

  /** @param limit the number of threads that are kept, of all users together */
  constructor(limit = 10_000) {
    this.#limit = limit;
  }

  transaction<T>(
    thread: string | ThreadMetadata,
    context: StoreContext,
    action: (store: StoreActions) => Promise<T>,
  ): Promise<T> {
    const threadId = typeof thread === 'string' ? thread : thread.id;
    return this.#enqueue(threadId, async () => {
      const isNew = typeof thread !== 'string' && !this.#threads.has(threadId);
      const actions = new MemoryStore(this.#limit);
      actions.#threads = this.#threads;
      actions.#attachments = this.#attachments;
      actions.#queues = null;
      if (typeof thread !== 'string') await actions.saveThread(thread, context);
      const stored = this.#find(threadId, context);
      const before = { ...stored };
      stored.items = new Map(stored.items);
      stored.requests = new Map(stored.requests);
      stored.feedback = new Map(stored.feedback);
      try {
        return await action(actions);
      } catch (error) {
        if (isNew) this.#threads.delete(threadId);
        else Object.assign(stored, before);
        for (const unsent of actions.#attached) this.#attachments.set(unsent.record.id, unsent);
        throw error;
      }
    });
  }

  async loadThread(threadId: string, context: StoreContext): Promise<ThreadMetadata> {
    return Promise.resolve(structuredClone(this.#find(threadId, context).thread.value));
  }

  saveThread(thread: ThreadMetadata, context: StoreContext): Promise<void> {
    return this.#enqueue(thread.id, () => {
      if (this.#threads.has(thread.id)) {
        this.#find(thread.id, context).thread = entryOf(thread);
        return;
      }
      const [oldest] = this.#threads.keys();
      if (this.#threads.size >= this.#limit && oldest !== undefined) this.#threads.delete(oldest);
      this.#threads.set(thread.id, {
        user: context.user,
        thread: entryOf(thread),
        items: new Map(),
        requests: new Map(),
        feedback: new Map(),
      });
    });
  }

  deleteThread(threadId: string, context: StoreContext): Promise<void> {
    return this.#enqueue(threadId, () => {
      this.#find(threadId, context);
      this.#threads.delete(threadId);
    });
  }

  async loadThreads(page: PageRequest, { user }: StoreContext): Promise<Page<ThreadMetadata>> {
    const own = [...this.#threads.values()].filter((stored) => stored.user === user);
    const threads = own.map(({ thread }) => thread);
    return Promise.resolve(pageOf(threads, page));
  }

  async loadItem(threadId: string, itemId: string, context: StoreContext): Promise<ThreadItem> {
    const item = this.#find(threadId, context).items.get(itemId);
    if (item === undefined) throw new NotFoundError(`No item ${itemId}`);
    return Promise.resolve(structuredClone(item.value));
  }

  async loadItems(
    threadId: string,
    page: PageRequest,
    context: StoreContext,
  ): Promise<Page<ThreadItem>> {
    return Promise.resolve(pageOf(this.#find(threadId, context).items.values(), page));
  }

  saveItem(threadId: string, item: ThreadItem, context: StoreContext): Promise<void> {
    return this.#enqueue(threadId, () => {
      this.#find(threadId, context).items.set(item.id, entryOf(item));
    });
  }

  deleteItem(threadId: string, itemId: string, context: StoreContext): Promise<void> {
    return this.#enqueue(threadId, () => {
      this.#find(threadId, context).items.delete(itemId);
    });
  }

  deleteItemsAfter(threadId: string, itemId: string, context: StoreContext): Promise<void> {
    return this.#enqueue(threadId, () => {
      const { items } = this.#find(threadId, context);
      if (!items.has(itemId)) throw new NotFoundError(`No item ${itemId}`);
      const ids = [...items.keys()];
      for (const id of ids.slice(ids.indexOf(itemId) + 1)) items.delete(id);
    });
  }

  saveFeedback(
    threadId: string,
    feedback: readonly Feedback[],
    context: StoreContext,
  ): Promise<void> {
    return this.#enqueue(threadId, () => {
      const stored = this.#find(threadId, context).feedback;
      for (const entry of feedback) stored.set(entry.item_id, { ...entry });
    });
  }

  async loadFeedback(threadId: string, context: StoreContext): Promise<readonly Feedback[]> {
    const feedback = [...this.#find(threadId, context).feedback.values()];
    feedback.sort((one, other) => Date.parse(one.created_at) - Date.parse(other.created_at));
    return Promise.resolve(structuredClone(feedback));
  }

  async storedBytes({ user }: StoreContext): Promise<number> {
    const own = [...this.#threads.values()].filter((stored) => stored.user === user);
    const attached = [...this.#attachments.values()]
      .filter((stored) => stored.user === user && !this.#isAbandoned(stored))
      .reduce((sum, { record }) => sum + record.size, 0);
    return Promise.resolve(own.reduce((sum, stored) => sum + bytesIn(stored), attached));
  }

  addAttachment(record: AttachmentRecord, { user }: StoreContext): Promise<void> {
    this.#attachments.set(record.id, {
      user,
      record: structuredClone(record),
      threadId: null,
      isDeleted: false,
    });
    return Promise.resolve();
  }

  async loadAttachment(id: string, context: StoreContext): Promise<AttachmentRecord> {
    return Promise.resolve(structuredClone(this.#findAttachment(id, context).record));
  }

  async attach(ids: readonly string[], threadId: string, context: StoreContext): Promise<void> {
    this.#find(threadId, context);
    const found = ids.map((id) => this.#findAttachment(id, context));
    for (const { record, threadId: other } of found) {
      if ((other ?? threadId) !== threadId) throw new NotFoundError(`No attachment ${record.id}`);
    }
    for (const stored of found) {
      if (this.#queues === null && stored.threadId === null) this.#attached.push(stored);
      this.#attachments.set(stored.record.id, { ...stored, threadId });
    }
    return Promise.resolve();
  }

  async deleteAttachment(id: string, context: StoreContext): Promise<void> {
    const stored = this.#findAttachment(id, context);
    this.#attachments.set(id, { ...stored, isDeleted: true });
    return Promise.resolve();
  }

  abandonedAttachments(unsentBefore: Date): Promise<readonly AttachmentRecord[]> {
    const abandoned = [...this.#attachments.values()].filter(
      (stored) =>
        this.#isAbandoned(stored) ||
        (stored.threadId === null && Date.parse(stored.record.created_at) < unsentBefore.getTime()),
    );
    return Promise.resolve(abandoned.slice(0, 100).map(({ record }) => structuredClone(record)));
  }

  forgetAttachments(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      const stored = this.#attachments.get(id);
      if (!stored) continue;
      if (stored.threadId === null || this.#isAbandoned(stored)) this.#attachments.delete(id);
    }
    return Promise.resolve();
  }

  #isAbandoned({ threadId, isDeleted }: StoredAttachment): boolean {
    return isDeleted || (threadId !== null && !this.#threads.has(threadId));
  }

  #findAttachment(id: string, { user }: StoreContext): StoredAttachment {
    const stored = this.#attachments.get(id);
    if (stored?.user !== user || this.#isAbandoned(stored)) {
      throw new NotFoundError(`No attachment ${id}`);
    }
    return stored;
  }

  async loadRequest(key: string, context: StoreContext): Promise<StoredRequest | null> {
    const entry = this.#threadOfRequest(key, context)?.requests.get(key);
    if (entry === undefined) return Promise.resolve(null);
    const { threadId, itemId, bodyHash, leaseUntil, end } = entry;
    const open = leaseUntil > Date.now() ? 'running' : 'abandoned';
    const state = end === null ? open : 'ended';
    return structuredClone({ threadId, itemId, bodyHash, state, ...end });
  }

  claimRequest(claim: RequestClaim, context: StoreContext): Promise<boolean> {
    const { key, threadId, itemId, leaseMs } = claim;
    return this.#enqueue(threadId, () => {
      const thread = this.#find(threadId, context);
      const now = Date.now();
      for (const [other, { leaseUntil }] of thread.requests) {
        if (leaseUntil < now - requestRetentionMs) thread.requests.delete(other);
      }
      const holder = this.#threadOfRequest(key, context);
      const held = holder?.requests.get(key);
      if (held !== undefined) {
        const isFree = held.end === null && held.leaseUntil <= now;
        if (holder !== thread || held.itemId !== itemId || !isFree) return false;
      }
      const entry = {
        ...{ ...claim, leaseUntil: now + leaseMs, stopped: false },
        ...{ followed: false, partial: [], end: null },
      };
      thread.requests.set(key, structuredClone(entry));
      return true;
    });
  }

  endRequest(...[key, { owner, error }, context]: Parameters<Store['endRequest']>): Promise<void> {
    return this.#changeRequest(key, context, (entry) =>
      entry.owner === owner && entry.end === null
        ? { ...entry, partial: [], end: structuredClone({ ...(error && { error }) }) }
        : entry,
    );
  }

  stopRequest(key: string, context: StoreContext): Promise<void> {
    return this.#changeRequest(key, context, (entry) => ({ ...entry, stopped: true }));
  }

  async renewLeases(owners: readonly string[], leaseMs: number): Promise<readonly RenewedLease[]> {
    const renewed: RenewedLease[] = [];
    for (const { requests } of this.#threads.values()) {
      for (const [key, entry] of requests) {
        const { owner, end, stopped, followed } = entry;
        if (end !== null || !owners.includes(owner)) continue;
        requests.set(key, { ...entry, leaseUntil: Date.now() + leaseMs });
        renewed.push({ owner, stopped, followed });
      }
    }
    return Promise.resolve(renewed);
  }

  followAnswer(threadId: string, { user }: StoreContext): Promise<readonly ThreadItem[] | null> {
    const stored = this.#threads.get(threadId);
    const requests = stored?.user === user ? stored.requests : new Map<string, RequestEntry>();
    const isRunning = ({ end, leaseUntil }: RequestEntry) =>
      end === null && leaseUntil > Date.now();
    const running = [...requests].filter(([, entry]) => isRunning(entry));
    for (const [key, entry] of running) requests.set(key, { ...entry, followed: true });
    const partial = running.flatMap(([, entry]) => structuredClone(entry.partial));
    return Promise.resolve(running.length > 0 ? partial : null);
  }

  savePartial(owner: string, items: readonly ThreadItem[]): Promise<void> {
    const partial = structuredClone(items);
    for (const { requests } of this.#threads.values()) {
      for (const [key, entry] of requests) {
        if (entry.owner !== owner || entry.end !== null) continue;
        requests.set(key, { ...entry, followed: false, partial });
      }
    }
    return Promise.resolve();
  }

  #threadOfRequest(key: string, { user }: StoreContext): StoredThread | undefined {
    for (const thread of this.#threads.values()) {
      if (thread.user === user && thread.requests.has(key)) return thread;
    }
    return undefined;
  }

  async #changeRequest(
    key: string,
    context: StoreContext,
    change: (entry: RequestEntry) => RequestEntry,
  ): Promise<void> {
    const thread = this.#threadOfRequest(key, context);
    if (thread === undefined) return;
    await this.#enqueue(thread.thread.value.id, () => {
      const entry = thread.requests.get(key);
      if (entry !== undefined) thread.requests.set(key, change(entry));
    });
  }

  #find(threadId: string, { user }: StoreContext): StoredThread {
    const found = this.#threads.get(threadId);
    if (found?.user !== user) throw new NotFoundError(`No thread ${threadId}`);
    return found;
  }

  /** Runs the writes of a thread one after the other. */
  async #enqueue<T>(threadId: string, action: () => T | Promise<T>): Promise<T> {
    const queues = this.#queues;
    if (queues === null) return action();
    const before = queues.get(threadId) ?? Promise.resolve();
    const result = before.then(action);
    // The next write starts also after one that failed; the caller of that one gets the error.
    const end = result.then(
      () => undefined,
      () => undefined,
    );
    queues.set(threadId, end);
    try {
      return await result;
    } finally {
      if (queues.get(threadId) === end) queues.delete(threadId);
    }
  }
}
