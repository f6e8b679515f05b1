import {
  isHidden,
  type Page,
  type Thread,
  type ThreadItem,
  type ThreadMetadata,
} from './protocol/index.js';

/** A page of items without those that are for the model's eyes only. */
export function visible(page: Page<ThreadItem>): Page<ThreadItem> {
  return { ...page, data: page.data.filter((item) => !isHidden(item)) };
}

/** A thread as a client sees it: metadata is the application's own, and hidden items are the model's. */
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
