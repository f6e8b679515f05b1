import { newId } from './ids.js';
import { parseRequest, type ChatKitRequest } from './requests.js';
import type { RequestContext, Responder } from './responder.js';
import type { PageRequest, Store, StoreContext } from './store.js';
import type {
  AssistantMessageItem,
  Page,
  Thread,
  ThreadItem,
  ThreadItemUpdate,
  ThreadMetadata,
  ThreadStreamEvent,
  UserMessageItem,
} from './types.js';

const defaultPageSize = 20;
const cancelledNote = 'The user stopped the answer. Do not go on with it.';

export interface ChatKitServerOptions {
  readonly store: Store;
  readonly responder: Responder;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Hears of exceptions while answering; the client is told only that something failed. */
  readonly onError?: (error: unknown) => void;
}

/** Who sends a request. */
export interface ProcessContext extends StoreContext {
  /** Aborted when the answer is not wanted any more. */
  readonly signal: AbortSignal;
  /** For the log. */
  readonly requestId?: string;
}

export type ProcessResult =
  | { readonly type: 'stream'; readonly events: AsyncGenerator<ThreadStreamEvent, void> }
  | { readonly type: 'json'; readonly body: unknown };

const isHidden = (item: ThreadItem): boolean =>
  item.type === 'hidden_context_item' || item.type === 'sdk_hidden_context';

/** Metadata is the operator's; hidden items are the model's. */
function toResponse(thread: ThreadMetadata, items: Page<ThreadItem>): Thread {
  return {
    ...thread,
    metadata: {},
    items: { ...items, data: items.data.filter((item) => !isHidden(item)) },
  };
}

const noItems = (): Page<ThreadItem> => ({ data: [], has_more: false });

/** Keeps an unfinished message up to date, so that it can be stored when its stream is cut. */
function applyUpdate(item: AssistantMessageItem, update: ThreadItemUpdate): void {
  if (!('content_index' in update)) return;
  while (item.content.length <= update.content_index) {
    item.content.push({ type: 'output_text', text: '', annotations: [] });
  }
  const part = item.content[update.content_index];
  if (part === undefined) return;
  if (update.type === 'assistant_message.content_part.text_delta') part.text += update.delta;
  else if ('content' in update) {
    item.content[update.content_index] = structuredClone(update.content);
  }
}

/** Carries out requests of the ChatKit protocol. */
export class ChatKitServer {
  readonly #options: ChatKitServerOptions;

  constructor(options: ChatKitServerOptions) {
    this.#options = options;
  }

  #isoNow(): string {
    return new Date((this.#options.now ?? Date.now)()).toISOString();
  }

  /**
   * Checks a request and what it is about; a stream starts only when both are right.
   *
   * @throws {RequestError} 400 for what is not a request
   * @throws {NotFoundError} for a thread or item that is not this user's
   */
  async process(body: unknown, caller: ProcessContext): Promise<ProcessResult> {
    const request = parseRequest(body);
    const context = { requestId: '', ...caller, metadata: request.metadata ?? {} };
    switch (request.type) {
      case 'threads.create': {
        const thread: ThreadMetadata = {
          id: newId('thread'),
          created_at: this.#isoNow(),
          status: { type: 'active' },
          metadata: {},
        };
        return { type: 'stream', events: this.#create(thread, request.params.input, context) };
      }
      case 'threads.add_user_message': {
        const { thread_id, input } = request.params;
        const thread = await this.#options.store.loadThread(thread_id, context);
        return { type: 'stream', events: this.#addMessage(thread, input, context) };
      }
      case 'threads.retry_after_item': {
        const { thread_id, item_id } = request.params;
        const thread = await this.#options.store.loadThread(thread_id, context);
        const item = await this.#options.store.loadItem(thread_id, item_id, context);
        return { type: 'stream', events: this.#retry(thread, item, context) };
      }
      default:
        return { type: 'json', body: await this.#answer(request, context) };
    }
  }

  async #answer(
    request: Exclude<
      ChatKitRequest,
      { type: 'threads.create' | 'threads.add_user_message' | 'threads.retry_after_item' }
    >,
    context: RequestContext,
  ): Promise<unknown> {
    const { store, responder } = this.#options;
    switch (request.type) {
      case 'threads.get_by_id':
        return this.#loadFull(request.params.thread_id, context);
      case 'threads.list': {
        const page = await store.loadThreads(pageRequest(request.params), context);
        return { ...page, data: page.data.map((thread) => toResponse(thread, noItems())) };
      }
      case 'threads.update': {
        const { thread_id, title } = request.params;
        const thread = await store.loadThread(thread_id, context);
        await store.saveThread({ ...thread, title }, context);
        return toResponse({ ...thread, title }, noItems());
      }
      case 'threads.delete':
        await store.deleteThread(request.params.thread_id, context);
        return {};
      case 'items.list': {
        const { thread_id, ...paging } = request.params;
        const page = await store.loadItems(thread_id, pageRequest(paging), context);
        return { ...page, data: page.data.filter((item) => !isHidden(item)) };
      }
      case 'items.feedback': {
        const { thread_id, item_ids, kind } = request.params;
        await store.loadThread(thread_id, context);
        await responder.feedback?.(thread_id, item_ids, kind, {
          ...context,
          store,
          newId,
          now: () => this.#isoNow(),
        });
        return {};
      }
    }
  }

  async #loadFull(threadId: string, context: RequestContext): Promise<Thread> {
    const { store } = this.#options;
    const thread = await store.loadThread(threadId, context);
    const items = await store.loadItems(
      threadId,
      { limit: defaultPageSize, order: 'asc' },
      context,
    );
    return toResponse(thread, items);
  }

  async *#create(
    thread: ThreadMetadata,
    input: MessageInput,
    context: RequestContext,
  ): AsyncGenerator<ThreadStreamEvent, void> {
    await this.#options.store.saveThread(thread, context);
    yield { type: 'thread.created', thread: toResponse(thread, noItems()) };
    yield* this.#addMessage(thread, input, context);
  }

  async *#addMessage(
    thread: ThreadMetadata,
    input: MessageInput,
    context: RequestContext,
  ): AsyncGenerator<ThreadStreamEvent, void> {
    const { quoted_text, inference_options: options } = input;
    const item: UserMessageItem = {
      type: 'user_message',
      id: newId('message'),
      thread_id: thread.id,
      created_at: this.#isoNow(),
      content: input.content,
      attachments: [],
      ...(quoted_text != null && { quoted_text }),
      inference_options: {
        ...(options?.tool_choice != null && { tool_choice: options.tool_choice }),
        ...(options?.model != null && { model: options.model }),
      },
    };
    await this.#options.store.saveItem(thread.id, item, context);
    yield { type: 'thread.item.done', item };
    yield* this.#respond(thread, item, context);
  }

  /** Everything after the visitor's message goes, and the answer is made again. */
  async *#retry(
    thread: ThreadMetadata,
    target: ThreadItem,
    context: RequestContext,
  ): AsyncGenerator<ThreadStreamEvent, void> {
    const { store } = this.#options;
    for (let after: string | undefined = target.id; after !== undefined;) {
      const page: Page<ThreadItem> = await store.loadItems(
        thread.id,
        { limit: 100, order: 'asc', after },
        context,
      );
      for (const item of page.data) await store.deleteItem(thread.id, item.id, context);
      after = page.has_more ? target.id : undefined;
    }
    yield* this.#respond(thread, target.type === 'user_message' ? target : null, context);
  }

