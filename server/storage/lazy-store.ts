import type { Store, StoreActions, StoreContext, ThreadMetadata } from '../chatkit/index.js';
import { withTimeout } from '../chatkit/async.js';
import { Problem } from '../problems.js';
import type { SessionStore } from '../sessions/session-store.js';
import { StorageError } from './errors.js';
import type { OpenStore } from './open-store.js';

/** Below the time that a probe waits for an answer, in milliseconds. */
const readyWithinMs = 800;

/** The problem that clients receive; the operator's message is in its `cause`. */
function toClientError(error: unknown): unknown {
  if (!(error instanceof StorageError)) return error;
  return new Problem('storage_unavailable', 'Conversations cannot be read or kept right now.', {
    cause: error,
    retryAfter: 2,
  });
}

/**
 * A store that opens its database at the first use, and tries again after a failure. A `StorageError` reaches
 * its callers as the problem `storage_unavailable`.
 *
 * @example
 * const store = new LazyStore(() => openStore({ dataDir: './data' }));
 * await app.register(chatkitServer, { store, responder, authenticate });
 * app.addHook('onClose', () => store.close());
 */
export class LazyStore implements Store {
  readonly #open: () => Promise<OpenStore>;
  readonly #onFailure: (error: unknown) => void;
  #opening: Promise<OpenStore> | null = null;
  #preparing: Promise<void> | null = null;
  #failed = false;
  #reported = false;

  /**
   * @param open throws `StorageError`
   * @param onFailure receives the error of a failed `prepare` or `check`; of consecutive failures, the first
   */
  constructor(
    open: () => Promise<OpenStore>,
    onFailure: (error: unknown) => void = () => undefined,
  ) {
    this.#open = open;
    this.#onFailure = onFailure;
  }

  /** Whether the last attempt to open or check the database failed. */
  get failed(): boolean {
    return this.#failed;
  }

  /** @throws {StorageError} */
  open(): Promise<OpenStore> {
    this.#opening ??= this.#open().then(
      (opened) => {
        this.#failed = this.#reported = false;
        return opened;
      },
      (error: unknown) => {
        this.#opening = null;
        this.#failed = true;
        throw error;
      },
    );
    return this.#opening;
  }

  /** In the background, opens the database, or checks that the open one answers. Sets `failed`. */
  prepare(): void {
    const check = async () => {
      const opened = await this.open();
      await opened.check();
      this.#failed = this.#reported = false;
    };
    this.#preparing ??= this.#report(check).finally(() => {
      this.#preparing = null;
    });
  }

  /**
   * Prepares, and waits a little for the outcome: whether conversations can be kept. When it takes longer, as the
   * making of a database does, the outcome of the last attempt counts.
   */
  async isReady(): Promise<boolean> {
    this.prepare();
    if (this.#preparing !== null) {
      await withTimeout(this.#preparing, readyWithinMs, () => undefined);
    }
    return !this.#failed;
  }

  /**
   * Runs a check in the background. Sets `failed` when it throws.
   *
   * @param check throws when the database could not be opened
   */
  check(check: () => Promise<unknown>): void {
    void this.#report(check);
  }

  /** Closes the database, if it is open. */
  async close(): Promise<void> {
    if (this.#opening === null) return;
    let opened;
    try {
      opened = await this.#opening;
    } catch (error) {
      // It failed to open, so there is nothing to close; the caller that opened it received the error.
      if (error instanceof StorageError) return;
      throw error;
    }
    await opened.close();
  }

  async #report(check: () => Promise<unknown>): Promise<void> {
    try {
      await check();
    } catch (error) {
      this.#failed = true;
      if (!this.#reported) this.#onFailure(error);
      this.#reported = true;
    }
  }

  async #delegate<T>(call: (store: Store) => Promise<T>): Promise<T> {
    try {
      const { store } = await this.open();
      return await call(store);
    } catch (error) {
      throw toClientError(error);
    }
  }

  /** The sessions of the same database. Their errors are not mapped: no client sees them. */
  readonly sessions: SessionStore = {
    add: async (...args) => (await this.open()).sessions.add(...args),
    find: async (...args) => (await this.open()).sessions.find(...args),
    cancel: async (...args) => (await this.open()).sessions.cancel(...args),
    cancelledOf: async (...args) => (await this.open()).sessions.cancelledOf(...args),
  };

  loadThread: Store['loadThread'] = (...args) => this.#delegate((s) => s.loadThread(...args));
  saveThread: Store['saveThread'] = (...args) => this.#delegate((s) => s.saveThread(...args));
  deleteThread: Store['deleteThread'] = (...args) => this.#delegate((s) => s.deleteThread(...args));
  loadThreads: Store['loadThreads'] = (...args) => this.#delegate((s) => s.loadThreads(...args));
  loadItem: Store['loadItem'] = (...args) => this.#delegate((s) => s.loadItem(...args));
  loadItems: Store['loadItems'] = (...args) => this.#delegate((s) => s.loadItems(...args));
  saveItem: Store['saveItem'] = (...args) => this.#delegate((s) => s.saveItem(...args));
  deleteItem: Store['deleteItem'] = (...args) => this.#delegate((s) => s.deleteItem(...args));
  storedBytes: Store['storedBytes'] = (...args) => this.#delegate((s) => s.storedBytes(...args));
  deleteItemsAfter: Store['deleteItemsAfter'] = (...args) =>
    this.#delegate((s) => s.deleteItemsAfter(...args));

  saveFeedback: Store['saveFeedback'] = (...args) => this.#delegate((s) => s.saveFeedback(...args));
  loadFeedback: Store['loadFeedback'] = (...args) => this.#delegate((s) => s.loadFeedback(...args));

  addAttachment: Store['addAttachment'] = (...args) =>
    this.#delegate((s) => s.addAttachment(...args));
  loadAttachment: Store['loadAttachment'] = (...args) =>
    this.#delegate((s) => s.loadAttachment(...args));
  attach: Store['attach'] = (...args) => this.#delegate((s) => s.attach(...args));
  deleteAttachment: Store['deleteAttachment'] = (...args) =>
    this.#delegate((s) => s.deleteAttachment(...args));
  abandonedAttachments: Store['abandonedAttachments'] = (...args) =>
    this.#delegate((s) => s.abandonedAttachments(...args));
  forgetAttachments: Store['forgetAttachments'] = (...args) =>
    this.#delegate((s) => s.forgetAttachments(...args));

  loadRequest: Store['loadRequest'] = (...args) => this.#delegate((s) => s.loadRequest(...args));
  claimRequest: Store['claimRequest'] = (...args) => this.#delegate((s) => s.claimRequest(...args));
  endRequest: Store['endRequest'] = (...args) => this.#delegate((s) => s.endRequest(...args));
  stopRequest: Store['stopRequest'] = (...args) => this.#delegate((s) => s.stopRequest(...args));
  renewLeases: Store['renewLeases'] = (...args) => this.#delegate((s) => s.renewLeases(...args));
  followAnswer: Store['followAnswer'] = (...args) => this.#delegate((s) => s.followAnswer(...args));
  savePartial: Store['savePartial'] = (...args) => this.#delegate((s) => s.savePartial(...args));

  transaction<T>(
    thread: string | ThreadMetadata,
    context: StoreContext,
    action: (store: StoreActions) => Promise<T>,
  ): Promise<T> {
    return this.#delegate((store) => store.transaction(thread, context, action));
  }
}
