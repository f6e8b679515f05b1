import { AbortableReader } from './abortable-reader.js';
import { checkEvent } from './validation.js';
import { toClientThread } from './thread.js';
import type { Delivery, DeliveryEnd } from './deliveries.js';
import { CustomStreamError, Interruption, StreamError } from './errors.js';
import { PendingItems } from './pending-items.js';
import type { Responder, ResponderContext } from './responder.js';
import { NotFoundError } from './store.js';
import { ThreadChanges } from './thread-changes.js';
import { isHidden } from './protocol/index.js';
import type { ThreadItem, ThreadMetadata, ThreadStreamEvent } from './protocol/index.js';

const cancelledNote = 'The user stopped the answer before its end. Do not go on with it.';

export interface Relay {
  readonly thread: ThreadMetadata;
  readonly context: ResponderContext;
  readonly responder: Responder;
  /** What is sent first: the thread and the message that are answered. */
  readonly preamble: readonly ThreadStreamEvent[];
  /** Starts the answer; called when everything before it was sent. */
  readonly answer: () => AsyncIterable<ThreadStreamEvent>;
  /** Learns when the client has seen something of it. */
  readonly delivery: Delivery | null;
  /** Hears of what the client is not told. */
  readonly onError: (error: unknown) => void;
}

/**
 * An answer as the client gets it: each event is stored, as far as it is to be, and then sent. Never throws;
 * when the client stops reading, what was said is kept.
 */
export async function* relayAnswer(relay: Relay): AsyncGenerator<ThreadStreamEvent, void> {
  const { thread, context, responder, delivery, onError } = relay;
  const pending = new PendingItems();
  const changes = new ThreadChanges(thread, context.store, context);
  const reader = new AbortableReader(relay.answer, context.signal, onError);
  let result: DeliveryEnd = 'cut';
  delivery?.begin();
  try {
    yield* relay.preamble;
    yield {
      type: 'stream_options',
      stream_options: responder.streamOptions?.(thread, context) ?? { allow_cancel: true },
    };
    for (let next = await reader.next(); next.done !== true; next = await reader.next()) {
      const event = checkEvent(next.value, thread.id);
      const storing = record(event, pending, relay);
      // Most events are deltas: nothing is waited for that need not be.
      if (storing !== null) await storing;
      if (!isForModelOnly(event)) {
        yield event;
        delivery?.shown();
      }
      if (changes.some) {
        await changes.save();
        yield updated(thread);
      }
    }
    if (changes.some) {
      await changes.save();
      yield updated(thread);
    }
    result = 'complete';
  } catch (error) {
    const interrupted = context.signal.reason instanceof Interruption;
    if (context.signal.aborted && !interrupted) return;
    result = 'complete';
    if (interrupted) await keepTexts(pending, relay);
    else if (!isMeant(error)) onError(error);
    yield toErrorEvent(error);
    if (await saveAfterFailure(changes, relay)) yield updated(thread);
  } finally {
    reader.close();
    // Also when nobody reads on: the generator is ended at the `yield` where it stands.
    if (result === 'cut') await cancel(pending, relay);
    delivery?.end(result);
  }
}

const updated = (thread: ThreadMetadata): ThreadStreamEvent => ({
  type: 'thread.updated',
  thread: toClientThread(thread),
});

const isForModelOnly = (event: ThreadStreamEvent): boolean =>
  'item' in event && isHidden(event.item);

const isMeant = (error: unknown): error is StreamError | CustomStreamError =>
  error instanceof StreamError || error instanceof CustomStreamError;

/** What the client is told of a failure: nothing but what a responder meant it to see. */
function toErrorEvent(error: unknown): ThreadStreamEvent {
  if (!isMeant(error)) return { type: 'error', code: 'stream.error', allow_retry: true };
  return {
    type: 'error',
    code: error.code,
    ...(error instanceof CustomStreamError && { message: error.message }),
    allow_retry: error.allowRetry,
  };
}

/** What has to be waited for before the event may be sent; null when nothing has. */
function record(
  event: ThreadStreamEvent,
  pending: PendingItems,
  { thread, context }: Relay,
): Promise<void> | null {
  switch (event.type) {
    case 'thread.item.added':
      pending.add(event.item);
      return null;
    case 'thread.item.updated':
      pending.update(event.item_id, event.update);
      return null;
    case 'thread.item.done':
    case 'thread.item.replaced':
      return store(event.item, pending, thread.id, context);
    case 'thread.item.removed':
      pending.settle(event.item_id);
      return context.store.deleteItem(thread.id, event.item_id, context);
    default:
      return null;
  }
}

async function store(
  item: ThreadItem,
  pending: PendingItems,
  threadId: string,
  context: ResponderContext,
): Promise<void> {
  await context.store.saveItem(threadId, item, context);
  pending.settle(item.id);
}

/** What was said stays, and the model learns that the visitor wanted no more of it. */
async function cancel(pending: PendingItems, relay: Relay): Promise<void> {
  const { thread, context, responder } = relay;
  await guarded(relay, async () => {
    await saveTexts(pending, relay);
    await context.store.saveItem(
      thread.id,
      {
        type: 'sdk_hidden_context',
        id: context.newId('sdk_hidden_context'),
        thread_id: thread.id,
        created_at: context.now(),
        content: cancelledNote,
      },
      context,
    );
    await responder.cancelled?.(thread, pending.all, context);
  });
}

const keepTexts = (pending: PendingItems, relay: Relay): Promise<void> =>
  guarded(relay, () => saveTexts(pending, relay));

async function saveTexts(pending: PendingItems, { thread, context }: Relay): Promise<void> {
  for (const item of pending.texts) await context.store.saveItem(thread.id, item, context);
}

async function saveAfterFailure(changes: ThreadChanges, relay: Relay): Promise<boolean> {
  let saved = false;
  await guarded(relay, async () => {
    if (!changes.some) return;
    await changes.save();
    saved = true;
  });
  return saved;
}

/** For work that nobody waits for: its failure is the operator's concern, unless the thread is gone. */
async function guarded({ onError }: Relay, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof NotFoundError)) onError(error);
  }
}
