import { isDeepStrictEqual } from 'node:util';
import { RequestError } from './errors.js';
import {
  findRepeated,
  isRecent,
  replayAnswer,
  storeInNewThread,
  storeOnce,
  type Deliveries,
  type Delivery,
  type DeliverySignals,
  type StoredSubmission,
  type StoreOnceDependencies,
  type Submission,
} from './idempotency.js';
import { answerItem, assertPending, hasBody, refuseAttachments, toMessageBody } from './input.js';
import type {
  ClientToolCallItem,
  ParamsOf,
  StructuredInputItem,
  ThreadItem,
  ThreadMetadata,
  ThreadStreamEvent,
  UserMessageInput,
  UserMessageItem,
  WidgetItem,
} from './protocol/index.js';
import type { Responder, ResponderContext } from './responder.js';
import type { StoreActions } from './store.js';
import { streamAnswer } from './stream.js';
import { toClientThread } from './thread.js';

type Events = AsyncGenerator<ThreadStreamEvent, void>;

/** Among so many last items, tool calls that never got an output are searched. */
const danglingCalls = 20;

export interface TurnDependencies {
  readonly responder: Responder;
  readonly deliveries: Deliveries;
  readonly context: ResponderContext;
  /** Aborted when the client has disconnected. */
  readonly disconnected: AbortSignal;
  readonly onError: (error: unknown) => void;
}

/**
 * The requests that are answered with a stream. Each stores what the request brings before it returns the
 * stream, and rejects with `RequestError` 400 or `NotFoundError` when it cannot.
 */
export class Turns {
  readonly #responder: Responder;
  readonly #deliveries: Deliveries;
  readonly #context: ResponderContext;
  readonly #signals: DeliverySignals;
  readonly #onError: (error: unknown) => void;

  constructor({ responder, deliveries, context, disconnected, onError }: TurnDependencies) {
    this.#responder = responder;
    this.#deliveries = deliveries;
    this.#context = context;
    this.#signals = { signal: context.signal, disconnected };
    this.#onError = onError;
  }

