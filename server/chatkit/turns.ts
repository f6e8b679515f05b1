import { isDeepStrictEqual } from 'node:util';
import { toClientThread } from './thread.js';
import type { Deliveries, Delivery, DeliverySignals } from './deliveries.js';
import { RequestError } from './errors.js';
import { relayAnswer } from './stream.js';
import { findUnseen, isRecent } from './repeats.js';
import { replayAnswer } from './replay.js';
import type { Responder, ResponderContext } from './responder.js';
import { loadSender } from './sender.js';
import type { StoreActions } from './store.js';
import {
  storeFirst,
  storeOnce,
  type Contribution,
  type OnceDependencies,
  type Subject,
} from './idempotency.js';
import { answered, assertPending } from './structured-input.js';
import type {
  ClientToolCallItem,
  StreamingRequest,
  StructuredInputItem,
  ThreadItem,
  ThreadMetadata,
  ThreadStreamEvent,
  UserMessageInput,
  UserMessageItem,
} from './protocol/index.js';
import { refuseAttachments, saysTheSame, toMessageBody } from './input.js';

type Events = AsyncGenerator<ThreadStreamEvent, void>;
type Params<Type extends StreamingRequest['type']> = Extract<
  StreamingRequest,
  { type: Type }
>['params'];

/** How many of the last items are searched for tool calls that never got an output. */
const danglingCalls = 20;

export interface StreamingDependencies {
  readonly responder: Responder;
  readonly deliveries: Deliveries;
  readonly onError: (error: unknown) => void;
}

/** The requests that are answered with a stream. What they bring is stored before the stream begins. */
export class StreamingRequests {
  readonly #dependencies: StreamingDependencies;
  readonly #context: ResponderContext;
  readonly #signals: DeliverySignals;

  constructor(
    dependencies: StreamingDependencies,
    context: ResponderContext,
    disconnected: AbortSignal,
  ) {
    this.#dependencies = dependencies;
    this.#context = context;
    this.#signals = { signal: context.signal, disconnected };
  }

  /**
   * @throws {RequestError} 400 for what cannot be done
   * @throws {NotFoundError} for a thread or item that is not this user's
   */
  open(request: StreamingRequest): Promise<Events> {
    switch (request.type) {
      case 'threads.create':
        return this.#create(request.params.input);
      case 'threads.add_user_message':
        return this.#addUserMessage(request.params.thread_id, request.params.input);
      case 'threads.add_client_tool_output':
        return this.#addClientToolOutput(request.params.thread_id, request.params.result);
      case 'threads.add_structured_input':
        return this.#addStructuredInput(request.params);
      case 'threads.retry_after_item':
        return this.#retryAfterItem(request.params.thread_id, request.params.item_id);
      case 'threads.custom_action':
        return this.#customAction(request.params);
    }
  }

