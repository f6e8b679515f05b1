import { randomUUID } from 'node:crypto';
import type { AttachmentStore } from './attachments.js';
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

const prefixes = {
  thread: 'thr',
  message: 'msg',
  tool_call: 'tc',
  workflow: 'wf',
  task: 'tsk',
  sdk_hidden_context: 'shcx',
  attachment: 'atc',
} as const;

/** What an id names. Widgets, images and structured inputs have ids of messages. */
export type IdKind = keyof typeof prefixes;

export type NewId = (kind: IdKind) => string;

/** An id such as `msg_2f0c…`: a prefix for its kind, then 80 random bits. */
export const newId: NewId = (kind) =>
  `${prefixes[kind]}_${randomUUID().replaceAll('-', '').slice(0, 20)}`;

/**
 * Who sends a request, and what the page sent with it.
 *
 * @typeParam App what the application's `authenticate` returns beside `user`
 */
export interface RequestContext<App extends object = object> extends StoreContext {
  /** The answer of `authenticate`: `user`, and the application's own fields. */
  readonly caller: Readonly<App> & { readonly user: string };
  /** Aborted when the answer is to be stopped: pass it to the model and to everything that takes time. */
  readonly signal: AbortSignal;
  /** For logs. */
  readonly requestId: string;
  /** The `metadata` of the request's body. It comes from the page: do not trust it. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** What the page is about: the element's `context`, sent as `metadata.page`. Do not trust it, either. */
  readonly page: Readonly<Record<string, unknown>> | null;
  /**
   * The language to answer in, as BCP 47: the caller's own `locale`, else by `Accept-Language`, among the `locales` of
   * the server; `en` when nothing is known.
   */
  readonly locale: string;
  /** The request's headers that the server's `headers` lets through, by their names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * What a responder gets with each call.
 *
 * @typeParam App what the application's `authenticate` returns beside `user`
 *
 * @example
 * const greet = ({ caller, locale }: ResponderContext<{ org: string }>) =>
 *   `${locale.startsWith('de') ? 'Willkommen' : 'Welcome'}, ${caller.org}`;
 */
export interface ResponderContext<App extends object = object> extends RequestContext<App> {
  /** For reading the thread. Do not save what you yield: the server stores it. */
  readonly store: Store;
  readonly newId: NewId;
  /** The bytes of attachments: `attachments.read(id, context)`; null where they are not offered. */
  readonly attachments?: Pick<AttachmentStore, 'read'> | null;
  /** The current time, for an item's `created_at`. */
  readonly now: () => string;
}

/**
 * Answers messages and actions. The one part that an application has to write.
 *
 * An answer is an async sequence of events. The server stores some of them before it sends them:
 *
 * - `thread.item.done` adds its item to the thread (hidden items are stored and not sent);
 * - `thread.item.replaced` replaces the item with that id, `thread.item.removed` removes it;
 * - `thread.item.added` and `thread.item.updated` are only sent: without a `thread.item.done` the item is not
 *   stored, except the text of an assistant message when the user stops the answer or it fails;
 * - all others are only sent.
 *
 * Changes to `thread` (title, status, `allowed_image_domains`, metadata) are stored after the next event and
 * sent as `thread.updated`. Fields that another request changed in the meantime keep their new value.
 *
 * An exception ends the stream with an `error` event: `StreamError` and `CustomStreamError` define it; any
 * other error is only logged, and the user may retry.
 *
 * @typeParam App what the application's `authenticate` returns beside `user`, for `context.caller`
 *
 * @example
 * const responder: Responder = {
 *   async *respond(thread, message, { newId, now }) {
 *     const text = message?.content.map((part) => part.text).join('') ?? '';
 *     yield {
 *       type: 'thread.item.done',
 *       item: {
 *         type: 'assistant_message',
 *         id: newId('message'),
 *         thread_id: thread.id,
 *         created_at: now(),
 *         content: [{ type: 'output_text', text: `You wrote: ${text}`, annotations: [] }],
 *       },
 *     };
 *   },
 * };
 */
export interface Responder<App extends object = object> {
  /**
   * @param message the message to answer, already stored; null after the output of a client tool or the
   *   answers to a structured input, which are in the thread's items. A `client_tool_call` that is still
   *   pending never got its output: leave it out of the model's input.
   */
  respond(
    thread: ThreadMetadata,
    message: UserMessageItem | null,
    context: ResponderContext<App>,
  ): AsyncIterable<ThreadStreamEvent>;

  /**
   * An action of a widget, or of the page. A client repeats a request whose answer was lost, so the same
   * action can arrive twice.
   *
   * @param sender the widget; null for an action of the page
   */
  action?(
    thread: ThreadMetadata,
    action: Action,
    sender: WidgetItem | null,
    context: ResponderContext<App>,
  ): AsyncIterable<ThreadStreamEvent>;

  /** As `action`, answered with JSON. Nothing is stored unless the responder does it. */
  syncAction?(
    thread: ThreadMetadata,
    action: Action,
    sender: WidgetItem | null,
    context: ResponderContext<App>,
  ): Promise<SyncActionResult>;

  /** Thumbs up or down. The items are known to exist, and the feedback is stored. */
  feedback?(
    threadId: string,
    itemIds: readonly string[],
    kind: FeedbackKind,
    context: ResponderContext<App>,
  ): Promise<void>;

  /** Sent at the start of each stream; `{ allow_cancel: true }` without it. */
  streamOptions?(thread: ThreadMetadata, context: RequestContext<App>): StreamOptions;

  /**
   * The user stopped the answer, or left. Called when the partial text and a hidden note, which tells the
   * model not to continue it, have been stored.
   *
   * @param pending items that were added and not done
   */
  cancelled?(
    thread: ThreadMetadata,
    pending: readonly ThreadItem[],
    context: ResponderContext<App>,
  ): Promise<void>;
}

export interface SyncActionResult {
  /** Replaces the shown item with that id. */
  readonly updated_item?: ThreadItem;
}
