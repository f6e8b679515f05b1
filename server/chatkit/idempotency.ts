import { setTimeout as sleep } from 'node:timers/promises';
import type { Deliveries, Delivery, DeliveryEnd, DeliverySignals } from './deliveries.js';
import { findUnseen } from './repeats.js';
import type { ResponderContext } from './responder.js';
import type { StoreActions } from './store.js';
import type { ThreadItem, ThreadMetadata } from './protocol/index.js';

/** How long an answer may take to write down what it had said, in milliseconds. */
const stoppingMs = 5000;

/** What a request brings to a thread. */
export interface Contribution<T extends ThreadItem> {
  readonly threadId: string;
  /** Whether an item is of the kind that the request makes. */
  readonly isKind: (item: ThreadItem) => item is T;
  /** Whether the request would make just this item. */
  readonly isSame: (item: T) => boolean;
  /** Makes the item, or changes one; it is saved by the caller. */
  readonly make: (store: StoreActions) => Promise<T>;
}

/** A stored item, and how it is to be answered. */
export interface Subject<T extends ThreadItem> {
  readonly thread: ThreadMetadata;
  readonly item: T;
  readonly delivery: Delivery;
  /** The end of an answer that is told from the store, instead of a second one; null when there is none. */
  readonly kept: Promise<DeliveryEnd> | null;
}

export interface OnceDependencies {
  readonly deliveries: Deliveries;
  readonly signals: DeliverySignals;
  readonly context: ResponderContext;
}

/**
 * Stores what a request brings, once: where it repeats an earlier request whose answer nobody has seen, the
 * item of that one is answered, and what is left of its answer goes.
 */
export async function storeOnce<T extends ThreadItem>(
  contribution: Contribution<T>,
  dependencies: OnceDependencies,
): Promise<Subject<T>> {
  let outcome = await attempt(contribution, dependencies, 'wait');
  while ('stopping' in outcome) {
    // The earlier answer has been stopped, and may still be writing down what it had said.
    await Promise.race([outcome.stopping, sleep(stoppingMs, undefined, { ref: false })]);
    outcome = await attempt(contribution, dependencies, 'go on');
  }
  return outcome;
}

/** As `storeOnce`, for a new thread: what nobody else knows of needs no lock and no look at what is there. */
export async function storeFirst<T extends ThreadItem>(
  thread: ThreadMetadata,
  { make }: Contribution<T>,
  { deliveries, signals, context }: OnceDependencies,
): Promise<Subject<T>> {
  const { store } = context;
  await store.saveThread(thread, context);
  const item = await make(store);
  // Before anybody can find the item, and take it for one that is not answered.
  const delivery = deliveries.open(item.id, signals);
  try {
    await store.saveItem(thread.id, item, context);
  } catch (error) {
    deliveries.forget(item.id);
    throw error;
  }
  return { thread, item, delivery, kept: null };
}

async function attempt<T extends ThreadItem>(
  { threadId, isKind, isSame, make }: Contribution<T>,
  { deliveries, signals, context }: OnceDependencies,
  whileStopping: 'wait' | 'go on',
): Promise<Subject<T> | { stopping: Promise<unknown> }> {
  const opened = new Set<string>();
  try {
    return await context.store.transaction(threadId, context, async (store) => {
      const thread = await store.loadThread(threadId, context);
      const search = { store, deliveries, threadId, context, isKind, isSame };
      const unseen = await findUnseen({ ...search, whileOpen: 'repeat' });
      const left = unseen?.left;
      if (left?.type === 'stopping' && whileStopping === 'wait') return { stopping: left.ended };

      const item = unseen?.item ?? (await make(store));
      const kept = left?.type === 'answer' ? left.ended : null;
      if (unseen === null) await store.saveItem(threadId, item, context);
      else if (kept === null) await store.deleteItemsAfter(threadId, item.id, context);
      opened.add(item.id);
      return { thread, item, delivery: deliveries.open(item.id, signals), kept };
    });
  } catch (error) {
    for (const itemId of opened) deliveries.forget(itemId);
    throw error;
  }
}