  async #create(input: UserMessageInput): Promise<Events> {
    refuseAttachments(input);
    const repeated = await this.#findRepeatedThread(input);
    const subject =
      repeated === null
        ? await this.#storeFirst(input)
        : await this.#storeOnce(this.#message(repeated, input));
    const { thread, item } = subject;
    return this.#events(subject, () => this.#respond(thread, item), [
      { type: 'thread.created', thread: toClientThread(thread) },
      { type: 'thread.item.done', item },
    ]);
  }

  async #addUserMessage(threadId: string, input: UserMessageInput): Promise<Events> {
    refuseAttachments(input);
    const subject = await this.#storeOnce(this.#message(threadId, input));
    const { thread, item } = subject;
    return this.#events(subject, () => this.#respond(thread, item), [
      { type: 'thread.item.done', item },
    ]);
  }

  async #addClientToolOutput(threadId: string, result: unknown): Promise<Events> {
    const subject = await this.#storeOnce({
      threadId,
      isKind: isCompletedCall,
      isSame: ({ output }) => isDeepStrictEqual(output ?? null, result ?? null),
      make: (store) => this.#completeCall(store, threadId, result),
    });
    return this.#events(subject, () => this.#respond(subject.thread, null));
  }

  /** The output is the last call's; others that still wait will never get theirs. */
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

  async #addStructuredInput({
    thread_id: threadId,
    item_id: itemId,
    input,
  }: Params<'threads.add_structured_input'>): Promise<Events> {
    const subject = await this.#storeOnce<StructuredInputItem>({
      threadId,
      isKind: (item): item is StructuredInputItem =>
        item.type === 'structured_input' && item.id === itemId,
      isSame: (item) => isDeepStrictEqual(answered(item, input), item),
      make: async (store) => {
        const item = await store.loadItem(threadId, itemId, this.#context);
        if (item.type !== 'structured_input') {
          throw new RequestError(400, `Item ${itemId} is no structured input.`);
        }
        assertPending(item);
        return answered(item, input);
      },
    });
    const { thread, item } = subject;
    const respond = () => this.#respond(thread, null);
    return this.#events(subject, async function* () {
      yield { type: 'thread.item.replaced', item };
      yield* respond();
    });
  }

  /** Everything after the visitor's message goes, and the answer is made again. */
  async #retryAfterItem(threadId: string, itemId: string): Promise<Events> {
    const context = this.#context;
    const subject = await context.store.transaction(threadId, context, async (store) => {
      const item = await store.loadItem(threadId, itemId, context);
      if (item.type !== 'user_message') {
        throw new RequestError(400, `Item ${itemId} is no message of the user.`);
      }
      await store.deleteItemsAfter(threadId, itemId, context);
      return { item, thread: await store.loadThread(threadId, context) };
    });
    const { thread, item } = subject;
    const delivery = this.#dependencies.deliveries.open(item.id, this.#signals);
    return this.#events({ thread, item, delivery, kept: null }, () => this.#respond(thread, item));
  }

  async #customAction(params: Params<'threads.custom_action'>): Promise<Events> {
    const { responder } = this.#dependencies;
    const { thread, sender } = await loadSender(params, this.#context);
    if (sender === 'no_widget') return refusal();
    return this.#relay(thread, null, () => {
      if (responder.action === undefined) throw new Error('The responder handles no actions.');
      return responder.action(thread, params.action, sender, this.#context);
    });
  }

  /** The visitor's newest thread, if it began with just this message, unseen: its creation is repeated. */
  async #findRepeatedThread(input: UserMessageInput): Promise<string | null> {
    const context = this.#context;
    const { data } = await context.store.loadThreads({ limit: 1, order: 'desc' }, context);
    const [thread] = data;
    if (thread === undefined || !isRecent(thread, context.now())) return null;
    const first = await context.store.loadItems(thread.id, { limit: 1, order: 'asc' }, context);
    const unseen = await findUnseen({
      ...this.#message(thread.id, input),
      ...{ store: context.store, deliveries: this.#dependencies.deliveries, context },
      // Two windows that begin with the same words are two threads.
      whileOpen: 'new',
    });
    return unseen !== null && unseen.item.id === first.data[0]?.id ? thread.id : null;
  }

  #storeFirst(input: UserMessageInput): Promise<Subject<UserMessageItem>> {
    const { newId, now } = this.#context;
    const thread: ThreadMetadata = {
      id: newId('thread'),
      created_at: now(),
      status: { type: 'active' },
      metadata: {},
    };
    return storeFirst(thread, this.#message(thread.id, input), this.#onceDependencies);
  }

  #message(threadId: string, input: UserMessageInput): Contribution<UserMessageItem> {
    const { newId, now } = this.#context;
    const body = toMessageBody(input);
    return {
      threadId,
      isKind: (item) => item.type === 'user_message',
      isSame: (item) => saysTheSame(item, body) && isRecent(item, now()),
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

  #storeOnce<T extends ThreadItem>(contribution: Contribution<T>): Promise<Subject<T>> {
    return storeOnce(contribution, this.#onceDependencies);
  }

  get #onceDependencies(): OnceDependencies {
    const { deliveries } = this.#dependencies;
    return { deliveries, signals: this.#signals, context: this.#context };
  }

  #respond(thread: ThreadMetadata, message: UserMessageItem | null) {
    return this.#dependencies.responder.respond(thread, message, this.#context);
  }

  #events(
    { thread, item, delivery, kept }: Subject<ThreadItem>,
    answer: () => AsyncIterable<ThreadStreamEvent>,
    preamble: readonly ThreadStreamEvent[] = [],
  ): Events {
    if (kept === null) return this.#relay(thread, delivery, answer, preamble);
    const { onError } = this.#dependencies;
    const anew = () => this.#relay(thread, delivery, answer);
    const replay = { thread, itemId: item.id, kept, delivery, anew, onError, preamble };
    return replayAnswer({ ...replay, context: this.#context });
  }

  #relay(
    thread: ThreadMetadata,
    delivery: Delivery | null,
    answer: () => AsyncIterable<ThreadStreamEvent>,
    preamble: readonly ThreadStreamEvent[] = [],
  ): Events {
    const { responder, onError } = this.#dependencies;
    const relay = { thread, responder, answer, delivery, onError, preamble };
    return relayAnswer({ ...relay, context: this.#context });
  }
}

const isPendingCall = (item: ThreadItem): item is ClientToolCallItem =>
  item.type === 'client_tool_call' && item.status === 'pending';

const isCompletedCall = (item: ThreadItem): item is ClientToolCallItem =>
  item.type === 'client_tool_call' && item.status === 'completed';

/** For a request that a client never makes when it works as it should. */
async function* refusal(): Events {
  yield await Promise.resolve<ThreadStreamEvent>({
    type: 'error',
    code: 'stream.error',
    allow_retry: false,
  });
}
