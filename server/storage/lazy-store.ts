import type { Store, StoreActions, StoreContext } from '../chatkit/index.js';
import { Problem } from '../problems.js';
import { StorageError } from './errors.js';
import type { OpenStore } from './open-store.js';

/** The error for the client; the cause has the details for the operator. */
function problemOf(error: unknown): unknown {
  if (!(error instanceof StorageError)) return error;
  return new Problem('storage_unavailable', 'Conversations cannot be read or kept right now.', {
    cause: error,
    retryAfter: 2,
  });
}

/** A store that opens its database on first use, and again after a failed attempt. */
export class LazyStore implements Store {
  readonly #open: () => Promise<OpenStore>;
  readonly #onFailure: (error: unknown) => void;
  #opening: Promise<OpenStore> | null = null;
  #failed = false;
  #told = false;

  /**
   * @param open throws `StorageError`
   * @param onFailure receives the error of `prepare` or `check`, the first of several failures in a row
   */
  constructor(
    open: () => Promise<OpenStore>,
    onFailure: (error: unknown) => void = () => undefined,
  ) {
    this.#open = open;
    this.#onFailure = onFailure;
  }

  /** Whether the last attempt to open or check it has failed. */
  get failed(): boolean {
    return this.#failed;
  }

  /** @throws {StorageError} */
  open(): Promise<OpenStore> {
    this.#opening ??= this.#open().then(
      (opened) => {
        this.#failed = this.#told = false;
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

  /** Opens it in the background, unless it is open. */
  prepare(): void {
    this.check(() => this.open());
  }

  /** @param look rejects when opening would fail */
  check(look: () => Promise<unknown>): void {
    look().catch((error: unknown) => {
      this.#failed = true;
      if (!this.#told) this.#onFailure(error);
      this.#told = true;
    });
  }

  /** Closes what was opened. */
  async close(): Promise<void> {
    if (this.#opening === null) return;
    let opened;
    try {
      opened = await this.#opening;
    } catch (error) {
      // It did not open: there is nothing to close, and the callers got the error.
      if (error instanceof StorageError) return;
      throw error;
    }
    await opened.close();
  }

  async #do<T>(action: (store: Store) => Promise<T>): Promise<T> {
    try {
      return await action((await this.open()).store);
    } catch (error) {
      throw problemOf(error);
    }
  }

  loadThread: Store['loadThread'] = (...args) => this.#do((store) => store.loadThread(...args));
  saveThread: Store['saveThread'] = (...args) => this.#do((store) => store.saveThread(...args));
  deleteThread: Store['deleteThread'] = (...args) =>
    this.#do((store) => store.deleteThread(...args));
  loadThreads: Store['loadThreads'] = (...args) => this.#do((store) => store.loadThreads(...args));
  loadItem: Store['loadItem'] = (...args) => this.#do((store) => store.loadItem(...args));
  loadItems: Store['loadItems'] = (...args) => this.#do((store) => store.loadItems(...args));
  saveItem: Store['saveItem'] = (...args) => this.#do((store) => store.saveItem(...args));
  deleteItem: Store['deleteItem'] = (...args) => this.#do((store) => store.deleteItem(...args));
  deleteItemsAfter: Store['deleteItemsAfter'] = (...args) =>
    this.#do((store) => store.deleteItemsAfter(...args));

  transaction<T>(
    threadId: string,
    context: StoreContext,
    action: (store: StoreActions) => Promise<T>,
  ): Promise<T> {
    return this.#do((store) => store.transaction(threadId, context, action));
  }
}
