import { randomUUID } from 'node:crypto';
import type {
  Page,
  Store,
  StoreContext,
  ThreadItem,
  ThreadMetadata,
  UserMessageItem,
} from '../../chatkit/index.js';

export const aUser = (): StoreContext => ({ user: `anon_${randomUUID()}` });

export const aThread = (changes: Partial<ThreadMetadata> = {}): ThreadMetadata => ({
  id: `thr_${randomUUID()}`,
  created_at: '2026-11-30T12:00:00.000Z',
  status: { type: 'active' },
  metadata: {},
  ...changes,
});

export const aMessage = (threadId: string, text = 'Hello', id = `msg_${randomUUID()}`) =>
  ({
    type: 'user_message',
    id,
    thread_id: threadId,
    created_at: '2026-11-30T12:00:00.000Z',
    content: [{ type: 'input_text', text }],
    attachments: [],
    inference_options: {},
  }) satisfies UserMessageItem;

/** A thread of a user of its own, stored. */
export async function storedThread(store: Store, context: StoreContext = aUser()) {
  const thread = aThread();
  await store.saveThread(thread, context);
  return { thread, context, threadId: thread.id };
}

export const textOf = (item: ThreadItem): string =>
  item.type === 'user_message' ? item.content.map((part) => part.text).join('') : '';

export const textsOf = ({ data }: Page<ThreadItem>): string[] => data.map(textOf);

/** All pages, one after the other. */
export async function allItems(
  store: Store,
  threadId: string,
  context: StoreContext,
  limit = 100,
): Promise<ThreadItem[]> {
  const all: ThreadItem[] = [];
  let after: string | undefined;
  do {
    const page = await store.loadItems(threadId, { limit, order: 'asc', after }, context);
    all.push(...page.data);
    after = page.after;
  } while (after !== undefined);
  return all;
}

export interface Deferred {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
}

export function deferred(): Deferred {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
