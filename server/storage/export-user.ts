import type { Page, Store } from '../chatkit/index.js';

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

/**
 * All that is kept of a user, as the text of one JSON document: threads with their items, also those that only the
 * model sees, and feedback. In pieces, because a user's data may be larger than the memory.
 *
 * @throws {NotFoundError} when the user deletes what is about to be read; the document is cut off then
 *
 * @example
 * await writeFile('alice.json', exportUser(store, 'alice'));
 */
export async function* exportUser(
  store: Store,
  user: string,
  now: () => number = Date.now,
): AsyncGenerator<string> {
  const context = { user };

  async function* itemsOf(threadId: string) {
    for await (const item of entriesOf((page) => store.loadItems(threadId, page, context))) {
      yield JSON.stringify(item);
    }
  }
  async function* threads() {
    for await (const thread of entriesOf((page) => store.loadThreads(page, context))) {
      const { id } = thread;
      yield (async function* () {
        yield `{"thread":${JSON.stringify(thread)},"items":`;
        yield* arrayOf(itemsOf(id));
        yield `,"feedback":${JSON.stringify(await store.loadFeedback(id, context))}}`;
      })();
    }
  }

  yield `{"user":${JSON.stringify(user)},"exported_at":"${new Date(now()).toISOString()}","threads":`;
  yield* arrayOf(threads());
  yield '}\n';
}
