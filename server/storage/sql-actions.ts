import { and, eq, gt, isNotNull, isNull, or, sql, type SQL } from 'drizzle-orm';
import {
  NotFoundError,
  type AttachmentRecord,
  type Feedback,
  type Page,
  type PageRequest,
  type RequestClaim,
  type Store,
  type StoreActions,
  type StoreContext,
  type StoredRequest,
  type ThreadItem,
  type ThreadMetadata,
} from '../chatkit/index.js';
import type { QueryBuilder, RunStatement } from './database.js';
import { isBeyond, selectPage, toPage } from './pages.js';
import { attachments, dayOf, feedback, isUnstorable, items, requests, threads } from './schema.js';

/**
 * The store's statements. Each has the user in its condition, so that none reaches another user's data; only the
 * leases are found by the random ids of their owners.
 */
export class SqlActions implements StoreActions {
  readonly #run: RunStatement;
  readonly #now: () => number;

  /** @param now the time in milliseconds since 1970 */
  constructor(run: RunStatement, now: () => number) {
    this.#run = run;
    this.#now = now;
  }

  async loadThread(threadId: string, { user }: StoreContext): Promise<ThreadMetadata> {
    const [row] = await this.#find([threadId, user], (db) =>
      db.select({ thread: threads.thread }).from(threads).where(isOwn(threadId, user)),
    );
    return (row ?? noThread(threadId)).thread;
  }

  async saveThread(thread: ThreadMetadata, context: StoreContext): Promise<void> {
    await this.upsertThread(thread, context);
  }

  async deleteThread(threadId: string, { user }: StoreContext): Promise<void> {
    const [row] = await this.#find([threadId, user], (db) =>
      db.delete(threads).where(isOwn(threadId, user)).returning({ key: threads.key }),
    );
    if (row === undefined) noThread(threadId);
  }

  async loadThreads(request: PageRequest, { user }: StoreContext): Promise<Page<ThreadMetadata>> {
    const { order, after } = request;
    const from = after === undefined ? undefined : await this.#threadPosition(after, user);
    const where = and(eq(threads.userId, user), isBeyond(threads.position, order, from));
    const rows = await this.#find([user], (db) =>
      selectPage(db, threads, threads.thread, where, request),
    );
    return toPage(rows);
  }

  async loadItem(threadId: string, itemId: string, { user }: StoreContext): Promise<ThreadItem> {
    const [row] = await this.#find([threadId, itemId, user], (db) =>
      db
        .select({ item: items.item })
        .from(items)
        .where(and(isIn(db, threadId, user), eq(items.id, itemId))),
    );
    return (row ?? noItem(itemId)).item;
  }

  async loadItems(
    threadId: string,
    request: PageRequest,
    context: StoreContext,
  ): Promise<Page<ThreadItem>> {
    const { order, after } = request;
    const { user } = context;
    const from = after === undefined ? undefined : await this.#itemPosition(threadId, after, user);
    const rows = await this.#find([threadId, user], (db) => {
      const where = and(isIn(db, threadId, user), isBeyond(items.position, order, from));
      return selectPage(db, items, items.item, where, request);
    });
    if (rows.length === 0) await this.#threadPosition(threadId, user);
    return toPage(rows);
  }

  /** One statement takes the thread's next position, which locks the thread's row, and adds the item. */
  async saveItem(threadId: string, item: ThreadItem, { user }: StoreContext): Promise<void> {
    assertStorable(item.id);
    const [row] = await this.#find([threadId, user], (db) => {
      const thread = db.$with('thread').as(
        db
          .update(threads)
          .set({ lastPosition: sql`${threads.lastPosition} + 1`, activeOn: dayOf(this.#now()) })
          .where(isOwn(threadId, user))
          .returning({ threadKey: threads.key, position: threads.lastPosition }),
      );
      const row = db
        .select({
          threadKey: thread.threadKey,
          position: thread.position,
          id: sql<string>`${item.id}::text`.as('id'),
          item: sql<ThreadItem>`${JSON.stringify(item)}::json`.as('item'),
        })
        .from(thread);
      return (
        db
          .with(thread)
          .insert(items)
          // As SQL, because Drizzle wants generated columns in a query, which PostgreSQL refuses.
          .select(row.getSQL())
          .onConflictDoUpdate({
            target: [items.threadKey, items.id],
            set: { item: sql`excluded.item` },
          })
          .returning({ position: items.position })
      );
    });
    if (row === undefined) noThread(threadId);
  }

  async deleteItem(threadId: string, itemId: string, context: StoreContext): Promise<void> {
    await this.lock(threadId, context);
    await this.#find([itemId], (db) =>
      db
        .delete(items)
        .where(and(isIn(db, threadId, context.user), eq(items.id, itemId)))
        .returning({ id: items.id }),
    );
  }

  async deleteItemsAfter(threadId: string, itemId: string, context: StoreContext): Promise<void> {
    const { user } = context;
    await this.lock(threadId, context);
    const position = await this.#itemPosition(threadId, itemId, user);
    await this.#run((db) =>
      db.delete(items).where(and(isIn(db, threadId, user), gt(items.position, position))),
    );
  }

  async saveFeedback(
    threadId: string,
    given: readonly Feedback[],
    { user }: StoreContext,
  ): Promise<void> {
    // PostgreSQL refuses to change a row twice in one statement.
    const last = [...new Map(given.map((entry) => [entry.item_id, entry])).values()];
    assertStorable(...last.map(({ item_id: id }) => id));
    const threadKey = await this.threadKey(threadId, user);
    if (last.length === 0) return;
    await this.#run((db) =>
      db
        .insert(feedback)
        .values(
          last.map(({ item_id: itemId, kind, created_at: createdAt }) => {
            return { threadKey, itemId, kind, createdAt: new Date(createdAt) };
          }),
        )
        .onConflictDoUpdate({
          target: [feedback.threadKey, feedback.itemId],
          set: { kind: sql`excluded.kind`, createdAt: sql`excluded.created_at` },
        }),
    );
    await this.#run((db) => {
      const disliked = sql`exists ${db
        .select({ kind: feedback.kind })
        .from(feedback)
        .where(and(eq(feedback.threadKey, threadKey), eq(feedback.kind, 'negative')))}`;
      return db
        .update(threads)
        .set({ disliked })
        .where(and(eq(threads.key, threadKey), sql`${threads.disliked} <> ${disliked}`));
    });
  }

  async loadFeedback(threadId: string, { user }: StoreContext): Promise<readonly Feedback[]> {
    const threadKey = await this.threadKey(threadId, user);
    const rows = await this.#run((db) =>
      db
        .select()
        .from(feedback)
        .where(eq(feedback.threadKey, threadKey))
        .orderBy(feedback.createdAt, feedback.itemId),
    );
    return rows.map(({ itemId, kind, createdAt }) => {
      return { item_id: itemId, kind, created_at: createdAt.toISOString() };
    });
  }

  async addAttachment(record: AttachmentRecord, { user }: StoreContext): Promise<void> {
    const { id, name, mime_type: mimeType, size, created_at: createdAt } = record;
    assertStorable(id, user, name, mimeType);
    const values = { id, userId: user, name, mimeType, size, createdAt: new Date(createdAt) };
    await this.#run((db) => db.insert(attachments).values(values));
  }

  async loadAttachment(id: string, { user }: StoreContext): Promise<AttachmentRecord> {
    const [row] = await this.#find([id, user], (db) =>
      db.select().from(attachments).where(isAttachment(id, user)),
    );
    return toRecord(row ?? noAttachment(id));
  }

  async attach(ids: readonly string[], threadId: string, { user }: StoreContext): Promise<void> {
    const threadKey = await this.threadKey(threadId, user);
    for (const id of ids) {
      const [row] = await this.#find([id, user], (db) =>
        db
          .update(attachments)
          .set({ threadKey, settled: true })
          .where(
            and(
              isAttachment(id, user),
              or(isNull(attachments.threadKey), eq(attachments.threadKey, threadKey)),
            ),
          )
          .returning({ id: attachments.id }),
      );
      if (row === undefined) noAttachment(id);
    }
  }

  async deleteAttachment(id: string, { user }: StoreContext): Promise<void> {
    const [row] = await this.#find([id, user], (db) =>
      db
        .update(attachments)
        .set({ threadKey: null, settled: true })
        .where(isAttachment(id, user))
        .returning({ id: attachments.id }),
    );
    if (row === undefined) noAttachment(id);
  }

  async loadRequest(key: string, { user }: StoreContext): Promise<StoredRequest | null> {
    const [row] = await this.#find([key, user], (db) =>
      db
        .select({
          threadId: threads.id,
          itemId: requests.itemId,
          bodyHash: requests.bodyHash,
          ended: requests.ended,
          abandoned: sql<boolean>`not ${isLeased}`,
          error: requests.error,
        })
        .from(requests)
        .innerJoin(threads, eq(threads.key, requests.threadKey))
        .where(isRequest(key, user)),
    );
    if (row === undefined) return null;
    const { threadId, itemId, bodyHash, ended, abandoned, error } = row;
    const open = abandoned ? 'abandoned' : 'running';
    return { threadId, itemId, bodyHash, state: ended ? 'ended' : open, ...(error && { error }) };
  }

  async claimRequest(claim: RequestClaim, { user }: StoreContext): Promise<boolean> {
    const { key, threadId, itemId, bodyHash, owner, leaseMs } = claim;
    assertStorable(key, owner, bodyHash, ...(itemId === null ? [] : [itemId]));
    const threadKey = await this.threadKey(threadId, user);
    const lease = {
      ...{ owner, leaseUntil: leaseEnd(leaseMs) },
      ...{ stopped: false, followed: false, partial: null },
    };
    const rows = await this.#run((db) =>
      db
        .insert(requests)
        .values({ userId: user, key, threadKey, itemId, bodyHash, ...lease })
        .onConflictDoUpdate({
          target: [requests.userId, requests.key],
          set: lease,
          setWhere: sql`${requests.threadKey} = excluded.thread_key
            and ${requests.itemId} is not distinct from excluded.item_id
            and not ${requests.ended} and not ${isLeased}`,
        })
        .returning({ key: requests.key }),
    );
    return rows.length > 0;
  }

  async endRequest(...[key, { owner, error }, context]: Parameters<Store['endRequest']>) {
    await this.#run((db) =>
      db
        .update(requests)
        .set({ ended: true, error: error ?? null, partial: null })
        .where(and(isRequest(key, context.user), eq(requests.owner, owner))),
    );
  }

  async stopRequest(key: string, { user }: StoreContext): Promise<void> {
    await this.#find([key, user], (db) =>
      db
        .update(requests)
        .set({ stopped: true })
        .where(and(isRequest(key, user), eq(requests.ended, false)))
        .returning({ key: requests.key }),
    );
  }

  /** @returns the key of the thread */
  protected async upsertThread(thread: ThreadMetadata, { user }: StoreContext): Promise<number> {
    assertStorable(thread.id, user);
    const activeOn = dayOf(this.#now());
    const [row] = await this.#run((db) =>
      db
        .insert(threads)
        .values({ id: thread.id, userId: user, thread, activeOn })
        .onConflictDoUpdate({
          target: threads.id,
          set: { thread, activeOn },
          setWhere: eq(threads.userId, user),
        })
        .returning({ key: threads.key }),
    );
    return (row ?? noThread(thread.id)).key;
  }

  /**
   * Locks the thread against other writers until the end of the transaction.
   *
   * @throws {NotFoundError} when this user has no such thread
   */
  protected async lock(threadId: string, { user }: StoreContext): Promise<LockedThread> {
    const [row] = await this.#find([threadId, user], (db) =>
      db
        .select({ key: threads.key, thread: threads.thread })
        .from(threads)
        .where(isOwn(threadId, user))
        .for('no key update'),
    );
    return row ?? noThread(threadId);
  }

  async #threadPosition(threadId: string, user: string): Promise<number> {
    const [row] = await this.#find([threadId, user], (db) =>
      db.select({ position: threads.position }).from(threads).where(isOwn(threadId, user)),
    );
    return (row ?? noThread(threadId)).position;
  }

  protected async threadKey(threadId: string, user: string): Promise<number> {
    const [row] = await this.#find([threadId, user], (db) =>
      db.select({ key: threads.key }).from(threads).where(isOwn(threadId, user)),
    );
    return (row ?? noThread(threadId)).key;
  }

  async #itemPosition(threadId: string, itemId: string, user: string): Promise<number> {
    const [row] = await this.#find([threadId, itemId, user], (db) =>
      db
        .select({ position: items.position })
        .from(items)
        .where(and(isIn(db, threadId, user), eq(items.id, itemId))),
    );
    return (row ?? noItem(itemId)).position;
  }

  /** The rows of a statement; without a query, none when PostgreSQL cannot hold one of the ids. */
  async #find<T>(
    ids: readonly string[],
    statement: (db: QueryBuilder) => PromiseLike<T[]>,
  ): Promise<T[]> {
    return ids.some(isUnstorable) ? [] : this.#run(statement);
  }
}

