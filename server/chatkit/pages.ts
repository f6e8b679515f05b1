import type { Page, ParamsOf, PlainRequest, Thread, ThreadItem } from './protocol/index.js';
import type { ResponderContext } from './responder.js';
import type { PageRequest } from './store.js';
import { toClientThread, visible } from './thread.js';
import { withoutNulls } from './validation.js';

const defaultPageSize = 20;
/** A client may ask for more; it then reads further pages. */
const maxPageSize = 1000;

export async function getThread(
  { thread_id: id }: ParamsOf<'threads.get_by_id'>,
  context: ResponderContext,
): Promise<Thread> {
  const thread = await context.store.loadThread(id, context);
  const page = { limit: defaultPageSize, order: 'asc' } as const;
  return toClientThread(thread, await context.store.loadItems(id, page, context));
}

/** Adds the items of a running answer to the page that has the newest items of its thread. */
export function addPartial(
  body: object,
  partial: readonly ThreadItem[],
  request: PlainRequest,
): void {
  const page = request.type === 'items.list' ? (body as Page<ThreadItem>) : (body as Thread).items;
  const isNewestFirst = request.type === 'items.list' && request.params.order !== 'asc';
  const hasNewest =
    request.type === 'items.list' && isNewestFirst ? !request.params.after : !page.has_more;
  if (!hasNewest) return;
  const stored = new Set(page.data.map(({ id }) => id));
  const added = partial.filter(({ id }) => !stored.has(id)).map(withoutNulls);
  page.data = isNewestFirst ? [...added.reverse(), ...page.data] : [...page.data, ...added];
}

export async function listThreads(
  params: ParamsOf<'threads.list'>,
  context: ResponderContext,
): Promise<Page<Thread>> {
  const page = await context.store.loadThreads(toPageRequest(params), context);
  return { ...page, data: page.data.map((thread) => toClientThread(thread)) };
}

export async function listItems(
  { thread_id: id, ...paging }: ParamsOf<'items.list'>,
  context: ResponderContext,
): Promise<Page<ThreadItem>> {
  return visible(await context.store.loadItems(id, toPageRequest(paging), context));
}

function toPageRequest(params: ParamsOf<'threads.list'>): PageRequest {
  const { limit, order = 'desc', after } = params;
  return {
    limit: Math.min(limit ?? 0, maxPageSize) || defaultPageSize,
    order,
    after: after ?? undefined,
  };
}
