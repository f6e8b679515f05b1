import { toClientThread, visible } from './client-thread.js';
import type { Delivery } from './deliveries.js';
import type { ResponderContext } from './responder.js';
import type { ThreadItem, ThreadMetadata, ThreadStreamEvent } from './types.js';

/** How much of an answer is told again: more than any answer has items. */
const maxItems = 100;

export interface Replay {
  readonly thread: ThreadMetadata;
  /** What is sent first: the thread and the message that were answered. */
  readonly preamble: readonly ThreadStreamEvent[];
  /** What was answered. */
  readonly itemId: string;
  /** Fulfilled when the answer is complete. */
  readonly kept: Promise<void>;
  readonly delivery: Delivery;
  readonly context: ResponderContext;
  /** The answer made anew, should nothing of it have been stored. */
  readonly anew: () => AsyncGenerator<ThreadStreamEvent, void>;
  readonly onError: (error: unknown) => void;
}

/** Tells an answer that is stored, or soon will be, to a client that has not seen it. Never throws. */
export async function* replayAnswer(replay: Replay): AsyncGenerator<ThreadStreamEvent, void> {
  const { delivery, onError } = replay;
  let result: 'complete' | 'cut' = 'cut';
  delivery.begin();
  try {
    yield* replay.preamble;
    if (!(await isFulfilled(replay.kept, replay.context.signal))) return;
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

/** False when the signal was aborted first. */
function isFulfilled(promise: Promise<void>, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const stop = () => resolve(false);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    void promise.then(() => {
      signal.removeEventListener('abort', stop);
      resolve(true);
    });
  });
}
