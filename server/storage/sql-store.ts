import { and, eq, inArray, isNotNull, isNull, lt, or, sql } from 'drizzle-orm';
import type {
  AttachmentRecord,
  RenewedLease,
  Store,
  StoreActions,
  StoreContext,
  ThreadItem,
  ThreadMetadata,
} from '../chatkit/index.js';
import type { Database, QueryBuilder } from './database.js';
import { attachments, isUnstorable, items, requests, threads } from './schema.js';
import { isLeased, isOwn, leaseEnd, SqlActions, toRecord } from './sql-actions.js';
import { SqlTransaction } from './sql-transaction.js';

/** A store in PostgreSQL. Writes of several statements run in a transaction. */
export class SqlStore extends SqlActions implements Store {
  readonly #database: Database;
  readonly #now: () => number;

  /** @param now the time in milliseconds since 1970 */
  constructor(database: Database, now: () => number) {
    super(database.run, now);
    this.#database = database;
    this.#now = now;
  }

  async storedBytes({ user }: StoreContext): Promise<number> {
    if (isUnstorable(user)) return 0;
    const [row] = await this.#database.run((db) => {
      const inItems = db
        .select({ bytes: sql`coalesce(sum(${items.bytes}), 0)` })
        .from(items)
        .where(eq(items.threadKey, threads.key));
      const inThreads = db
        .select({ bytes: sql`coalesce(sum(${threads.bytes} + (${inItems})), 0)` })
        .from(threads)
        .where(eq(threads.userId, user));
      return db
        .select({ bytes: sql<string>`coalesce(sum(${attachments.size}), 0) + (${inThreads})` })
        .from(attachments)
        .where(
          and(
            eq(attachments.userId, user),
            or(eq(attachments.settled, false), isNotNull(attachments.threadKey)),
          ),
        );
    });
    return Number(row?.bytes ?? 0);
  }

  override addAttachment(...args: Parameters<Store['addAttachment']>): Promise<void> {
    return this.#store(() => super.addAttachment(...args));
  }

  async abandonedAttachments(unsentBefore: Date): Promise<readonly AttachmentRecord[]> {
    const rows = await this.#database.run((db) =>
      db
        .select()
        .from(attachments)
        .where(
          and(
            isNull(attachments.threadKey),
            or(eq(attachments.settled, true), lt(attachments.createdAt, unsentBefore)),
          ),
        )
        .orderBy(attachments.createdAt)
        .limit(100),
    );
    return rows.map(toRecord);
  }

  async forgetAttachments(ids: readonly string[]): Promise<void> {
    await this.#database.run((db) =>
      db
        .delete(attachments)
        .where(and(inArray(attachments.id, [...ids]), isNull(attachments.threadKey))),
    );
  }

  override saveThread(...args: Parameters<Store['saveThread']>): Promise<void> {
    return this.#store(() => super.saveThread(...args));
  }

  override saveItem(...args: Parameters<Store['saveItem']>): Promise<void> {
    return this.#store(() => super.saveItem(...args));
  }

  transaction<T>(
    thread: string | ThreadMetadata,
    context: StoreContext,
    action: (store: StoreActions) => Promise<T>,
  ): Promise<T> {
    return this.#store(() =>
      this.#database.transaction(async (run) => {
        const actions = new SqlTransaction(run, this.#now);
        await actions.begin(thread, context);
        return action(actions);
      }),
    );
  }

  /** Without a wait where there is none to be had: a call that has begun when the database closes is carried out. */
  #store<T>(work: () => Promise<T>): Promise<T> {
    const checked = this.#database.assertWritable();
    return checked === null ? work() : checked.then(work);
  }

  renewLeases(owners: readonly string[], leaseMs: number): Promise<readonly RenewedLease[]> {
    return this.#database.run((db) =>
      db
        .update(requests)
        .set({ leaseUntil: leaseEnd(leaseMs) })
        .where(and(inArray(requests.owner, [...owners]), eq(requests.ended, false)))
        .returning({
          owner: requests.owner,
          stopped: requests.stopped,
          followed: requests.followed,
        }),
    );
  }

  async followAnswer(
    threadId: string,
    { user }: StoreContext,
  ): Promise<readonly ThreadItem[] | null> {
    if (isUnstorable(threadId) || isUnstorable(user)) return null;
    const isRunning = (db: QueryBuilder) =>
      and(
        eq(
          requests.threadKey,
          db.select({ key: threads.key }).from(threads).where(isOwn(threadId, user)),
        ),
        eq(requests.ended, false),
        isLeased,
      );
    const running = await this.#database.run((db) =>
      db
        .select({ partial: requests.partial, followed: requests.followed })
        .from(requests)
        .where(isRunning(db))
        .orderBy(requests.createdAt),
    );
    // Most threads are loaded when nothing runs in them: that is no write.
    if (running.some(({ followed }) => !followed)) {
      await this.#database.run((db) =>
        db.update(requests).set({ followed: true }).where(isRunning(db)),
      );
    }
    return running.length > 0 ? running.flatMap(({ partial }) => partial ?? []) : null;
  }

  async savePartial(owner: string, partial: readonly ThreadItem[]): Promise<void> {
    await this.#database.run((db) =>
      db
        .update(requests)
        .set({ followed: false, partial })
        .where(and(eq(requests.owner, owner), eq(requests.ended, false))),
    );
  }

  override saveFeedback(...args: Parameters<Store['saveFeedback']>): Promise<void> {
    const [threadId, , context] = args;
    return this.transaction(threadId, context, (store) => store.saveFeedback(...args));
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
