import { notOffered, RequestError } from './errors.js';
import { Deliveries } from './idempotency.js';
import { assertAcceptable, assertQuota, defaultLimits, type ChatKitLimits } from './limits.js';
import {
  isHidden,
  isStreaming,
  type ChatKitRequest,
  type Page,
  type ParamsOf,
  type Thread,
  type ThreadItem,
  type ThreadStreamEvent,
} from './protocol/index.js';
import {
  newId,
  type NewId,
  type Responder,
  type ResponderContext,
  type SyncActionResult,
} from './responder.js';
import type { PageRequest, Store, StoreContext } from './store.js';
import { toClientThread, visible } from './thread.js';
import { loadSender, Turns } from './turns.js';
import { parseRequest, withoutNulls } from './validation.js';

const defaultPageSize = 20;
/** A client may ask for more; it then reads further pages. */
const maxPageSize = 1000;

export interface ChatKitServerOptions {
  /** Where threads are kept. */
  readonly store: Store;
  /** Answers messages and actions. */
  readonly responder: Responder;
  /** How much a request may bring, and a user may have stored. */
  readonly limits?: Partial<ChatKitLimits>;
  /** The time in milliseconds since 1970. @default Date.now */
  readonly now?: () => number;
  /** @default `newId` */
  readonly newId?: NewId;
}

/** Who sends a request, and how long the answer is wanted. */
export interface ProcessContext extends StoreContext {
  /** Aborted to stop the answer: partial text is stored, and the responder is stopped. */
  readonly signal: AbortSignal;
  /** Aborted when the client has disconnected, where that does not stop the answer. @default `signal` */
  readonly disconnected?: AbortSignal;
  /** For logs. */
  readonly requestId?: string;
  /** Called before a request that is answered with a stream, the place for rate limits; throws to refuse. */
  readonly admit?: () => void | Promise<void>;
  /** Receives errors of an answer, whose details the client does not get. @default a process warning */
  readonly onError?: (error: unknown) => void;
}

export type ProcessResult =
  | {
      readonly type: 'stream';
      /** Never throws. Call `return` to stop reading before the end. */
      readonly events: AsyncGenerator<ThreadStreamEvent, void>;
    }
  | { readonly type: 'json'; readonly body: object };

/**
 * The ChatKit protocol without a transport; `chatkitServer` is the one over HTTP.
 *
 * @example
 * const server = new ChatKitServer({ store: new MemoryStore(), responder });
 * const result = await server.process(JSON.parse(text), { user: 'alice', signal });
 * if (result.type === 'json') console.log(result.body);
 * else for await (const event of result.events) console.log(event);
 */
export class ChatKitServer {
  readonly #options: ChatKitServerOptions;
  readonly #limits: ChatKitLimits;
  readonly #now: () => number;
  readonly #deliveries: Deliveries;

  constructor(options: ChatKitServerOptions) {
    this.#options = options;
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#now = options.now ?? Date.now;
    this.#deliveries = new Deliveries(this.#now);
  }

