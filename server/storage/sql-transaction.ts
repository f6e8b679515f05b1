import type { StoreContext, ThreadMetadata } from '../chatkit/index.js';
import { SqlActions, type LockedThread } from './sql-actions.js';

/**
 * The actions of a transaction. Nobody else can change its thread meanwhile, so that the thread is read once, with its
 * lock: each statement is a round trip, and in the embedded database the larger part of what an answer costs.
 */
export class SqlTransaction extends SqlActions {
  #locked: (LockedThread & { readonly user: string }) | null = null;

  /**
   * Locks the thread, or adds it.
   *
   * @throws {NotFoundError} when this user has no such thread
   */
  async begin(thread: string | ThreadMetadata, context: StoreContext): Promise<void> {
    const { user } = context;
    this.#locked =
      typeof thread === 'string'
        ? { ...(await super.lock(thread, context)), user }
        : { key: await super.upsertThread(thread, context), thread, user };
  }

  override async loadThread(threadId: string, context: StoreContext): Promise<ThreadMetadata> {
    const locked = this.#find(threadId, context);
    return locked === null ? super.loadThread(threadId, context) : structuredClone(locked.thread);
  }

  override async saveThread(thread: ThreadMetadata, context: StoreContext): Promise<void> {
    await super.saveThread(thread, context);
    const locked = this.#find(thread.id, context);
    if (locked !== null) this.#locked = { ...locked, thread: structuredClone(thread) };
  }

  override async deleteThread(threadId: string, context: StoreContext): Promise<void> {
    await super.deleteThread(threadId, context);
    if (this.#find(threadId, context) !== null) this.#locked = null;
  }

  protected override async lock(threadId: string, context: StoreContext): Promise<LockedThread> {
    return this.#find(threadId, context) ?? super.lock(threadId, context);
  }

  protected override async threadKey(threadId: string, user: string): Promise<number> {
    return this.#find(threadId, { user })?.key ?? super.threadKey(threadId, user);
  }

  #find(threadId: string, { user }: StoreContext) {
    const locked = this.#locked;
    return locked?.thread.id === threadId && locked.user === user ? locked : null;
  }
}