  async *#respond(
    thread: ThreadMetadata,
    message: UserMessageItem | null,
    context: RequestContext,
  ): AsyncGenerator<ThreadStreamEvent, void> {
    const { store, responder, onError } = this.#options;
    const pending = new Map<string, AssistantMessageItem>();
    let saved = JSON.stringify(thread);
    let finished = false;
    const threadChange = async (): Promise<ThreadStreamEvent | null> => {
      const current = JSON.stringify(thread);
      if (current === saved) return null;
      saved = current;
      await store.saveThread(thread, context);
      return { type: 'thread.updated', thread: toResponse(thread, noItems()) };
    };
    try {
      yield { type: 'stream_options', stream_options: { allow_cancel: true } };
      const events = responder.respond(thread, message, {
        ...context,
        store,
        newId,
        now: () => this.#isoNow(),
      });
      for await (const event of events) {
        if (context.signal.aborted) return;
        await this.#record(thread.id, event, pending, context);
        if (!(event.type === 'thread.item.done' && isHidden(event.item))) yield event;
        const change = await threadChange();
        if (change) yield change;
      }
      const change = await threadChange();
      if (change) yield change;
      finished = true;
    } catch (error) {
      if (context.signal.aborted) return;
      finished = true;
      onError?.(error);
      yield { type: 'error', code: 'stream.error', allow_retry: true };
    } finally {
      // Also when the reader has gone: a generator that nobody reads on is ended here.
      if (!finished) await this.#cancel(thread.id, pending, context);
    }
  }

  async #record(
    threadId: string,
    event: ThreadStreamEvent,
    pending: Map<string, AssistantMessageItem>,
    context: RequestContext,
  ): Promise<void> {
    const { store } = this.#options;
    switch (event.type) {
      case 'thread.item.added':
        if (event.item.type === 'assistant_message') {
          pending.set(event.item.id, structuredClone(event.item));
        }
        return;
      case 'thread.item.updated': {
        const item = pending.get(event.item_id);
        if (item) applyUpdate(item, event.update);
        return;
      }
      case 'thread.item.done':
      case 'thread.item.replaced':
        await store.saveItem(threadId, event.item, context);
        pending.delete(event.item.id);
        return;
      case 'thread.item.removed':
        await store.deleteItem(threadId, event.item_id, context);
        pending.delete(event.item_id);
        return;
      default:
    }
  }

  /** What was said stays, and the model learns that the visitor wanted no more of it. */
  async #cancel(
    threadId: string,
    pending: Map<string, AssistantMessageItem>,
    context: RequestContext,
  ): Promise<void> {
    const { store } = this.#options;
    for (const item of pending.values()) {
      if (item.content.some(({ text }) => text.trim() !== '')) {
        await store.saveItem(threadId, item, context);
      }
    }
    await store.saveItem(
      threadId,
      {
        type: 'sdk_hidden_context',
        id: newId('sdk_hidden_context'),
        thread_id: threadId,
        created_at: this.#isoNow(),
        content: cancelledNote,
      },
      context,
    );
  }
}

type MessageInput = Extract<ChatKitRequest, { type: 'threads.create' }>['params']['input'];

function pageRequest(params: {
  limit?: number | null;
  order?: 'asc' | 'desc';
  after?: string | null;
}): PageRequest {
  return {
    limit: params.limit ?? defaultPageSize,
    order: params.order ?? 'desc',
    after: params.after ?? undefined,
  };
}
