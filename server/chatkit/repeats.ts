import { repeatWindowMs, type Deliveries, type Remains } from './deliveries.js';
import type { StoreActions, StoreContext } from './store.js';
import { isHidden, type ThreadItem } from './protocol/index.js';

/** How far back an item that a request repeats may be: it is among the last of its thread. */
const lookBack = 20;

/** An item that an earlier request has stored already, and whose answer reached nobody. */
export interface Unseen<T extends ThreadItem> {
  readonly item: T;
  readonly left: Remains;
}

export interface RepeatSearch<T extends ThreadItem> {
  readonly store: StoreActions;
  readonly deliveries: Deliveries;
  readonly threadId: string;
  readonly context: StoreContext;
  /** Whether an item is of the kind that the request makes. */
  readonly isKind: (item: ThreadItem) => item is T;
  /** Whether the request would make just this item. */
  readonly isSame: (item: T) => boolean;
  /** Whether it can be a repetition while the first is still being answered. */
  readonly whileOpen: 'repeat' | 'new';
}

/**
 * Finds what this request repeats, if it does.
 *
 * ChatKit repeats a POST whose answer it did not get, with nothing in it that says so, and people say the
 * same thing twice on purpose. What tells them apart is whether the first was answered before their eyes:
 * this process knows it of the streams that it sent; of others, the thread knows whether there is an answer
 * at all.
 */
export async function findUnseen<T extends ThreadItem>(
  search: RepeatSearch<T>,
): Promise<Unseen<T> | null> {
  const { store, deliveries, threadId, context } = search;
  const page = await store.loadItems(threadId, { limit: lookBack, order: 'desc' }, context);
  const place = page.data.findIndex(search.isKind);
  const item = page.data[place];
  if (item === undefined || !search.isKind(item) || !search.isSame(item)) return null;
  const state = deliveries.stateOf(item.id);
  switch (state.type) {
    case 'delivered':
      return null;
    case 'open':
      return search.whileOpen === 'repeat' ? { item, left: state.left } : null;
    case 'lost':
      return { item, left: state.left };
    case 'unknown': {
      const unanswered = page.data.slice(0, place).every(isHidden);
      return unanswered ? { item, left: { type: 'nothing' } } : null;
    }
  }
}

/** Whether something happened so lately that a client may still be repeating it. */
export function isRecent({ created_at: then }: { created_at: string }, now: string): boolean {
  return Math.abs(Date.parse(now) - Date.parse(then)) <= repeatWindowMs;
}
