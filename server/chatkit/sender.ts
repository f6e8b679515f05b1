import type { ResponderContext } from './responder.js';
import type { ThreadMetadata, WidgetItem } from './protocol/index.js';

export interface Sender {
  readonly thread: ThreadMetadata;
  /** The widget that an action comes from, null when it is the page; or an item that has no actions. */
  readonly sender: WidgetItem | null | 'no_widget';
}

/** @throws {NotFoundError} for a thread or item that is not this user's */
export async function loadSender(
  { thread_id: threadId, item_id: itemId }: { thread_id: string; item_id?: string | null },
  context: ResponderContext,
): Promise<Sender> {
  const { store } = context;
  const thread = await store.loadThread(threadId, context);
  if (itemId == null) return { thread, sender: null };
  const item = await store.loadItem(threadId, itemId, context);
  return { thread, sender: item.type === 'widget' ? item : 'no_widget' };
}
