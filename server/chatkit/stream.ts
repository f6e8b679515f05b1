import { AbortableReader } from './async.js';
import { CustomStreamError, Interruption, StreamError } from './errors.js';
import {
  isHidden,
  type AssistantMessageItem,
  type ThreadItem,
  type ThreadItemUpdate,
  type ThreadMetadata,
  type ThreadStreamEvent,
  type UserMessageItem,
} from './protocol/index.js';
import type { Responder, ResponderContext } from './responder.js';
import { NotFoundError, type ErrorEvent } from './store.js';
import { ThreadChanges, toClientThread } from './thread.js';
import { checkEvent } from './validation.js';

const cancelledNote = 'The user stopped the answer before its end. Do not go on with it.';

/** How an answer ended. */
export type AnswerEnd =
  | { readonly type: 'complete' }
  /** By its user. */
  | { readonly type: 'stopped' }
  | { readonly type: 'failed'; readonly error: ErrorEvent }
  /** It is to be made again. */
  | { readonly type: 'interrupted'; readonly code: 'shutdown' | 'lease_lost' };

/** What `streamAnswer` needs. */
export interface AnswerStream {
  readonly thread: ThreadMetadata;
  readonly context: ResponderContext;
  readonly responder: Responder;
  /** Sent first: the thread and the message that are answered. */
  readonly preamble: readonly ThreadStreamEvent[];
  /** Starts the answer; called when the preamble has been sent. */
  readonly answer: () => AsyncIterable<ThreadStreamEvent>;
  /** Called once, when everything is stored. */
  readonly onEnd: (end: AnswerEnd) => void | Promise<void>;
  /** Receives errors whose details are not sent to the client. */
  readonly onError: (error: unknown) => void;
  /** A message of the user as it is sent to a client. */
  readonly present: (item: UserMessageItem) => Promise<UserMessageItem>;
}

/**
 * The stream of an answer: each event is stored, where its type is stored at all, and then sent. Never throws.
 * When the client stops reading, or the answer fails, partial text is stored.
 */
export async function* streamAnswer(stream: AnswerStream): AsyncGenerator<ThreadStreamEvent, void> {
  const { thread, context, responder, onError } = stream;
  const pending = new PendingItems();
  const changes = new ThreadChanges(thread, context.store, context);
  const reader = new AbortableReader(stream.answer, context.signal, onError);
  let end: AnswerEnd = { type: 'stopped' };
  try {
    yield* stream.preamble;
    yield {
      type: 'stream_options',
      stream_options: responder.streamOptions?.(thread, context) ?? { allow_cancel: true },
    };
    for (let next = await reader.next(); next.done !== true; next = await reader.next()) {
      const event = checkEvent(next.value, thread.id);
      const storing = record(event, pending, stream);
      // Most events are deltas, and an `await` for each would cost a promise.
      if (storing !== null) await storing;
      if (!isHiddenEvent(event)) yield isOfUser(event) ? await presented(event, stream) : event;
      if (changes.pending) {
        await changes.save();
        yield updated(thread);
      }
    }
    if (changes.pending) {
      await changes.save();
      yield updated(thread);
    }
    end = { type: 'complete' };
  } catch (error) {
    const reason: unknown = context.signal.reason;
    const interruption = reason instanceof Interruption ? reason : null;
    if (context.signal.aborted && interruption === null) return;
    const event = toErrorEvent(error);
    end = toEnd(event, interruption);
    if (interruption === null && !isStreamError(error)) onError(error);
    // What another instance stores from now on must not be mixed with this.
    const mayStore = interruption?.code !== 'lease_lost';
    // The visitor has read it, and reads it again after a reload.
    if (mayStore) await saveTextsOrReport(pending, stream);
    yield event;
    if (mayStore && (await saveAfterFailure(changes, stream))) yield updated(thread);
  } finally {
    reader.close();
    // Also reached when the reader stops: `return` ends the generator at its current `yield`.
    if (end.type === 'stopped') await cancel(pending, stream);
    await stream.onEnd(end);
  }
}

const toEnd = (error: ErrorEvent, interruption: Interruption | null): AnswerEnd =>
  interruption === null || interruption.code === 'deadline'
    ? { type: 'failed', error }
    : { type: 'interrupted', code: interruption.code };

