import { toClientThread, visible } from './thread.js';
import type { Delivery, DeliveryEnd } from './deliveries.js';
import type { ResponderContext } from './responder.js';
import type { ThreadItem, ThreadMetadata, ThreadStreamEvent } from './protocol/index.js';

/** How much of an answer is told again: more than any answer has items. */
const maxItems = 100;

export interface Replay {
  readonly thread: ThreadMetadata;
  /** What is sent first: the thread and the message that were answered. */
  readonly preamble: readonly ThreadStreamEvent[];
  /** What was answered. */
  readonly itemId: string;
  /** The end of the answer. */
  readonly kept: Promise<DeliveryEnd>;
  readonly delivery: Delivery;
  readonly context: ResponderContext;
  /** The answer made anew, should nothing of it have been stored. */
  readonly anew: () => AsyncGenerator<ThreadStreamEvent, void>;
  readonly onError: (error: unknown) => void;
}

/** Tells an answer that is stored, or soon will be, to a client that has not seen it. Never throws. */
export async function* replayAnswer(replay: Replay): AsyncGenerator<ThreadStreamEvent, void> {
  const { delivery, onError } = replay;
  let result: DeliveryEnd = 'cut';
  delivery.begin();
  try {
    yield* replay.preamble;
    const end = await unlessAborted(replay.kept, replay.context.signal);
    if (end === null) return;
    // An answer that was cut after all is not taken up again; it is made anew, as for a retry.
    if (end === 'cut') await forgetAnswer(replay);
    const items = await loadAnswer(replay);
    if (items.length === 0) {
      yield* replay.anew();
      return;
    }
    for (const item of items) {
      yield { type: 'thread.item.done', item };
      delivery.shown();
    }
    const thread = await replay.context.store.loadThread(replay.thread.id, replay.context);
    yield { type: 'thread.updated', thread: toClientThread(thread) };
    result = 'complete';
  } catch (error) {
    result = 'complete';
    onError(error);
    yield { type: 'error', code: 'stream.error', allow_retry: true };
  } finally {
    delivery.end(result);
  }
}

async function loadAnswer({ thread, itemId, context }: Replay): Promise<readonly ThreadItem[]> {
  const page = { limit: maxItems, order: 'asc', after: itemId } as const;
  return visible(await context.store.loadItems(thread.id, page, context)).data;
}

async function forgetAnswer({ thread, itemId, context }: Replay): Promise<void> {
  await context.store.deleteItemsAfter(thread.id, itemId, context);
}

/** Null when the signal was aborted first. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const stop = () => resolve(null);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
