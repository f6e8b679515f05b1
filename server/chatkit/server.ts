import { Answers, type OnRevoked } from './answers.js';
import {
  acceptAttachments,
  presentItem,
  withoutMetadata,
  type AttachmentContext,
  type AttachmentStore,
} from './attachments.js';
import { transcribe, type Transcriber } from './transcription.js';
import { notOffered, RequestError } from './errors.js';
import { AnsweredRequests, assertIdempotencyKey } from './idempotency.js';
import { assertAcceptable, assertQuota, defaultLimits, type ChatKitLimits } from './limits.js';
import {
  isHidden,
  isStreaming,
  type Attachment,
  type ChatKitRequest,
  type Page,
  type ParamsOf,
  type PlainRequest,
  type StreamingRequest,
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
import type { Store, StoreContext } from './store.js';
import {
  allowedHeaders,
  checkHeaderNames,
  negotiateLocale,
  pageOf,
  type IncomingHeaders,
} from './request-context.js';
import { addPartial, getThread, listItems, listThreads } from './pages.js';
import { toClientThread } from './thread.js';
import { loadSender, Turns, type Turn } from './turns.js';
import { checkItem, parseRequest } from './validation.js';

/** What happens to an answer when its client disconnects. */
export type OnDisconnect = 'auto' | 'stop' | 'finish';

export interface ChatKitServerOptions<App extends object = object> {
  /** Where threads are kept. */
  readonly store: Store;
  /** Answers messages and actions. */
  readonly responder: Responder<App>;
  /**
   * Names of request headers that responders get as `context.headers`; none by default. Those that carry credentials
   * (`cookie`, `authorization`) are refused.
   */
  readonly headers?: readonly string[];
  /**
   * The languages that the application answers in, as BCP 47, the default first: `context.locale` is one of them. Any
   * language by default.
   */
  readonly locales?: readonly string[];
  /** Where the bytes of attachments are kept; without it, attachments are refused. */
  readonly attachments?: AttachmentStore | null;
  /** Turns speech into text; without it, dictation is refused. */
  readonly transcriber?: Transcriber | null;
  /** How much a request may bring, and a user may have stored. */
  readonly limits?: Partial<ChatKitLimits>;
  /**
   * What happens to an answer when its client disconnects, which the stop button, a reload and a lost connection all
   * do. `stop` stops the model and stores the partial text; `finish` completes the answer and stores it. `auto`
   * finishes the answer to a request with an `Idempotency-Key`, whose client tells a stop with `ChatKitServer.stop`,
   * and stops any other.
   *
   * @default 'auto'
   */
  readonly onDisconnect?: OnDisconnect;
  /** How long an answer may take, in milliseconds. @default 600000 */
  readonly deadlineMs?: number;
  /** Answers that are made at the same time; more are refused as `overloaded`. @default 1000 */
  readonly maxAnswers?: number;
  /** Bytes of events that are kept of a running answer, for repeated requests that join it. @default 1048576 */
  readonly maxBufferedBytes?: number;
  /**
   * After so many milliseconds without a sign of the instance that answers a request with a key, a repetition on
   * another one takes over. A stop through another instance takes effect within a fifteenth of it.
   *
   * @default 15000
   */
  readonly leaseMs?: number;
  /** The time in milliseconds since 1970. @default Date.now */
  readonly now?: () => number;
  /** @default `newId` */
  readonly newId?: NewId;
}

const defaults = {
  headers: [],
  locales: [],
  attachments: null,
  transcriber: null,
  onDisconnect: 'auto',
  deadlineMs: 600_000,
  maxAnswers: 1000,
  maxBufferedBytes: 1024 * 1024,
  leaseMs: 15_000,
  now: Date.now,
  newId,
} as const;

/** Of a thread, or a page of its items, while an answer in it is being made: the page asks again for the rest. */
export const answeringHeader = 'x-taskpilot-answer';

/** Who sends a request, and whether they are still there. */
export interface ProcessContext<App extends object = object> extends StoreContext {
  /** What `authenticate` returned, for `context.caller`; `{ user }` alone by default. */
  readonly caller?: (Readonly<App> & { readonly user: string }) | undefined;
  /** Of the request, names in small letters; `accept-language` is read, and the server's `headers`. */
  readonly headers?: IncomingHeaders;
  /** Aborted when the client has disconnected. */
  readonly signal: AbortSignal;
  /** Called for each answer, whose callback stops it, with its partial text stored, when the session is ended early. */
  readonly onRevoked?: OnRevoked | undefined;
  /** The `Idempotency-Key` of the request, if it has one; only answers that are streamed are kept under it. */
  readonly idempotencyKey?: string | undefined;
  /** The absolute URL of the endpoint, as the client has called it; attachments need it. */
  readonly endpoint?: string;
  /** For logs. */
  readonly requestId?: string;
  /**
   * Called before a request that is answered with a stream and is no repetition, the place for rate limits; throws to
   * refuse.
   *
   * @param ended fulfilled when the answer has ended, for limits of answers at once; never rejected
   */
  readonly admit?: (ended: Promise<void>) => void | Promise<void>;
  /** Receives errors of an answer, whose details the client does not get. @default a process warning */
  readonly onError?: (error: unknown) => void;
}

export type ProcessResult =
  | {
      readonly type: 'stream';
      /** Never throws. Read it at once and to its end, or call `return`. */
      readonly events: Events;
    }
  | {
      readonly type: 'json';
      readonly body: object;
      /** Whether an answer in the thread is being made, and what the body holds of it will grow. */
      readonly isAnswering?: true;
    };

type Events = AsyncGenerator<ThreadStreamEvent, void>;

/**
 * The ChatKit protocol without a transport; `chatkitServer` is the one over HTTP.
 *
 * @example
 * const server = new ChatKitServer({ store: new MemoryStore(), responder });
 * const result = await server.process(JSON.parse(text), { user: 'alice', signal });
 * if (result.type === 'json') console.log(result.body);
 * else for await (const event of result.events) console.log(event);
 */
export class ChatKitServer<App extends object = object> {
  readonly #options: Required<ChatKitServerOptions<App>> & { readonly limits: ChatKitLimits };
  readonly #answers: Answers;
  readonly #requests: AnsweredRequests;

  /** @throws {RangeError} when `headers` names one that carries credentials */
  constructor(options: ChatKitServerOptions<App>) {
    const limits = { ...defaultLimits, ...options.limits };
    const headers = checkHeaderNames(options.headers ?? defaults.headers);
    this.#options = { ...defaults, ...options, limits, headers };
    const { store, leaseMs } = this.#options;
    this.#answers = new Answers(this.#options);
    this.#requests = new AnsweredRequests({ store, answers: this.#answers, leaseMs });
  }

  /**
   * Validates a request, checks that its thread and items exist, and stores what it brings. A stream is
   * returned only when all of that has succeeded.
   *
   * @param body parsed JSON
   * @throws {RequestError} 400 when it or its `Idempotency-Key` is not valid, or it cannot be carried out
   * @throws {NotFoundError} for a thread or item that is not this user's
   * @throws {ChatKitProblem} `idempotency_key_reused`, or `overloaded`
   * @throws {ChatKitProblem} 413 when it brings too much, or its user has too much stored
   * @throws what `admit` throws
   */
  async process(body: unknown, caller: ProcessContext<App>): Promise<ProcessResult> {
    const { user, signal, onRevoked, idempotencyKey: key, onError = warn } = caller;
    const request = parseRequest(body);
    assertAcceptable(request, this.#options.limits);
    if (key !== undefined) assertIdempotencyKey(key);
    if (!isStreaming(request)) {
      return this.#respondFollowing(request, caller);
    }
    const attachments = await this.#accept(request, caller);
    const turn = (ending: AbortSignal) =>
      this.#toTurn(request, { ...caller, signal: ending }, attachments);
    const admit = async (ended: Promise<void>) => {
      await caller.admit?.(ended);
      await assertQuota(this.#options.store, caller, this.#options.limits);
    };
    const { onDisconnect } = this.#options;
    const atDisconnect =
      onDisconnect === 'auto' ? (key === undefined ? 'stop' : 'finish') : onDisconnect;
    const call = {
      key,
      user,
      body,
      signal,
      onRevoked,
      atDisconnect,
      admit,
      turn,
      onError,
    } as const;
    return { type: 'stream', events: await this.#requests.open(call) };
  }

  /**
   * Stops the answer to this user's request with the `Idempotency-Key`, as the stop button does, also when another
   * instance on the same store makes it. Does nothing when there is none.
   */
  stop(key: string, context: StoreContext): Promise<void> {
    return this.#requests.stop(key, context);
  }

  /**
   * Waits for the running answers. After so many milliseconds, they end with their partial text stored.
   *
   * @param lastRequest fulfilled when no further request can come; at once by default
   */
  async close(graceMs: number, lastRequest: Promise<void> = Promise.resolve()): Promise<void> {
    await this.#answers.close(graceMs, lastRequest);
    await this.#requests.close();
  }

  #contextOf(request: ChatKitRequest, caller: ProcessContext<App>): ResponderContext<App> {
    const { store, now, locales, attachments } = this.#options;
    const { user, headers = {}, caller: named = { user } as App & { user: string } } = caller;
    const { 'accept-language': languages } = headers;
    return {
      user,
      caller: named,
      page: pageOf(request.metadata ?? {}),
      locale: negotiateLocale(
        'locale' in named ? named.locale : undefined,
        typeof languages === 'string' ? languages : undefined,
        locales,
      ),
      headers: allowedHeaders(headers, this.#options.headers),
      signal: caller.signal,
      requestId: caller.requestId ?? '',
      metadata: request.metadata ?? {},
      store,
      attachments,
      newId: this.#options.newId,
      now: () => new Date(now()).toISOString(),
    };
  }

  // To add a request to the protocol, add its schema to protocol/requests.ts, and its case to one of the two switches.

  /** Every request that is answered with a stream. */
  #toTurn(
    request: StreamingRequest,
    caller: ProcessContext<App>,
    attachments: readonly Attachment[],
  ): Turn {
    const turns = new Turns({
      responder: this.#options.responder,
      context: this.#contextOf(request, caller),
      onError: caller.onError ?? warn,
      attachments,
      present: (item) => presentItem(item, this.#options.attachments, attachmentContext(caller)),
    });
    switch (request.type) {
      case 'threads.create':
        return turns.createThread(request.params);
      case 'threads.add_user_message':
        return turns.addUserMessage(request.params);
      case 'threads.add_client_tool_output':
        return turns.addClientToolOutput(request.params);
      case 'threads.add_structured_input':
        return turns.addStructuredInput(request.params);
      case 'threads.retry_after_item':
        return turns.retryAfterItem(request.params);
      case 'threads.custom_action':
        return turns.customAction(request.params);
    }
  }

  /** The answer to a request with JSON, with what a running answer in its thread has said so far. */
  async #respondFollowing(
    request: PlainRequest,
    caller: ProcessContext<App>,
  ): Promise<ProcessResult> {
    const { type } = request;
    const lists = type === 'threads.get_by_id' || type === 'items.list';
    if (!lists) return { type: 'json', body: await this.#respond(request, caller) };
    // Read before the stored items: one that is stored meanwhile is left out here, and in the page of those.
    const partial = await this.#partialOf(request.params.thread_id, caller);
    const after = type === 'items.list' ? request.params.after : undefined;
    if (partial?.some(({ id }) => id === after) === true) {
      // It is not in the store, and nothing comes after it yet.
      await this.#options.store.loadThread(request.params.thread_id, caller);
      return { type: 'json', body: { data: [], has_more: false }, isAnswering: true };
    }
    const body = await this.#respond(request, caller);
    if (partial === null) return { type: 'json', body };
    addPartial(body, partial, request);
    return { type: 'json', body, isAnswering: true };
  }

  /** What the running answer in a thread has said and is not stored yet; null when none is running. */
  async #partialOf(
    threadId: string,
    caller: ProcessContext<App>,
  ): Promise<readonly ThreadItem[] | null> {
    const answer = this.#answers.inThread(threadId);
    if (answer !== undefined) return structuredClone(answer.partial);
    return this.#options.store.followAnswer(threadId, caller);
  }

  /** Every request that is answered with JSON. */
  async #respond(request: PlainRequest, caller: ProcessContext<App>): Promise<object> {
    const { store, responder, attachments, transcriber } = this.#options;
    const context = this.#contextOf(request, caller);
    switch (request.type) {
      case 'threads.sync_custom_action':
        return this.#presentUpdate(await syncAction(request.params, responder, context), caller);
      case 'threads.get_by_id':
        return this.#present(await getThread(request.params, context), caller);
      case 'threads.list':
        return listThreads(request.params, context);
      case 'threads.update':
        return renameThread(request.params, context);
      case 'threads.delete':
        await store.deleteThread(request.params.thread_id, context);
        attachments?.threadDeleted?.();
        return {};
      case 'items.list':
        return this.#presentPage(await listItems(request.params, context), caller);
      case 'items.feedback':
        await this.#giveFeedback(request.params, context);
        return {};
      case 'attachments.create':
        if (attachments === null) throw notOffered('Attachments');
        return withoutMetadata(await attachments.create(request.params, attachmentContext(caller)));
      case 'attachments.delete':
        if (attachments === null) throw notOffered('Attachments');
        await attachments.delete(request.params.attachment_id, context);
        return {};
      case 'input.transcribe':
        if (transcriber === null) throw notOffered('Transcriptions');
        return transcribe(request.params, transcriber, caller);
    }
  }

  async #accept(
    request: StreamingRequest,
    caller: ProcessContext<App>,
  ): Promise<readonly Attachment[]> {
    return request.type === 'threads.create' || request.type === 'threads.add_user_message'
      ? acceptAttachments(request.params.input, this.#options.attachments, caller)
      : [];
  }

  async #presentPage(
    page: Page<ThreadItem>,
    caller: ProcessContext<App>,
  ): Promise<Page<ThreadItem>> {
    const { attachments } = this.#options;
    if (attachments === null) return page;
    const context = attachmentContext(caller);
    const data = page.data.map((item) => presentItem(item, attachments, context));
    return { ...page, data: await Promise.all(data) };
  }

  async #present(thread: Thread, caller: ProcessContext<App>): Promise<Thread> {
    return { ...thread, items: await this.#presentPage(thread.items, caller) };
  }

  async #presentUpdate(
    { updated_item: item }: SyncActionResult,
    caller: ProcessContext<App>,
  ): Promise<SyncActionResult> {
    if (item === undefined) return {};
    const context = attachmentContext(caller);
    return { updated_item: await presentItem(item, this.#options.attachments, context) };
  }

  async #giveFeedback(
    { thread_id: id, item_ids: itemIds, kind }: ParamsOf<'items.feedback'>,
    context: ResponderContext<App>,
  ): Promise<void> {
    const { store, responder } = this.#options;
    const ids = [...new Set(itemIds)];
    await store.loadThread(id, context);
    for (const itemId of ids) await store.loadItem(id, itemId, context);
    const feedback = ids.map((itemId) => ({ item_id: itemId, kind, created_at: context.now() }));
    await store.saveFeedback(id, feedback, context);
    await responder.feedback?.(id, itemIds, kind, context);
  }
}

const attachmentContext = ({ user, endpoint = '' }: ProcessContext): AttachmentContext => ({
  user,
  endpoint,
});

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

async function syncAction<App extends object>(
  params: ParamsOf<'threads.sync_custom_action'>,
  responder: Responder<App>,
  context: ResponderContext<App>,
): Promise<SyncActionResult> {
  const { thread, sender } = await loadSender(params, context, context.store);
  if (sender === 'no_widget') {
    throw new RequestError(400, 'A synchronous action comes from a widget.');
  }
  if (responder.syncAction === undefined) throw notOffered('Synchronous actions');
  const { updated_item: item } = await responder.syncAction(thread, params.action, sender, context);
  return item === undefined || isHidden(item) ? {} : { updated_item: checkItem(item, thread.id) };
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : new Error('The responder failed.'));
}
