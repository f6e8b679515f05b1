import { and, desc, eq, gt, gte, inArray, lte, sql, type SQL } from 'drizzle-orm';
import type { ThreadItem } from '../chatkit/index.js';
import type { Database } from './database.js';
import { isUnstorable, items, threads } from './schema.js';

/** A thread as an operator finds it in the list of all users' threads. */
export interface ListedThread {
  readonly id: string;
  readonly user: string;
  readonly title: string | null;
  readonly createdAt: string;
  /** The day (UTC) of the last change, such as `2026-11-30`. */
  readonly activeOn: string;
  /** Whether an answer in it has a thumbs-down. */
  readonly disliked: boolean;
  /** Whether an answer in it has failed. */
  readonly failed: boolean;
}

export interface ThreadFilter {
  /** What title, user or a message contains, whatever the case of its letters; or the id of a thread. */
  readonly text?: string | undefined;
  readonly user?: string | undefined;
  readonly disliked?: boolean | undefined;
  readonly failed?: boolean | undefined;
  /** First and last day (UTC) of the last change. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** The place of a thread in the list. */
export interface ThreadCursor {
  readonly activeOn: string;
  readonly key: number;
}

export interface ThreadListPage {
  /** The last changed ones first. */
  readonly threads: readonly ListedThread[];
  /** Where the list goes on; null at its end. A search may have found nothing so far and go on all the same. */
  readonly next: ThreadCursor | null;
}

// What one call of a search looks at, so that it takes a fraction of a second however much is stored: the embedded
// database works on the service's own thread. It ends at the first of these bounds, and its cursor goes on from there.
const searchedThreads = 500;
const searchedBytes = 4 * 1024 * 1024;
const searchBatch = 50;
/** Newest items of a thread that are searched, and the size in bytes beyond which an item is not. */
const searchedItems = 200;
const searchedItemBytes = 64 * 1024;

const selection = {
  key: threads.key,
  id: threads.id,
  user: threads.userId,
  thread: threads.thread,
  activeOn: threads.activeOn,
  disliked: threads.disliked,
  failed: threads.failed,
};
type Row = Pick<typeof threads.$inferSelect, Exclude<keyof typeof selection, 'user'>> & {
  readonly user: string;
};

const toListed = ({ id, user, thread, activeOn, disliked, failed }: Row): ListedThread => ({
  ...{ id, user, activeOn, disliked, failed },
  title: thread.title ?? null,
  createdAt: thread.created_at,
});

const conditionOf = (
  { user, disliked, failed, from, to }: ThreadFilter,
  after: ThreadCursor | undefined,
): SQL | undefined =>
  and(
    user === undefined ? undefined : eq(threads.userId, user),
    disliked === true ? eq(threads.disliked, true) : undefined,
    failed === true ? eq(threads.failed, true) : undefined,
    from === undefined ? undefined : gte(threads.activeOn, from),
    to === undefined ? undefined : lte(threads.activeOn, to),
    // As a row, which is one range of the index.
    after === undefined
      ? undefined
      : sql`(${threads.activeOn}, ${threads.key}) < (${after.activeOn}::date, ${after.key}::bigint)`,
  );

const readBatch = (
  { run }: Database,
  filter: ThreadFilter,
  after: ThreadCursor | undefined,
  limit: number,
): Promise<Row[]> =>
  run((db) =>
    db
      .select(selection)
      .from(threads)
      .where(conditionOf(filter, after))
      .orderBy(desc(threads.activeOn), desc(threads.key))
      .limit(limit),
  );

/** A thread of any user, or null. */
export async function findThread({ run }: Database, id: string): Promise<ListedThread | null> {
  if (isUnstorable(id)) return null;
  const [row] = await run((db) => db.select(selection).from(threads).where(eq(threads.id, id)));
  return row ? toListed(row) : null;
}

/** Threads of all users, in a time that does not grow with their number. */
export async function listThreads(
  database: Database,
  filter: ThreadFilter,
  { after, limit }: { readonly after?: ThreadCursor | undefined; readonly limit: number },
): Promise<ThreadListPage> {
  if (filter.user !== undefined && isUnstorable(filter.user)) return { threads: [], next: null };
  const text = filter.text?.trim() ?? '';
  if (text !== '') return search(database, text, filter, after, limit);
  const rows = await readBatch(database, filter, after, limit + 1);
  const page = rows.slice(0, limit);
  return {
    threads: page.map(toListed),
    next: rows.length > limit ? (page.at(-1) ?? null) : null,
  };
}

async function search(
  database: Database,
  text: string,
  filter: ThreadFilter,
  after: ThreadCursor | undefined,
  limit: number,
): Promise<ThreadListPage> {
  const known = await findThread(database, text);
  if (known !== null) return { threads: [known], next: null };
  const contains = createMatcher(text);
  const found: ListedThread[] = [];
  let last = after;
  let count = 0;
  let bytes = 0;
  for (;;) {
    const rows = await readBatch(database, filter, last, searchBatch);
    const messages = await readMessages(database, rows, searchedBytes - bytes);
    bytes += messages.bytes;
    for (const row of rows.slice(0, messages.threads)) {
      last = { activeOn: row.activeOn, key: row.key };
      count += 1;
      const texts = [row.user, row.thread.title ?? '', ...(messages.texts.get(row.key) ?? [])];
      if (texts.some(contains)) found.push(toListed(row));
      if (found.length === limit) break;
    }
    if (rows.length < searchBatch && last?.key === rows.at(-1)?.key) {
      return { threads: found, next: null };
    }
    const isSpent = count >= searchedThreads || bytes >= searchedBytes;
    if (found.length === limit || isSpent || messages.threads < rows.length) {
      return { threads: found, next: last ?? null };
    }
  }
}

/** Compares without regard to case and to how letters with marks are composed. */
function createMatcher(text: string): (candidate: string) => boolean {
  const fold = (each: string) => each.normalize('NFKC').toLowerCase();
  const folded = fold(text);
  return (candidate) => fold(candidate).includes(folded);
}

const textOf = (item: ThreadItem): string =>
  item.type === 'user_message' || item.type === 'assistant_message'
    ? item.content.map((part) => part.text).join('\n')
    : '';

/**
 * The texts of the first threads of a batch, as many of them as have no more bytes than there may be; one at least. In
 * JavaScript and not in SQL, where escapes in stored JSON can fail a statement and letters compare as the server's
 * locale has it.
 */
async function readMessages({ run }: Database, rows: readonly Row[], maxBytes: number) {
  const texts = new Map<number, string[]>();
  if (rows.length === 0) return { threads: 0, bytes: 0, texts };
  const isSearched = and(
    eq(items.threadKey, threads.key),
    gt(items.position, sql`${threads.lastPosition} - ${searchedItems}`),
    lte(items.bytes, searchedItemBytes),
  );
  const keys = rows.map(({ key }) => key);
  const sizes = await run((db) =>
    db
      .select({ key: threads.key, bytes: sql`sum(${items.bytes})`.mapWith(Number) })
      .from(threads)
      .innerJoin(items, isSearched)
      .where(inArray(threads.key, keys))
      .groupBy(threads.key),
  );
  const sizeOf = new Map(sizes.map(({ key, bytes }) => [key, bytes]));
  let bytes = 0;
  let count = 0;
  for (const key of keys) {
    const size = sizeOf.get(key) ?? 0;
    if (count > 0 && bytes + size > maxBytes) break;
    bytes += size;
    count += 1;
  }
  const found = await run((db) =>
    db
      .select({ key: threads.key, item: items.item })
      .from(threads)
      .innerJoin(items, isSearched)
      .where(inArray(threads.key, keys.slice(0, count))),
  );
  for (const { key, item } of found) texts.set(key, [...(texts.get(key) ?? []), textOf(item)]);
  return { threads: count, bytes, texts };
}
