import type {
  FeedbackKind,
  Page,
  ThreadItem,
  ThreadMetadata,
  ThreadStreamEvent,
} from './protocol/index.js';

/** The user whose data a method reads or writes. No method reaches another user's. */
export interface StoreContext {
  /** As `authenticate` returned it: never empty, and the same for one person on every device. */
  readonly user: string;
}

export interface PageRequest {
  /** At least 1. */
  readonly limit: number;
  /** `asc`: oldest first. */
  readonly order: 'asc' | 'desc';
  /** The id of the last entry of the previous page. */
  readonly after?: string | undefined;
  /**
   * The page ends before the entry with which it would have more bytes of JSON than this, and has at least one
   * entry. A store does not load more than that from its database.
   *
   * @default `defaultPageBytes`
   */
  readonly maxBytes?: number | undefined;
}

/** Bytes of JSON in a page, for those who ask for no other bound. */
export const defaultPageBytes = 1024 * 1024;

/** A thread or item does not exist, or belongs to another user; a client cannot tell which. */
export class NotFoundError extends Error {
  override readonly name = 'NotFoundError';
}

/** What a user thinks of an item: thumbs up or down. */
export interface Feedback {
  readonly item_id: string;
  readonly kind: FeedbackKind;
  /** When it was given, in ISO 8601. */
  readonly created_at: string;
}

/** What is known of an attachment. Its bytes are kept elsewhere. */
export interface AttachmentRecord {
  readonly id: string;
  /** Without control characters and halves of surrogate pairs. */
  readonly name: string;
  readonly mime_type: string;
  /** In bytes. */
  readonly size: number;
  /** ISO 8601. */
  readonly created_at: string;
}

/** The event with which an answer failed. */
export type ErrorEvent = Extract<ThreadStreamEvent, { type: 'error' }>;

/** A request with an `Idempotency-Key`, or a random key instead. It is stored with what it brings, and deleted with its thread. */
export interface KeyedRequest {
  readonly threadId: string;
  /** The last item of the thread before the answer; null when there was none. */
  readonly itemId: string | null;
  readonly bodyHash: string;
}

/** How far the answer to a keyed request is. */
export interface StoredRequest extends KeyedRequest {
  /** `abandoned`: the lease of the answer has expired. */
  readonly state: 'running' | 'abandoned' | 'ended';
  /** The error with which the answer ended. */
  readonly error?: ErrorEvent | undefined;
}

/** A keyed request that is answered from now on. */
export interface RequestClaim extends KeyedRequest {
  readonly key: string;
  /** A random id of the answer, which identifies the holder of the lease. */
  readonly owner: string;
  /** How long the lease is valid without a renewal, in milliseconds. */
  readonly leaseMs: number;
}

export interface RenewedLease {
  readonly owner: string;
  /** Whether the visitor has stopped the answer, through any instance. */
  readonly stopped: boolean;
  /** Whether `followAnswer` has asked for what the answer has said since `savePartial` has told it. */
  readonly followed: boolean;
}

/**
 * Reads and writes threads and their items, directly or within a transaction.
 *
 * - Each method that names a thread throws `NotFoundError` when this user has no such thread; `saveThread`
 *   does so only when the id is another user's.
 * - Arguments are copied, and results belong to the caller.
 * - A write is durable when its promise is fulfilled.
 * - Ids of items are unique within their thread.
 * - The order is that of the first save, never that of `created_at`, which can be equal or run backwards. The
 *   store assigns the positions, so that the items that two instances add to one thread at once are all kept,
 *   in one order for every reader.
 */
export interface StoreActions {
  loadThread(threadId: string, context: StoreContext): Promise<ThreadMetadata>;

  /** Adds the thread, or replaces the one with that id in its place. */
  saveThread(thread: ThreadMetadata, context: StoreContext): Promise<void>;

  /** Deletes the thread with all its items. */
  deleteThread(threadId: string, context: StoreContext): Promise<void>;

  /**
   * A page of this user's threads by order of creation. `after` is set exactly when there is more.
   *
   * @throws {NotFoundError} when `after` is not one of them
   */
  loadThreads(page: PageRequest, context: StoreContext): Promise<Page<ThreadMetadata>>;

  /** @throws {NotFoundError} also when the thread has no such item */
  loadItem(threadId: string, itemId: string, context: StoreContext): Promise<ThreadItem>;

  /** A page of a thread's items, including the hidden ones; otherwise as `loadThreads`. */
  loadItems(threadId: string, page: PageRequest, context: StoreContext): Promise<Page<ThreadItem>>;

  /** Adds the item at the end of the thread, or replaces the one with that id in its place. */
  saveItem(threadId: string, item: ThreadItem, context: StoreContext): Promise<void>;

