import { toClientThread, visible } from './thread.js';
import { withoutNulls } from './json.js';
import { notOffered, RequestError } from './errors.js';
import type { Responder, ResponderContext, SyncActionResult } from './responder.js';
import { loadSender } from './sender.js';
import type { PageRequest } from './store.js';
import {
  isHidden,
  type Page,
  type PlainRequest,
  type Thread,
  type ThreadItem,
} from './protocol/index.js';

const defaultPageSize = 20;
/** A client may ask for any number, and pages on when it gets fewer. */
const maxPageSize = 1000;

type Params<Type extends PlainRequest['type']> = Extract<PlainRequest, { type: Type }>['params'];

/** The requests that are answered with JSON. */
export class PlainRequests {
  readonly #responder: Responder;
  readonly #context: ResponderContext;

  constructor(responder: Responder, context: ResponderContext) {
    this.#responder = responder;
    this.#context = context;
  }

  /**
   * @throws {RequestError} 400 for what cannot be done
   * @throws {NotFoundError} for a thread or item that is not this user's
   */
  async answer(request: PlainRequest): Promise<object> {
    switch (request.type) {
      case 'threads.get_by_id':
        return this.#getThread(request.params.thread_id);
      case 'threads.list':
        return this.#listThreads(request.params);
      case 'threads.update':
        return this.#renameThread(request.params);
      case 'threads.delete':
        await this.#context.store.deleteThread(request.params.thread_id, this.#context);
        return {};
      case 'threads.sync_custom_action':
        return this.#syncAction(request.params);
      case 'items.list':
        return this.#listItems(request.params);
      case 'items.feedback':
        await this.#feedback(request.params);
        return {};
      case 'attachments.create':
      case 'attachments.delete':
        throw notOffered('Attachments');
      case 'input.transcribe':
        throw notOffered('Transcriptions');
    }
  }

  async #getThread(threadId: string): Promise<Thread> {
    const { store } = this.#context;
    const thread = await store.loadThread(threadId, this.#context);
    const page = { limit: defaultPageSize, order: 'asc' } as const;
    return toClientThread(thread, await store.loadItems(threadId, page, this.#context));
  }

  async #listThreads(params: Params<'threads.list'>): Promise<Page<Thread>> {
    const page = await this.#context.store.loadThreads(toPageRequest(params), this.#context);
    return { ...page, data: page.data.map((thread) => toClientThread(thread)) };
  }

  async #renameThread({ thread_id: id, title }: Params<'threads.update'>): Promise<Thread> {
    const context = this.#context;
    const thread = await context.store.transaction(id, context, async (store) => {
      const renamed = { ...(await store.loadThread(id, context)), title };
      await store.saveThread(renamed, context);
      return renamed;
    });
    return toClientThread(thread);
  }

  async #listItems({ thread_id: id, ...paging }: Params<'items.list'>): Promise<Page<ThreadItem>> {
    return visible(await this.#context.store.loadItems(id, toPageRequest(paging), this.#context));
  }

  async #feedback({ thread_id: id, item_ids, kind }: Params<'items.feedback'>): Promise<void> {
    const { store } = this.#context;
    await store.loadThread(id, this.#context);
    for (const itemId of new Set(item_ids)) await store.loadItem(id, itemId, this.#context);
    await this.#responder.feedback?.(id, item_ids, kind, this.#context);
  }

  async #syncAction(params: Params<'threads.sync_custom_action'>): Promise<SyncActionResult> {
    const { thread, sender } = await loadSender(params, this.#context);
    if (sender === 'no_widget') {
      throw new RequestError(400, 'A synchronous action comes from a widget.');
    }
    if (this.#responder.syncAction === undefined) throw notOffered('Synchronous actions');
    const { updated_item: item } = await this.#responder.syncAction(
      thread,
      params.action,
      sender,
      this.#context,
    );
    return item === undefined || isHidden(item) ? {} : { updated_item: withoutNulls(item) };
  }
}

function toPageRequest(params: Omit<Params<'items.list'>, 'thread_id'>): PageRequest {
  const { limit, order = 'desc', after } = params;
  return {
    limit: Math.min(limit ?? 0, maxPageSize) || defaultPageSize,
    order,
    after: after ?? undefined,
  };
}
