import { and, asc, desc, eq, gt, lt, lte, or, sql, type SQL } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import { defaultPageBytes, type Page, type PageRequest } from '../chatkit/index.js';
import type { QueryBuilder } from './database.js';
import type { items, threads } from './schema.js';

type Order = PageRequest['order'];

/** Condition for what follows the position of the previous page's last entry. */
export const isBeyond = (
  column: PgColumn,
  order: Order,
  from: number | undefined,
): SQL | undefined => {
  if (from === undefined) return undefined;
  return order === 'asc' ? gt(column, from) : lt(column, from);
};

const inOrder = (column: PgColumn, order: Order): SQL =>
  order === 'asc' ? asc(column) : desc(column);

/**
 * The entries of a page, with the number of all that were found: one more than the limit is looked for. The database
 * sends no more bytes than the page may have, except for its first entry.
 */
export function selectPage<Entry>(
  db: QueryBuilder,
  table: typeof threads | typeof items,
  entry: PgColumn & { readonly _: { readonly data: Entry; readonly notNull: true } },
  where: SQL | undefined,
  { order, limit, maxBytes = defaultPageBytes }: PageRequest,
) {
  const candidates = db
    .select({ entry, bytes: table.bytes, position: table.position })
    .from(table as PgTable)
    .where(where)
    .orderBy(inOrder(table.position, order))
    .limit(limit + 1)
    .as('candidates');
  const upToHere = sql`(order by ${candidates.position} ${sql.raw(order)})`;
  const page = db
    .select({
      entry: candidates.entry,
      place: sql<number>`row_number() over ${upToHere}`.as('place'),
      total: sql<number>`sum(${candidates.bytes}) over ${upToHere}`.as('total'),
      found: sql<number>`(count(*) over ())::int`.as('found'),
    })
    .from(candidates)
    .as('page');
  return db
    .select({ entry: page.entry, found: page.found })
    .from(page)
    .where(and(lte(page.place, limit), or(eq(page.place, 1), lte(page.total, maxBytes))))
    .orderBy(page.place);
}

/** @param rows of a page, of which one more than its limit were looked for */
export function toPage<T extends { id: string }>(
  rows: readonly { entry: T; found: number }[],
): Page<T> {
  const data = rows.map(({ entry }) => entry);
  const last = data.at(-1);
  const more = (rows[0]?.found ?? 0) > data.length;
  return { data, has_more: more, ...(more && last && { after: last.id }) };
}