  /** Deletes the item, if it exists. */
  deleteItem(threadId: string, itemId: string, context: StoreContext): Promise<void>;

  /**
   * Deletes all items that were added after this one, atomically.
   *
   * @throws {NotFoundError} also when the thread has no such item
   */
  deleteItemsAfter(threadId: string, itemId: string, context: StoreContext): Promise<void>;

  /**
   * Adds feedback on items of the thread, whose last one each replaces the one before. It is deleted with the thread,
   * and not with its item: an answer that a user did not like is often made anew.
   */
  saveFeedback(
    threadId: string,
    feedback: readonly Feedback[],
    context: StoreContext,
  ): Promise<void>;

  /** The feedback on a thread's items, oldest first. */
  loadFeedback(threadId: string, context: StoreContext): Promise<readonly Feedback[]>;

  /** Adds an attachment that no message has brought yet. */
  addAttachment(record: AttachmentRecord, context: StoreContext): Promise<void>;

  /** @throws {NotFoundError} when this user has no such attachment */
  loadAttachment(id: string, context: StoreContext): Promise<AttachmentRecord>;

  /**
   * Makes attachments part of a thread, with which they are deleted.
   *
   * @throws {NotFoundError} when this user has no such attachment, or it is part of another thread
   */
  attach(ids: readonly string[], threadId: string, context: StoreContext): Promise<void>;

  /** @throws {NotFoundError} when this user has no such attachment */
  deleteAttachment(id: string, context: StoreContext): Promise<void>;

  /** The request of this user with the key, or null. */
  loadRequest(key: string, context: StoreContext): Promise<StoredRequest | null>;

  /**
   * Adds the request, or takes over the same one when it is abandoned. Of several callers, one succeeds.
   *
   * @returns false when this user's key is taken: by a request that has ended, is running, or has other items
   */
  claimRequest(claim: RequestClaim, context: StoreContext): Promise<boolean>;

  /** Records that the answer has ended, unless another one has taken over. */
  endRequest(
    key: string,
    end: { readonly owner: string; readonly error?: ErrorEvent | undefined },
    context: StoreContext,
  ): Promise<void>;

  /** Tells the instance that is answering to stop, with its next renewal. Without such a request, nothing happens. */
  stopRequest(key: string, context: StoreContext): Promise<void>;
}

/**
 * Where threads are kept. `describeStore` in server/chatkit/test/store-suite.ts is the test suite that every
 * implementation passes; `MemoryStore` is the shortest one.
 *
 * @example
 * const { data } = await store.loadItems(thread.id, { limit: 20, order: 'desc' }, { user: 'alice' });
 * await store.transaction(thread.id, { user: 'alice' }, async (actions) => {
 *   const latest = await actions.loadThread(thread.id, { user: 'alice' });
 *   await actions.saveThread({ ...latest, title: 'Invoices' }, { user: 'alice' });
 * });
 */
export interface Store extends StoreActions {
  /** Bytes of JSON, in UTF-8, of all threads and items of this user, and of the user's attachments. */
  storedBytes(context: StoreContext): Promise<number>;

  /**
   * Runs `action` while no other process or request can write to the thread. Its writes to that thread through
   * the given store all take effect, or none when it throws. It must not use another store meanwhile, and must
   * be short: never ask a model within it.
   *
   * @param thread the id of a thread, or a new thread, which is added first
   * @throws {NotFoundError} without running `action`, when this user has no such thread
   */
  transaction<T>(
    thread: string | ThreadMetadata,
    context: StoreContext,
    action: (store: StoreActions) => Promise<T>,
  ): Promise<T>;

  /**
   * Attachments of any user whose bytes are of no more use: deleted ones, those of deleted threads, and those that no
   * message has brought before the time. At most 100.
   */
  abandonedAttachments(unsentBefore: Date): Promise<readonly AttachmentRecord[]>;

  /** Removes the records of abandoned attachments; leaves those that a message has brought meanwhile. */
  forgetAttachments(ids: readonly string[]): Promise<void>;

  /**
   * Renews the leases of these owners, whose users may differ. Zero milliseconds give them up.
   *
   * @returns those that still hold theirs: others have been taken over, or their threads deleted
   */
  renewLeases(owners: readonly string[], leaseMs: number): Promise<readonly RenewedLease[]>;

  /**
   * What the answer that is being made in the thread, by any instance, has said as it was saved last, and asks its
   * instance to save it again. Null when no answer in a thread of this user has a lease that is valid.
   */
  followAnswer(threadId: string, context: StoreContext): Promise<readonly ThreadItem[] | null>;

  /** Saves the items of a running answer that are not stored yet, for `followAnswer`, until the answer ends. */
  savePartial(owner: string, items: readonly ThreadItem[]): Promise<void>;
}