  async createThread({ input }: ParamsOf<'threads.create'>): Promise<Events> {
    refuseAttachments(input);
    const repeated = await this.#findRepeatedThread(input);
    const stored =
      repeated === null
        ? await this.#storeInNewThread(input)
        : await this.#storeOnce(this.#message(repeated, input));
    const { thread, item } = stored;
    return this.#answer(stored, () => this.#respond(thread, item), [
      { type: 'thread.created', thread: toClientThread(thread) },
      { type: 'thread.item.done', item },
    ]);
  }

  async addUserMessage({
    thread_id: threadId,
    input,
  }: ParamsOf<'threads.add_user_message'>): Promise<Events> {
    refuseAttachments(input);
    const stored = await this.#storeOnce(this.#message(threadId, input));
    const { thread, item } = stored;
    return this.#answer(stored, () => this.#respond(thread, item), [
      { type: 'thread.item.done', item },
    ]);
  }

  async addClientToolOutput({
    thread_id: threadId,
    result,
  }: ParamsOf<'threads.add_client_tool_output'>): Promise<Events> {
    const stored = await this.#storeOnce({
      threadId,
      isKind: isCompletedCall,
      isSame: ({ output }) => isDeepStrictEqual(output ?? null, result ?? null),
      make: (store) => this.#completeCall(store, threadId, result),
    });
    return this.#answer(stored, () => this.#respond(stored.thread, null));
  }

  async addStructuredInput({
    thread_id: threadId,
    item_id: itemId,
    input,
  }: ParamsOf<'threads.add_structured_input'>): Promise<Events> {
    const stored = await this.#storeOnce<StructuredInputItem>({
      threadId,
      isKind: (item): item is StructuredInputItem =>
        item.type === 'structured_input' && item.id === itemId,
      isSame: (item) => isDeepStrictEqual(answerItem(item, input), item),
      make: async (store) => {
        const item = await store.loadItem(threadId, itemId, this.#context);
        if (item.type !== 'structured_input') {
          throw new RequestError(400, `Item ${itemId} is no structured input.`);
        }
        assertPending(item);
        return answerItem(item, input);
      },
    });
    const { thread, item } = stored;
    const respond = () => this.#respond(thread, null);
    return this.#answer(stored, async function* () {
      yield { type: 'thread.item.replaced', item };
      yield* respond();
    });
  }

  /** Removes everything after the user's message, and asks for a new answer. */
  async retryAfterItem({
    thread_id: threadId,
    item_id: itemId,
  }: ParamsOf<'threads.retry_after_item'>): Promise<Events> {
    const context = this.#context;
    const { item, thread } = await context.store.transaction(threadId, context, async (store) => {
      const item = await store.loadItem(threadId, itemId, context);
      if (item.type !== 'user_message') {
        throw new RequestError(400, `Item ${itemId} is no message of the user.`);
      }
      await store.deleteItemsAfter(threadId, itemId, context);
      return { item, thread: await store.loadThread(threadId, context) };
    });
    const delivery = this.#deliveries.open(item.id, this.#signals);
    return this.#stream(thread, delivery, () => this.#respond(thread, item));
  }

  async customAction(params: ParamsOf<'threads.custom_action'>): Promise<Events> {
    const { thread, sender } = await loadSender(params, this.#context);
    if (sender === 'no_widget') return refusal();
    return this.#stream(thread, null, () => {
      if (this.#responder.action === undefined) {
        throw new Error('The responder handles no actions.');
      }
      return this.#responder.action(thread, params.action, sender, this.#context);
    });
  }

  /** The output belongs to the last call; earlier pending ones are removed, as they will never get theirs. */
  async #completeCall(
    store: StoreActions,
    threadId: string,
    result: unknown,
  ): Promise<ClientToolCallItem> {
    const page = { limit: danglingCalls, order: 'desc' } as const;
    const { data } = await store.loadItems(threadId, page, this.#context);
    const [last, ...others] = data;
    if (last === undefined || !isPendingCall(last)) {
      throw new RequestError(400, 'The last item of the thread waits for no tool output.');
    }
    for (const { id } of others.filter(isPendingCall)) {
      await store.deleteItem(threadId, id, this.#context);
    }
    return { ...last, status: 'completed', ...(result != null && { output: result }) };
  }

  /** The user's newest thread, if its only message is this one and its answer has not been seen. */
  async #findRepeatedThread(input: UserMessageInput): Promise<string | null> {
    const context = this.#context;
    const { data } = await context.store.loadThreads({ limit: 1, order: 'desc' }, context);
    const [thread] = data;
    if (thread === undefined || !isRecent(thread, context.now())) return null;
    const first = await context.store.loadItems(thread.id, { limit: 1, order: 'asc' }, context);
    const repeated = await findRepeated({
      ...this.#message(thread.id, input),
      ...{ store: context.store, deliveries: this.#deliveries, context },
      // Two windows that begin with the same text are two threads.
      whileOpen: 'new',
    });
    return repeated !== null && repeated.item.id === first.data[0]?.id ? thread.id : null;
  }

  #storeInNewThread(input: UserMessageInput): Promise<StoredSubmission<UserMessageItem>> {
    const { newId, now } = this.#context;
    const thread: ThreadMetadata = {
      id: newId('thread'),
      created_at: now(),
      status: { type: 'active' },
      metadata: {},
    };
    return storeInNewThread(thread, this.#message(thread.id, input), this.#onceDependencies);
  }

  #message(threadId: string, input: UserMessageInput): Submission<UserMessageItem> {
    const { newId, now } = this.#context;
    const body = toMessageBody(input);
    return {
      threadId,
      isKind: (item) => item.type === 'user_message',
      isSame: (item) => hasBody(item, body) && isRecent(item, now()),
      make: () =>
        Promise.resolve({
          type: 'user_message',
          id: newId('message'),
          thread_id: threadId,
          created_at: now(),
          ...body,
        }),
    };
  }

  #storeOnce<T extends ThreadItem>(submission: Submission<T>): Promise<StoredSubmission<T>> {
    return storeOnce(submission, this.#onceDependencies);
  }

  get #onceDependencies(): StoreOnceDependencies {
    return { deliveries: this.#deliveries, signals: this.#signals, context: this.#context };
  }

  #respond(thread: ThreadMetadata, message: UserMessageItem | null) {
    return this.#responder.respond(thread, message, this.#context);
  }

  /** The answer to a stored item: a replay where an earlier answer is kept, else a new one. */
  #answer(
    { thread, item, delivery, keptAnswer }: StoredSubmission<ThreadItem>,
    answer: () => AsyncIterable<ThreadStreamEvent>,
    preamble: readonly ThreadStreamEvent[] = [],
  ): Events {
    if (keptAnswer === null) return this.#stream(thread, delivery, answer, preamble);
    return replayAnswer({
      ...{ thread, itemId: item.id, keptAnswer, delivery, preamble },
      context: this.#context,
      answerAgain: () => this.#stream(thread, delivery, answer),
      onError: this.#onError,
    });
  }

  #stream(
    thread: ThreadMetadata,
    delivery: Delivery | null,
    answer: () => AsyncIterable<ThreadStreamEvent>,
    preamble: readonly ThreadStreamEvent[] = [],
  ): Events {
    return streamAnswer({
      ...{ thread, delivery, answer, preamble },
      responder: this.#responder,
      context: this.#context,
      onError: this.#onError,
    });
  }
}

export interface Sender {
  readonly thread: ThreadMetadata;
  /** The widget that sent an action, null for the page, or `no_widget` for an item of another type. */
  readonly sender: WidgetItem | null | 'no_widget';
}

/** @throws {NotFoundError} for a thread or item that is not this user's */
export async function loadSender(
  { thread_id: threadId, item_id: itemId }: { thread_id: string; item_id?: string | null },
  context: ResponderContext,
): Promise<Sender> {
  const { store } = context;
  const thread = await store.loadThread(threadId, context);
  if (itemId == null) return { thread, sender: null };
  const item = await store.loadItem(threadId, itemId, context);
  return { thread, sender: item.type === 'widget' ? item : 'no_widget' };
}

const isPendingCall = (item: ThreadItem): item is ClientToolCallItem =>
  item.type === 'client_tool_call' && item.status === 'pending';

const isCompletedCall = (item: ThreadItem): item is ClientToolCallItem =>
  item.type === 'client_tool_call' && item.status === 'completed';

/** The answer to a request that a correct client never sends. */
async function* refusal(): Events {
  yield await Promise.resolve<ThreadStreamEvent>({
    type: 'error',
    code: 'stream.error',
    allow_retry: false,
  });
}
