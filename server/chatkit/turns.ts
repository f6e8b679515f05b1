import { RequestError } from './errors.js';
import { answerItem, assertPending, toMessageBody } from './input.js';
import type {
  Attachment,
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
import type { KeyedRequest, StoreActions, StoreContext } from './store.js';
import { streamAnswer, type AnswerEnd } from './stream.js';
import { toClientThread } from './thread.js';

type Events = AsyncGenerator<ThreadStreamEvent, void>;
type OnEnd = (end: AnswerEnd) => void | Promise<void>;
type AnsweredItem = Omit<KeyedRequest, 'bodyHash'>;

/** Among so many last items, tool calls that never got an output are searched. */
const danglingCalls = 20;

/** A request that is answered with a stream. */
export interface Turn {
  /** The id of its thread, or the thread that it creates. */
  readonly thread: string | ThreadMetadata;
  /**
   * Stores what the request brings, within a transaction of the thread.
   *
   * @throws {RequestError} 400 when the request cannot be carried out
   * @throws {NotFoundError} for an item that does not exist
   */
  readonly store: (store: StoreActions) => Promise<AnsweredItem & { readonly reply: Reply }>;
  /** The reply to what an equal request has stored before. */
  readonly restore: (store: StoreActions, answered: AnsweredItem) => Promise<Reply>;
}

export interface Reply {
  /** The first events: the thread and the message that are answered. */
  readonly preamble: readonly ThreadStreamEvent[];
  /** Makes the answer while it is read. Never throws. */
  readonly events: (onEnd: OnEnd) => Events;
}

export interface TurnDependencies {
  readonly responder: Responder;
  readonly context: ResponderContext;
  readonly onError: (error: unknown) => void;
  /** The attachments of the message that the request brings. */
  readonly attachments: readonly Attachment[];
  /** The message as it is sent to a client. */
  readonly present: (item: UserMessageItem) => Promise<UserMessageItem>;
}

/** The requests that are answered with a stream. */
export class Turns {
  readonly #responder: Responder;
  readonly #context: ResponderContext;
  readonly #onError: (error: unknown) => void;
  readonly #attachments: readonly Attachment[];
  readonly #present: TurnDependencies['present'];

  constructor({ responder, context, onError, attachments, present }: TurnDependencies) {
    this.#responder = responder;
    this.#context = context;
    this.#onError = onError;
    this.#attachments = attachments;
    this.#present = present;
  }

  createThread({ input }: ParamsOf<'threads.create'>): Turn {
    const { newId, now } = this.#context;
    const thread: ThreadMetadata = {
      id: newId('thread'),
      created_at: now(),
      status: { type: 'active' },
      metadata: {},
    };
    return this.#messageTurn(thread, input, (current) => [
      { type: 'thread.created', thread: toClientThread(current) },
    ]);
  }

  addUserMessage({ thread_id: threadId, input }: ParamsOf<'threads.add_user_message'>): Turn {
    return this.#messageTurn(threadId, input, () => []);
  }

  addClientToolOutput(params: ParamsOf<'threads.add_client_tool_output'>): Turn {
    const context = this.#context;
    const { thread_id: threadId, result } = params;
    const restore = async (store: StoreActions): Promise<Reply> => {
      const thread = await store.loadThread(threadId, context);
      return this.#reply(thread, () => this.#respond(thread, null));
    };
    return {
      thread: threadId,
      store: async (store) => {
        const call = await this.#completeCall(store, threadId, result);
        await store.saveItem(threadId, call, context);
        return { threadId, itemId: call.id, reply: await restore(store) };
      },
      restore,
    };
  }

  addStructuredInput(params: ParamsOf<'threads.add_structured_input'>): Turn {
    const context = this.#context;
    const { thread_id: threadId, item_id: itemId, input } = params;
    const reply = async (store: StoreActions, item: StructuredInputItem): Promise<Reply> => {
      const thread = await store.loadThread(threadId, context);
      const respond = () => this.#respond(thread, null);
      return this.#reply(thread, async function* () {
        yield { type: 'thread.item.replaced', item };
        yield* respond();
      });
    };
    return {
      thread: threadId,
      store: async (store) => {
        const pending = await loadStructuredInput(store, threadId, itemId, context);
        assertPending(pending);
        const item = answerItem(pending, input);
        await store.saveItem(threadId, item, context);
        const last = await lastItemId(store, threadId, context);
        return { threadId, itemId: last, reply: await reply(store, item) };
      },
      restore: async (store) =>
        reply(store, await loadStructuredInput(store, threadId, itemId, context)),
    };
  }

  /** Removes everything after the user's message, and asks for a new answer. */
  retryAfterItem({
    thread_id: threadId,
    item_id: itemId,
  }: ParamsOf<'threads.retry_after_item'>): Turn {
    const context = this.#context;
    const restore = async (store: StoreActions): Promise<Reply> => {
      const item = await loadMessage(store, threadId, itemId, context);
      const thread = await store.loadThread(threadId, context);
      return this.#reply(thread, () => this.#respond(thread, item));
    };
    return {
      thread: threadId,
      store: async (store) => {
        const reply = await restore(store);
        await store.deleteItemsAfter(threadId, itemId, context);
        return { threadId, itemId, reply };
      },
      restore,
    };
  }

  customAction(params: ParamsOf<'threads.custom_action'>): Turn {
    const context = this.#context;
    const { thread_id: threadId } = params;
    const restore = async (store: StoreActions): Promise<Reply> => {
      const { thread, sender } = await loadSender(params, context, store);
      if (sender === 'no_widget') return { preamble: [], events: refusal };
      return this.#reply(thread, () => {
        if (this.#responder.action === undefined) {
          throw new Error('The responder handles no actions.');
        }
        return this.#responder.action(thread, params.action, sender, context);
      });
    };
    return {
      thread: threadId,
      store: async (store) => {
        const itemId = await lastItemId(store, threadId, context);
        return { threadId, itemId, reply: await restore(store) };
      },
      restore,
    };
  }

  /** @param beforeMessage the events that are sent before the message */
  #messageTurn(
    thread: string | ThreadMetadata,
    input: UserMessageInput,
    beforeMessage: (thread: ThreadMetadata) => readonly ThreadStreamEvent[],
  ): Turn {
    const context = this.#context;
    const reply = async (current: ThreadMetadata, item: UserMessageItem): Promise<Reply> =>
      this.#reply(current, () => this.#respond(current, item), [
        ...beforeMessage(current),
        { type: 'thread.item.done', item: await this.#present(item) },
      ]);
    return {
      thread,
      store: async (store) => {
        const current =
          typeof thread === 'string' ? await store.loadThread(thread, context) : thread;
        const item: UserMessageItem = {
          type: 'user_message',
          id: context.newId('message'),
          thread_id: current.id,
          created_at: context.now(),
          attachments: this.#attachments.map((attachment) => ({
            ...attachment,
            thread_id: current.id,
          })),
          ...toMessageBody(input),
        };
        const ids = item.attachments.map(({ id }) => id);
        if (ids.length > 0) await store.attach(ids, current.id, context);
        await store.saveItem(current.id, item, context);
        return { threadId: current.id, itemId: item.id, reply: await reply(current, item) };
      },
      restore: async (store, { threadId, itemId }) =>
        reply(
          await store.loadThread(threadId, context),
          await loadMessage(store, threadId, itemId ?? '', context),
        ),
    };
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

  #respond(thread: ThreadMetadata, message: UserMessageItem | null) {
    return this.#responder.respond(thread, message, this.#context);
  }

  #reply(
    thread: ThreadMetadata,
    answer: () => AsyncIterable<ThreadStreamEvent>,
    preamble: readonly ThreadStreamEvent[] = [],
  ): Reply {
    const [responder, context] = [this.#responder, this.#context];
    const [onError, present] = [this.#onError, this.#present];
    const stream = { thread, answer, preamble, responder, context, onError, present };
    return { preamble, events: (onEnd) => streamAnswer({ ...stream, onEnd }) };
  }
}

async function loadMessage(
  store: StoreActions,
  threadId: string,
  itemId: string,
  context: StoreContext,
): Promise<UserMessageItem> {
  const item = await store.loadItem(threadId, itemId, context);
  if (item.type === 'user_message') return item;
  throw new RequestError(400, `Item ${itemId} is no message of the user.`);
}

async function loadStructuredInput(
  store: StoreActions,
  threadId: string,
  itemId: string,
  context: StoreContext,
): Promise<StructuredInputItem> {
  const item = await store.loadItem(threadId, itemId, context);
  if (item.type === 'structured_input') return item;
  throw new RequestError(400, `Item ${itemId} is no structured input.`);
}

async function lastItemId(
  store: StoreActions,
  threadId: string,
  context: StoreContext,
): Promise<string | null> {
  const { data } = await store.loadItems(threadId, { limit: 1, order: 'desc' }, context);
  return data[0]?.id ?? null;
}

export interface Sender {
  readonly thread: ThreadMetadata;
  /** The widget that sent an action, null for the page, or `no_widget` for an item of another type. */
  readonly sender: WidgetItem | null | 'no_widget';
}

/** @throws {NotFoundError} for a thread or item that is not this user's */
export async function loadSender(
  { thread_id: threadId, item_id: itemId }: { thread_id: string; item_id?: string | null },
  context: StoreContext,
  store: StoreActions,
): Promise<Sender> {
  const thread = await store.loadThread(threadId, context);
  if (itemId == null) return { thread, sender: null };
  const item = await store.loadItem(threadId, itemId, context);
  return { thread, sender: item.type === 'widget' ? item : 'no_widget' };
}

const isPendingCall = (item: ThreadItem): item is ClientToolCallItem =>
  item.type === 'client_tool_call' && item.status === 'pending';

/** The answer to a request that a correct client never sends. */
async function* refusal(onEnd: OnEnd): Events {
  const error = { type: 'error', code: 'stream.error', allow_retry: false } as const;
  try {
    yield error;
  } finally {
    await onEnd({ type: 'failed', error });
  }
}