  /**
   * Validates a request, checks that its thread and items exist, and stores what it brings. A stream is
   * returned only when all of that has succeeded.
   *
   * @param body parsed JSON
   * @throws {RequestError} 400 when it is not a valid request, or cannot be carried out
   * @throws {NotFoundError} for a thread or item that is not this user's
   * @throws {ChatKitProblem} 413 when it brings too much, or its user has too much stored
   * @throws what `admit` throws
   */
  async process(body: unknown, caller: ProcessContext): Promise<ProcessResult> {
    const { store, responder } = this.#options;
    const request = parseRequest(body);
    assertAcceptable(request, this.#limits);
    const context: ResponderContext = {
      user: caller.user,
      signal: caller.signal,
      requestId: caller.requestId ?? '',
      metadata: request.metadata ?? {},
      store,
      newId: this.#options.newId ?? newId,
      now: () => new Date(this.#now()).toISOString(),
    };
    if (isStreaming(request)) {
      await caller.admit?.();
      await assertQuota(store, caller, this.#limits);
    }
    const turns = new Turns({
      ...{ responder, deliveries: this.#deliveries, context },
      disconnected: caller.disconnected ?? caller.signal,
      onError: caller.onError ?? warn,
    });
    return this.#handle(request, turns, context);
  }

  /** Every request of the protocol. To add one, add its schema to protocol/requests.ts and its case here. */
  async #handle(
    request: ChatKitRequest,
    turns: Turns,
    context: ResponderContext,
  ): Promise<ProcessResult> {
    const { store, responder } = this.#options;
    switch (request.type) {
      case 'threads.create':
        return stream(await turns.createThread(request.params));
      case 'threads.add_user_message':
        return stream(await turns.addUserMessage(request.params));
      case 'threads.add_client_tool_output':
        return stream(await turns.addClientToolOutput(request.params));
      case 'threads.add_structured_input':
        return stream(await turns.addStructuredInput(request.params));
      case 'threads.retry_after_item':
        return stream(await turns.retryAfterItem(request.params));
      case 'threads.custom_action':
        return stream(await turns.customAction(request.params));
      case 'threads.sync_custom_action':
        return json(await syncAction(request.params, responder, context));
      case 'threads.get_by_id':
        return json(await getThread(request.params, context));
      case 'threads.list':
        return json(await listThreads(request.params, context));
      case 'threads.update':
        return json(await renameThread(request.params, context));
      case 'threads.delete':
        await store.deleteThread(request.params.thread_id, context);
        return json({});
      case 'items.list':
        return json(await listItems(request.params, context));
      case 'items.feedback':
        await giveFeedback(request.params, responder, context);
        return json({});
      case 'attachments.create':
      case 'attachments.delete':
        throw notOffered('Attachments');
      case 'input.transcribe':
        throw notOffered('Transcriptions');
    }
  }
}

const json = (body: object): ProcessResult => ({ type: 'json', body });

const stream = (events: AsyncGenerator<ThreadStreamEvent, void>): ProcessResult => ({
  type: 'stream',
  events,
});

async function getThread(
  { thread_id: id }: ParamsOf<'threads.get_by_id'>,
  context: ResponderContext,
): Promise<Thread> {
  const thread = await context.store.loadThread(id, context);
  const page = { limit: defaultPageSize, order: 'asc' } as const;
  return toClientThread(thread, await context.store.loadItems(id, page, context));
}

async function listThreads(
  params: ParamsOf<'threads.list'>,
  context: ResponderContext,
): Promise<Page<Thread>> {
  const page = await context.store.loadThreads(toPageRequest(params), context);
  return { ...page, data: page.data.map((thread) => toClientThread(thread)) };
}

async function renameThread(
  { thread_id: id, title }: ParamsOf<'threads.update'>,
  context: ResponderContext,
): Promise<Thread> {
  const thread = await context.store.transaction(id, context, async (store) => {
    const renamed = { ...(await store.loadThread(id, context)), title };
    await store.saveThread(renamed, context);
    return renamed;
  });
  return toClientThread(thread);
}

async function listItems(
  { thread_id: id, ...paging }: ParamsOf<'items.list'>,
  context: ResponderContext,
): Promise<Page<ThreadItem>> {
  return visible(await context.store.loadItems(id, toPageRequest(paging), context));
}

async function giveFeedback(
  { thread_id: id, item_ids: itemIds, kind }: ParamsOf<'items.feedback'>,
  responder: Responder,
  context: ResponderContext,
): Promise<void> {
  await context.store.loadThread(id, context);
  for (const itemId of new Set(itemIds)) await context.store.loadItem(id, itemId, context);
  await responder.feedback?.(id, itemIds, kind, context);
}

async function syncAction(
  params: ParamsOf<'threads.sync_custom_action'>,
  responder: Responder,
  context: ResponderContext,
): Promise<SyncActionResult> {
  const { thread, sender } = await loadSender(params, context);
  if (sender === 'no_widget') {
    throw new RequestError(400, 'A synchronous action comes from a widget.');
  }
  if (responder.syncAction === undefined) throw notOffered('Synchronous actions');
  const { updated_item: item } = await responder.syncAction(thread, params.action, sender, context);
  return item === undefined || isHidden(item) ? {} : { updated_item: withoutNulls(item) };
}

function toPageRequest(params: ParamsOf<'threads.list'>): PageRequest {
  const { limit, order = 'desc', after } = params;
  return {
    limit: Math.min(limit ?? 0, maxPageSize) || defaultPageSize,
    order,
    after: after ?? undefined,
  };
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : new Error('The responder failed.'));
}
