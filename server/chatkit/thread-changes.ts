import { isDeepStrictEqual } from 'node:util';
import { checkThread } from './validation.js';
import { withoutNulls } from './json.js';
import type { Store, StoreContext } from './store.js';
import type { ThreadMetadata } from './protocol/index.js';

/** The entries of `ours` where we changed them since `base`, and those of `theirs` elsewhere. */
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
 * Watches a thread that a responder may change as it likes, and stores what it changed: no more, because
 * another tab may have renamed the thread meanwhile.
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

  /** Whether there is anything to store. Asked after every event, so it must be cheap. */
  get some(): boolean {
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
    // The responder may have gone on meanwhile; those changes are the next to be stored.
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