/** A thread that no other transaction can change or delete. */
export interface LockedThread {
  readonly key: number;
  readonly thread: ThreadMetadata;
}

function assertStorable(...ids: readonly string[]): void {
  if (ids.some(isUnstorable)) {
    throw new RangeError('An id contains a NUL character or an unpaired surrogate.');
  }
}

function noThread(id: string): never {
  throw new NotFoundError(`No thread ${id}`);
}

function noItem(id: string): never {
  throw new NotFoundError(`No item ${id}`);
}

function noAttachment(id: string): never {
  throw new NotFoundError(`No attachment ${id}`);
}

/** Not one that is of no more use. */
const isAttachment = (id: string, user: string): SQL | undefined =>
  and(
    eq(attachments.id, id),
    eq(attachments.userId, user),
    or(eq(attachments.settled, false), isNotNull(attachments.threadKey)),
  );

export const toRecord = ({
  id,
  name,
  mimeType,
  size,
  createdAt,
}: typeof attachments.$inferSelect): AttachmentRecord => ({
  id,
  name,
  mime_type: mimeType,
  size,
  created_at: createdAt.toISOString(),
});

export const isOwn = (threadId: string, user: string): SQL | undefined =>
  and(eq(threads.id, threadId), eq(threads.userId, user));

const isRequest = (key: string, user: string): SQL | undefined =>
  and(eq(requests.userId, user), eq(requests.key, key));

// The time of the statement, not of its transaction's begin, which may have waited for a lock.
export const isLeased = sql`${requests.leaseUntil} > clock_timestamp()`;
export const leaseEnd = (ms: number): SQL =>
  sql`clock_timestamp() + ${ms} * interval '1 millisecond'`;

/**
 * Condition for the items of this user's thread. A subquery and not a join, so that the planner reads a page of
 * items from the index in order.
 */
const isIn = (db: QueryBuilder, threadId: string, user: string): SQL =>
  eq(items.threadKey, db.select({ key: threads.key }).from(threads).where(isOwn(threadId, user)));
