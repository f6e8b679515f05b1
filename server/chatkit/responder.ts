import type { NewId } from './ids.js';
import type { Store, StoreContext } from './store.js';
import type {
  Action,
  FeedbackKind,
  StreamOptions,
  ThreadItem,
  ThreadMetadata,
  ThreadStreamEvent,
  UserMessageItem,
  WidgetItem,
} from './protocol/index.js';

/** Who asks, for what a responder does at once. */
export interface RequestContext extends StoreContext {
  /** Aborted when the answer is not wanted any more: pass it to everything that costs time or money. */
  readonly signal: AbortSignal;
  /** For the log. */
  readonly requestId: string;
  /** What the page sent beside the request (`metadata` of its body): not to be trusted. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** Who asks, and what an answer is made with. */
export interface ResponderContext extends RequestContext {
  /** For reading the thread. What an answer's events say is stored without it. */
  readonly store: Store;
  readonly newId: NewId;
  /** The time as an item's `created_at`. */
  readonly now: () => string;
}

/**
 * Who answers.
 *
 * An answer is a sequence of events. Each is stored, as far as it is to be, before it is sent:
 *
 * - `thread.item.done` adds its item to the thread (hidden items are added, and not sent);
 * - `thread.item.replaced` replaces the item of that id, `thread.item.removed` removes it;
 * - `thread.item.added` and `thread.item.updated` only show: without a `thread.item.done` nothing of them
 *   remains, except the text of an assistant's message when the visitor stops;
 * - all others are sent and forgotten.
 *
 * Changes made to `thread` (title, status, `allowed_image_domains`, metadata) are stored after the event
 * that follows them, and told as `thread.updated`. What another request changed meanwhile is kept.
 *
 * What it throws ends the stream with an `error` event: `StreamError` and `CustomStreamError` say how;
 * anything else goes to the operator's log alone, and the visitor may try again.
 */
export interface Responder {
  /**
   * @param message the one to answer, stored already. Null when the thread goes on without one: a client
   *   tool has given its output, or the visitor has answered a structured input. The thread's items say so.
   *   A pending `client_tool_call` in them never got its output: leave it out of what the model is told.
   */
  respond(
    thread: ThreadMetadata,
    message: UserMessageItem | null,
    context: ResponderContext,
  ): AsyncIterable<ThreadStreamEvent>;

  /**
   * Something was pressed in a widget, or the page sent an action. A client repeats a request whose answer
   * got lost, so the same action may come twice.
   *
   * @param sender null when the page sent it
   */
  action?(
    thread: ThreadMetadata,
    action: Action,
    sender: WidgetItem | null,
    context: ResponderContext,
  ): AsyncIterable<ThreadStreamEvent>;

  /** As `action`, answered at once; nothing is stored unless the responder does it. */
  syncAction?(
    thread: ThreadMetadata,
    action: Action,
    sender: WidgetItem | null,
    context: ResponderContext,
  ): Promise<SyncActionResult>;

  /** Thumbs up or down. The items exist. */
  feedback?(
    threadId: string,
    itemIds: readonly string[],
    kind: FeedbackKind,
    context: ResponderContext,
  ): Promise<void>;

  /** Sent at the start of each stream; `{ allow_cancel: true }` without it. */
  streamOptions?(thread: ThreadMetadata, context: RequestContext): StreamOptions;

  /**
   * The visitor stopped, or left. Called after the usual has been done: non-empty text is stored, and a
   * hidden note says that it is not to be continued.
   *
   * @param pending what had been added and was not done
   */
  cancelled?(
    thread: ThreadMetadata,
    pending: readonly ThreadItem[],
    context: ResponderContext,
  ): Promise<void>;
}

export interface SyncActionResult {
  /** Takes the place of the item of that id on the visitor's screen. */
  readonly updated_item?: ThreadItem;
}
