import { isDeepStrictEqual } from 'node:util';
import {
  isHidden,
  type Page,
  type Thread,
  type ThreadItem,
  type ThreadMetadata,
} from './protocol/index.js';
import type { Store, StoreContext } from './store.js';
import { checkThread, withoutNulls } from './validation.js';

/** A page of items without the hidden ones, which only the model reads. */
export function visible(page: Page<ThreadItem>): Page<ThreadItem> {
  return { ...page, data: page.data.filter((item) => !isHidden(item)) };
}

/** A thread as it is sent to a client: without the application's metadata and without hidden items. */
export function toClientThread(
  { id, title, created_at, status, allowed_image_domains: domains }: ThreadMetadata,
  items: Page<ThreadItem> = { data: [], has_more: false },
): Thread {
  return {
    id,
    ...(title != null && { title }),
    created_at,
    status,
    ...(domains != null && { allowed_image_domains: domains }),
    metadata: {},
    items: visible(items),
  };
}

/** A three-way merge of entries: those that `ours` changed since `base`, else those of `theirs`. */
function merge<T extends object>(base: T, ours: T, theirs: T): T {
  const merged = new Map<string, unknown>(Object.entries(theirs));
  const [before, after] = [base, ours].map(
    (value) => new Map<string, unknown>(Object.entries(value)),
  );
  for (const key of new Set([...(before?.keys() ?? []), ...(after?.keys() ?? [])])) {
    if (isDeepStrictEqual(before?.get(key), after?.get(key))) continue;
    if (after?.has(key)) merged.set(key, after.get(key));
    else merged.delete(key);
  }
  return Object.fromEntries(merged) as T;
}

function mergeThreads(
  base: ThreadMetadata,
  ours: ThreadMetadata,
  theirs: ThreadMetadata,
): ThreadMetadata {
  return {
    ...merge(base, ours, theirs),
    id: theirs.id,
    created_at: theirs.created_at,
    metadata: merge(base.metadata, ours.metadata, theirs.metadata),
  };
}

/**
 * Stores the changes that a responder makes to its thread object: only the fields that it changed, because
 * another request may have renamed the thread in the meantime.
 */
export class ThreadChanges {
  readonly #thread: ThreadMetadata;
  readonly #store: Store;
  readonly #context: StoreContext;
  #known: ThreadMetadata;
  #json: string;

  constructor(thread: ThreadMetadata, store: Store, context: StoreContext) {
    this.#thread = thread;
    this.#store = store;
    this.#context = context;
    this.#known = structuredClone(thread);
    this.#json = JSON.stringify(thread);
  }

  /** Whether there are unsaved changes. Called after each event, so it must be cheap. */
  get pending(): boolean {
    return JSON.stringify(this.#thread) !== this.#json;
  }

  async save(): Promise<void> {
    const { id } = this.#known;
    const ours = checkThread(this.#thread);
    const merged = await this.#store.transaction(id, this.#context, async (store) => {
      const theirs = await store.loadThread(id, this.#context);
      const thread = mergeThreads(this.#known, ours, theirs);
      await store.saveThread(thread, this.#context);
      return thread;
    });
    // The responder may have changed it again while saving; the next save stores that.
    const latest = mergeThreads(ours, withoutNulls(this.#thread), merged);
    this.#assign(merged);
    this.#known = structuredClone(merged);
    this.#json = JSON.stringify(this.#thread);
    this.#assign(latest);
  }

  #assign(thread: ThreadMetadata): void {
    delete this.#thread.title;
    delete this.#thread.allowed_image_domains;
    Object.assign(this.#thread, thread);
  }
}