const updated = (thread: ThreadMetadata): ThreadStreamEvent => ({
  type: 'thread.updated',
  thread: toClientThread(thread),
});

const isHiddenEvent = (event: ThreadStreamEvent): boolean =>
  'item' in event && isHidden(event.item);

type UserItemEvent = Extract<ThreadStreamEvent, { item: ThreadItem }> & { item: UserMessageItem };

/** Whether the responder has changed a message of the user. */
const isOfUser = (event: ThreadStreamEvent): event is UserItemEvent =>
  'item' in event && event.item.type === 'user_message';

const presented = async (
  { type, item }: UserItemEvent,
  { present }: AnswerStream,
): Promise<ThreadStreamEvent> => ({ type, item: await present(item) });

const isStreamError = (error: unknown): error is StreamError | CustomStreamError =>
  error instanceof StreamError || error instanceof CustomStreamError;

/** The error as the client gets it: only a responder's own errors have details. */
function toErrorEvent(error: unknown): ErrorEvent {
  if (!isStreamError(error)) return { type: 'error', code: 'stream.error', allow_retry: true };
  return {
    type: 'error',
    code: error.code,
    ...(error instanceof CustomStreamError && { message: error.message }),
    allow_retry: error.allowRetry,
  };
}

/** Stores the event. Null when there is nothing to wait for before it is sent. */
function record(
  event: ThreadStreamEvent,
  pending: PendingItems,
  { thread, context }: AnswerStream,
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

/** Stores partial text, and a hidden note that tells the model not to continue it. */
async function cancel(pending: PendingItems, stream: AnswerStream): Promise<void> {
  const { thread, context, responder } = stream;
  await guarded(stream, async () => {
    await saveTexts(pending, stream);
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

const saveTextsOrReport = (pending: PendingItems, stream: AnswerStream): Promise<void> =>
  guarded(stream, () => saveTexts(pending, stream));

async function saveTexts(pending: PendingItems, { thread, context }: AnswerStream): Promise<void> {
  for (const item of pending.texts) await context.store.saveItem(thread.id, item, context);
}

async function saveAfterFailure(changes: ThreadChanges, stream: AnswerStream): Promise<boolean> {
  let saved = false;
  await guarded(stream, async () => {
    if (!changes.pending) return;
    await changes.save();
    saved = true;
  });
  return saved;
}

/** Reports an error instead of throwing it, except that the thread has been deleted. */
async function guarded({ onError }: AnswerStream, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof NotFoundError)) onError(error);
  }
}

function updateMessage(item: AssistantMessageItem, update: ThreadItemUpdate): void {
  if (!('content_index' in update)) return;
  const { content_index: index } = update;
  while (item.content.length <= index) {
    item.content.push({ type: 'output_text', text: '', annotations: [] });
  }
  const part = item.content[index];
  if (part === undefined) return;
  switch (update.type) {
    case 'assistant_message.content_part.text_delta':
      part.text += update.delta;
      return;
    case 'assistant_message.content_part.annotation_added':
      part.annotations.splice(update.annotation_index, 0, update.annotation);
      return;
    case 'assistant_message.content_part.added':
    case 'assistant_message.content_part.done':
      item.content[index] = structuredClone(update.content);
  }
}

/** The items that have been sent but not stored, with their updates, for when the stream is cut. */
export class PendingItems {
  readonly #items = new Map<string, ThreadItem>();

  add(item: ThreadItem): void {
    this.#items.set(item.id, structuredClone(item));
  }

  update(itemId: string, update: ThreadItemUpdate): void {
    const item = this.#items.get(itemId);
    if (item?.type === 'assistant_message') updateMessage(item, update);
    if (item?.type === 'workflow' && 'task_index' in update) {
      const { tasks } = item.workflow;
      if (update.type === 'workflow.task.added') tasks.push(update.task);
      else tasks[update.task_index] = update.task;
    }
  }

  settle(itemId: string): void {
    this.#items.delete(itemId);
  }

  /** For `Responder.cancelled`, which may store more than text. */
  get all(): readonly ThreadItem[] {
    return [...this.#items.values()];
  }

  /** Messages that are not blank. */
  get texts(): readonly AssistantMessageItem[] {
    return this.all.filter(
      (item): item is AssistantMessageItem =>
        item.type === 'assistant_message' && item.content.some(({ text }) => text.trim() !== ''),
    );
  }
}
