import type { Page, Store, StoreContext, ThreadMetadata } from '../chatkit/index.js';

/** Entries of a page; its bytes are bounded as well, by the store. */
const limit = 100;

async function* entriesOf<T>(
  loadPage: (page: { limit: number; order: 'asc'; after?: string | undefined }) => Promise<Page<T>>,
): AsyncGenerator<T> {
  let after: string | undefined;
  do {
    const page = await loadPage({ limit, order: 'asc', after });
    yield* page.data;
    after = page.after;
  } while (after !== undefined);
}

/** A JSON array with one entry a line. */
async function* arrayOf(entries: AsyncIterable<AsyncIterable<string> | string>) {
  let separator = '[\n';
  for await (const entry of entries) {
    yield separator;
    separator = ',\n';
    yield* typeof entry === 'string' ? [entry] : entry;
  }
  yield separator === ',\n' ? '\n]' : '[]';
}

/** A thread with its items and feedback. */
async function* exportedThread(
  store: Store,
  thread: ThreadMetadata,
  context: StoreContext,
): AsyncGenerator<string> {
  const { id } = thread;
  async function* itemsOf() {
    for await (const item of entriesOf((page) => store.loadItems(id, page, context))) {
      yield JSON.stringify(item);
    }
  }
  yield `{"thread":${JSON.stringify(thread)},"items":`;
  yield* arrayOf(itemsOf());
  yield `,"feedback":${JSON.stringify(await store.loadFeedback(id, context))}}`;
}

/** A document with threads of a user. */
async function* documentOf(
  user: string,
  threads: AsyncIterable<AsyncIterable<string>>,
  now: () => number,
): AsyncGenerator<string> {
  yield `{"user":${JSON.stringify(user)},"exported_at":"${new Date(now()).toISOString()}","threads":`;
  yield* arrayOf(threads);
  yield '}\n';
}

/**
 * All that is kept of a user, as the text of one JSON document: threads with their items, also those that only the
 * model sees, and feedback. In pieces, because a user's data may be larger than the memory.
 *
 * @throws {NotFoundError} when the user deletes what is about to be read; the document is cut off then
 *
 * @example
 * await writeFile('alice.json', exportUser(store, 'alice'));
 */
export function exportUser(
  store: Store,
  user: string,
  now: () => number = Date.now,
): AsyncGenerator<string> {
  const context = { user };
  async function* threads() {
    for await (const thread of entriesOf((page) => store.loadThreads(page, context))) {
      yield exportedThread(store, thread, context);
    }
  }
  return documentOf(user, threads(), now);
}

/** The same document with one thread of the user. */
export function exportThread(
  store: Store,
  threadId: string,
  user: string,
  now: () => number = Date.now,
): AsyncGenerator<string> {
  const context = { user };
  async function* threads() {
    yield exportedThread(store, await store.loadThread(threadId, context), context);
  }
  return documentOf(user, threads(), now);
}
