import { abortable, Deferred, withTimeout } from './async.js';
import {
  isHidden,
  type Page,
  type ThreadItem,
  type ThreadMetadata,
  type ThreadStreamEvent,
} from './protocol/index.js';
import type { ResponderContext } from './responder.js';
import type { StoreActions, StoreContext } from './store.js';
import { toClientThread, visible } from './thread.js';

/** An answer counts as seen when it began to show this long before the disconnect, in milliseconds. */
const seenAfterMs = 1000;
/** How long the end of a delivery is remembered, in milliseconds: longer than a client retries. */
export const repeatWindowMs = 120_000;
/** How many deliveries are remembered, finished or not; the oldest are forgotten first. */
export const maxDeliveries = 20_000;
/** A stream that is not read by then never will be, in milliseconds. */
const beginWithinMs = 5000;
/** How long a stopped answer may take to store its partial text, in milliseconds. */
const stoppingMs = 5000;
/** The item of an earlier request is searched among so many last items of its thread. */
const lookBack = 20;
/** How many items of an answer are loaded at once for its replay. */
const replayPageSize = 20;

/** How a stream ended: by itself, or because it was no longer read. */
export type DeliveryEnd = 'complete' | 'cut';

/** Whether the client got the answer to an item, as far as this process knows. */
export type DeliveryState =
  /** Another process answered, or it was long ago. */
  | { readonly type: 'unknown' }
  /** The stream was read to its end, or until the visitor stopped it. */
  | { readonly type: 'delivered' }
  /** The stream is being read, or its connection is dead and that has not shown yet. */
  | { readonly type: 'open'; readonly answer: AnswerState }
  /** The connection was lost before anything of the answer could be seen. */
  | { readonly type: 'lost'; readonly answer: AnswerState };

/** What exists of an answer that the client may not have seen. */
export type AnswerState =
  | { readonly type: 'none' }
  /** It was stopped, and is storing its partial text. */
  | { readonly type: 'stopping'; readonly ended: Promise<DeliveryEnd> }
  /** It is stored, or will be. */
  | { readonly type: 'kept'; readonly ended: Promise<DeliveryEnd> };

export interface DeliverySignals {
  /** Aborted when the answer is to be stopped. */
  readonly signal: AbortSignal;
  /** Aborted when the client has disconnected. */
  readonly disconnected: AbortSignal;
}

/** The delivery of one answer, from the item that it answers to the end of its stream. */
export class Delivery {
  readonly #signals: DeliverySignals;
  readonly #now: () => number;
  readonly #ended = new Deferred<DeliveryEnd>();
  readonly #unread: NodeJS.Timeout;
  #shownAt: number | null = null;
  #disconnectedAt: number | null = null;
  #status: 'waiting' | 'running' | DeliveryEnd = 'waiting';
  endedAt: number | null = null;

  constructor(signals: DeliverySignals, now: () => number) {
    this.#signals = signals;
    this.#now = now;
    this.#unread = setTimeout(() => this.end('cut'), beginWithinMs).unref();
    const onDisconnect = () => {
      // A caller with one signal for both may also abort it after the end.
      if (this.endedAt !== null && signals.disconnected === signals.signal) return;
      this.#disconnectedAt ??= now();
    };
    if (signals.disconnected.aborted) onDisconnect();
    else signals.disconnected.addEventListener('abort', onDisconnect, { once: true });
  }

  /** The stream is being read. */
  begin(): void {
    clearTimeout(this.#unread);
    if (this.#status === 'waiting') this.#status = 'running';
  }

  /** The client has taken a part of the answer. */
  shown(): void {
    if (!this.#signals.disconnected.aborted) this.#shownAt ??= this.#now();
  }

  end(result: DeliveryEnd): void {
    if (this.endedAt !== null) return;
    clearTimeout(this.#unread);
    this.#status = result;
    this.endedAt = this.#now();
    if (result === 'cut') this.#disconnectedAt ??= this.endedAt;
    this.#ended.resolve(result);
  }

  get state(): DeliveryState {
    const answer = this.#answer;
    if (this.#disconnectedAt === null) {
      return this.endedAt === null ? { type: 'open', answer } : { type: 'delivered' };
    }
    const seen = this.#shownAt !== null && this.#disconnectedAt - this.#shownAt >= seenAfterMs;
    // Where a disconnect does not stop an answer, it does not mean that the visitor stopped it.
    return seen && answer.type !== 'kept' ? { type: 'delivered' } : { type: 'lost', answer };
  }

  get #answer(): AnswerState {
    const ended = this.#ended.promise;
    switch (this.#status) {
      case 'waiting':
        return this.#disconnectedAt === null ? { type: 'kept', ended } : { type: 'none' };
      case 'cut':
        return { type: 'none' };
      case 'complete':
        return { type: 'kept', ended };
      case 'running':
        return { type: this.#signals.signal.aborted ? 'stopping' : 'kept', ended };
    }
  }
}

/** The deliveries of this process, by the id of the answered item. */
export class Deliveries {
  readonly #entries = new Map<string, Delivery>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  open(itemId: string, signals: DeliverySignals): Delivery {
    const delivery = new Delivery(signals, this.#now);
    this.#entries.delete(itemId);
    this.#entries.set(itemId, delivery);
    this.#evict();
    return delivery;
  }

  forget(itemId: string): void {
    this.#entries.delete(itemId);
  }

  stateOf(itemId: string): DeliveryState {
    return this.#entries.get(itemId)?.state ?? { type: 'unknown' };
  }

  /** Entries are in the order of their start, so the oldest come first. */
  #evict(): void {
    const oldest = this.#now() - repeatWindowMs;
    for (const [itemId, { endedAt }] of this.#entries) {
      const expired = endedAt !== null && endedAt < oldest;
      if (!expired && this.#entries.size <= maxDeliveries) return;
      this.#entries.delete(itemId);
    }
  }
}

/** The item that a request adds to a thread, or changes in it. */
export interface Submission<T extends ThreadItem> {
  readonly threadId: string;
  /** Whether an item is of the kind that the request makes. */
  readonly isKind: (item: ThreadItem) => item is T;
  /** Whether the request would make exactly this item. */
  readonly isSame: (item: T) => boolean;
  /** Makes the item; the caller saves it. */
  readonly make: (store: StoreActions) => Promise<T>;
}

/** An item of an earlier request whose answer the client has not seen. */
export interface Repeated<T extends ThreadItem> {
  readonly item: T;
  readonly answer: AnswerState;
}

export interface RepeatSearch<T extends ThreadItem> extends Omit<Submission<T>, 'make'> {
  readonly store: StoreActions;
  readonly deliveries: Deliveries;
  readonly context: StoreContext;
  /** What a request is that comes while the first is still being answered. */
  readonly whileOpen: 'repeat' | 'new';
}

/**
 * Finds the item that this request repeats, or null for a new request.
 *
 * ChatKit repeats a POST whose answer it did not get, without a mark in the request, and people send the same
 * text twice on purpose. It is a repeat when the visitor has not seen the answer to the first: of streams that
 * this process sent, `deliveries` has the state; of others, it is one when the thread has no answer.
 */
export async function findRepeated<T extends ThreadItem>(
  search: RepeatSearch<T>,
): Promise<Repeated<T> | null> {
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
      return search.whileOpen === 'repeat' ? { item, answer: state.answer } : null;
    case 'lost':
      return { item, answer: state.answer };
    case 'unknown': {
      const unanswered = page.data.slice(0, place).every(isHidden);
      return unanswered ? { item, answer: { type: 'none' } } : null;
    }
  }
}

/** Whether a client may still be repeating the request that made this. */
export function isRecent({ created_at: then }: { created_at: string }, now: string): boolean {
  return Math.abs(Date.parse(now) - Date.parse(then)) <= repeatWindowMs;
}

/** A stored item that is to be answered. */
export interface StoredSubmission<T extends ThreadItem> {
  readonly thread: ThreadMetadata;
  readonly item: T;
  readonly delivery: Delivery;
  /** The end of an earlier answer, which is replayed instead of asking for a second one. */
  readonly keptAnswer: Promise<DeliveryEnd> | null;
}

export interface StoreOnceDependencies {
  readonly deliveries: Deliveries;
  readonly signals: DeliverySignals;
  readonly context: ResponderContext;
}

/**
 * Stores the item of a request once: when it repeats an earlier request, the item of that one is answered,
 * and what that answer left in the thread is removed, unless it is replayed.
 */
export async function storeOnce<T extends ThreadItem>(
  submission: Submission<T>,
  dependencies: StoreOnceDependencies,
): Promise<StoredSubmission<T>> {
  let outcome = await tryToStore(submission, dependencies, 'wait');
  while ('stopping' in outcome) {
    // The earlier answer may still be storing its partial text, which would come after the new answer.
    await withTimeout<unknown>(outcome.stopping, stoppingMs, () => null);
    outcome = await tryToStore(submission, dependencies, 'go on');
  }
  return outcome;
}

/** As `storeOnce`, in a new thread: no other request knows its id yet, so it needs neither lock nor search. */
export async function storeInNewThread<T extends ThreadItem>(
  thread: ThreadMetadata,
  { make }: Submission<T>,
  { deliveries, signals, context }: StoreOnceDependencies,
): Promise<StoredSubmission<T>> {
  const { store } = context;
  await store.saveThread(thread, context);
  const item = await make(store);
  // Opened before the item can be found, so that a repeat does not take it for unanswered.
  const delivery = deliveries.open(item.id, signals);
  try {
    await store.saveItem(thread.id, item, context);
  } catch (error) {
    deliveries.forget(item.id);
    throw error;
  }
  return { thread, item, delivery, keptAnswer: null };
}

async function tryToStore<T extends ThreadItem>(
  { make, ...searched }: Submission<T>,
  { deliveries, signals, context }: StoreOnceDependencies,
  whileStopping: 'wait' | 'go on',
): Promise<StoredSubmission<T> | { stopping: Promise<unknown> }> {
  const { threadId } = searched;
  const opened = new Set<string>();
  try {
    return await context.store.transaction(threadId, context, async (store) => {
      const thread = await store.loadThread(threadId, context);
      const search = { ...searched, store, deliveries, context };
      const repeated = await findRepeated<T>({ ...search, whileOpen: 'repeat' });
      const answer = repeated?.answer;
      if (answer?.type === 'stopping' && whileStopping === 'wait') {
        return { stopping: answer.ended };
      }
      const item = repeated?.item ?? (await make(store));
      const keptAnswer = answer?.type === 'kept' ? answer.ended : null;
      if (repeated === null) await store.saveItem(threadId, item, context);
      else if (keptAnswer === null) await store.deleteItemsAfter(threadId, item.id, context);
      opened.add(item.id);
      return { thread, item, delivery: deliveries.open(item.id, signals), keptAnswer };
    });
  } catch (error) {
    for (const itemId of opened) deliveries.forget(itemId);
    throw error;
  }
}

export interface Replay {
  readonly thread: ThreadMetadata;
  /** Sent first: the thread and the item that were answered. */
  readonly preamble: readonly ThreadStreamEvent[];
  /** The id of the answered item. */
  readonly itemId: string;
  readonly keptAnswer: Promise<DeliveryEnd>;
  readonly delivery: Delivery;
  readonly context: ResponderContext;
  /** Starts a new answer, for when nothing of the earlier one was stored. */
  readonly answerAgain: () => AsyncGenerator<ThreadStreamEvent, void>;
  readonly onError: (error: unknown) => void;
}

/** The items that the client sees after an item, loaded page by page. */
async function* itemsAfter(itemId: string, threadId: string, context: ResponderContext) {
  let after: string | undefined = itemId;
  while (after !== undefined) {
    const request = { limit: replayPageSize, order: 'asc', after } as const;
    const page: Page<ThreadItem> = await context.store.loadItems(threadId, request, context);
    yield* visible(page).data;
    after = page.after;
  }
}

/** Sends an answer from the store, when it is complete, to a client that has not seen it. Never throws. */
export async function* replayAnswer(replay: Replay): AsyncGenerator<ThreadStreamEvent, void> {
  const { thread, itemId, context, delivery, onError } = replay;
  let result: DeliveryEnd = 'cut';
  delivery.begin();
  try {
    yield* replay.preamble;
    const end = await abortable(replay.keptAnswer, context.signal);
    // A partial answer is not continued but made again, as for a retry.
    if (end === 'cut') await context.store.deleteItemsAfter(thread.id, itemId, context);
    let replayed = 0;
    for await (const item of itemsAfter(itemId, thread.id, context)) {
      yield { type: 'thread.item.done', item };
      delivery.shown();
      replayed += 1;
    }
    if (replayed === 0) {
      yield* replay.answerAgain();
      return;
    }
    const latest = await context.store.loadThread(thread.id, context);
    yield { type: 'thread.updated', thread: toClientThread(latest) };
    result = 'complete';
  } catch (error) {
    if (context.signal.aborted && error === context.signal.reason) return;
    result = 'complete';
    onError(error);
    yield { type: 'error', code: 'stream.error', allow_retry: true };
  } finally {
    delivery.end(result);
  }
}
