import { Answers } from './answers.js';
import { ChatStore, threadIdOf, type ChatState } from './chat-state.js';
import { reportError, type PageHooks } from './page-calls.js';
import type { ProtocolClient } from './protocol-client.js';
import { applyEvent, localId, ThreadLoader } from './thread-items.js';
import {
  isShown,
  type Action,
  type Attachment,
  type Item,
  type MessageInput,
  type StructuredSubmission,
  type UserMessage,
} from './wire.js';

export interface ChatOptions {
  /** Obtains the credential. */
  readonly connect: () => Promise<void>;
  readonly client: ProtocolClient;
  readonly page: PageHooks;
  readonly onChange: () => void;
}

export interface SendOptions {
  readonly newThread?: boolean | undefined;
  /** What is shown of the message's files until the server has confirmed it. */
  readonly attachments?: readonly Attachment[] | undefined;
}

/** The chat's commands, over the store, the thread loader and the answers. */
export class Chat {
  readonly #options: ChatOptions;
  readonly #store: ChatStore;
  readonly #threads: ThreadLoader;
  readonly #answers: Answers;

  constructor(options: ChatOptions) {
    this.#options = options;
    const { client, page } = options;
    this.#store = new ChatStore((state, before) => {
      const threadId = threadIdOf(state.conversation);
      if (threadId !== threadIdOf(before.conversation)) {
        page.emit('chatkit.thread.change', { threadId });
      }
      options.onChange();
    });
    this.#threads = new ThreadLoader({ store: this.#store, client, page });
    this.#answers = new Answers({ store: this.#store, client, page });
  }

  get state(): ChatState {
    return this.#store.state;
  }

  get threadId(): string | null {
    return this.#store.threadId;
  }

  /** Errors become state. */
  async connect(): Promise<void> {
    this.#store.set({ access: 'asking' });
    try {
      await this.#options.connect();
      this.#store.set({ access: 'granted' });
    } catch (error) {
      this.#store.set({ access: 'refused' });
      reportError(this.#options.page, error);
    }
  }

  /** Obtains access again, and reloads a thread that failed to load. */
  async reconnect(): Promise<void> {
    await this.connect();
    const { access, conversation } = this.state;
    if (access === 'granted' && conversation.kind === 'failed') {
      await this.open(conversation.threadId);
    }
  }

  /** Shows a thread, or a new one for null. Aborts the answer in progress. */
  async open(threadId: string | null): Promise<void> {
    this.#answers.leave();
    await this.#threads.open(threadId);
  }

  loadEarlier(): Promise<void> {
    return this.#threads.loadEarlier();
  }

  refresh(): Promise<void> {
    return this.#threads.refresh();
  }

  /** Sends a message once the answer in progress has ended. Resolves when the request has started. */
  async send(
    input: MessageInput,
    { newThread = false, attachments = [] }: SendOptions = {},
  ): Promise<void> {
    if (this.state.access === 'refused') await this.reconnect();
    if (this.state.access === 'refused') throw new Error('The chat could not connect.');
    if (newThread) await this.open(null);
    await this.#threads.opened;
    await this.#answers.done;
    const { conversation } = this.state;
    if (conversation.kind !== 'open') throw new Error('There is no thread to send this to.');
    const message: UserMessage = {
      type: 'user_message',
      id: localId(),
      created_at: new Date().toISOString(),
      content: input.content,
      attachments,
      ...(input.quoted_text !== undefined && { quoted_text: input.quoted_text }),
    };
    const thread_id = this.threadId;
    this.#store.setOpen(thread_id, ({ items }) => ({ items: [...items, message] }));
    this.#answers.begin(
      thread_id === null
        ? { type: 'threads.create', params: { input } }
        : { type: 'threads.add_user_message', params: { thread_id, input } },
    );
  }

  stop(): void {
    this.#answers.stop();
  }

  retry(): void {
    this.#answers.retry();
  }

  /**
   * @param itemId the widget of the action
   * @throws {Error} when there is no thread yet, or without streaming: when it fails
   */
  async act(action: Action, itemId?: string, { streaming = true } = {}): Promise<void> {
    await this.#threads.opened;
    await this.#answers.done;
    const item = itemId === undefined ? {} : { item_id: itemId };
    const params = { thread_id: this.#existingThread(), ...item, action };
    if (streaming) {
      this.#answers.begin({ type: 'threads.custom_action', params });
      return;
    }
    const answer = await this.#options.client.request('threads.sync_custom_action', params);
    const { updated_item } = answer as { updated_item?: Item };
    if (updated_item === undefined || !isShown(updated_item)) return;
    this.#store.setOpen(params.thread_id, ({ items }) => ({
      items: applyEvent(items, { type: 'thread.item.replaced', item: updated_item }),
    }));
  }

  answerQuestions(itemId: string, input: StructuredSubmission): void {
    const params = { thread_id: this.#existingThread(), item_id: itemId, input };
    this.#answers.begin({ type: 'threads.add_structured_input', params });
  }

  async rate(itemId: string, kind: 'positive' | 'negative'): Promise<void> {
    const before = this.state.ratings;
    this.#store.set({ ratings: new Map(before).set(itemId, kind) });
    try {
      const params = { thread_id: this.#existingThread(), item_ids: [itemId], kind };
      await this.#options.client.request('items.feedback', params);
    } catch (error) {
      this.#store.set({ ratings: before });
      reportError(this.#options.page, error);
    }
  }

  /** Takes over a title that was changed in the history. */
  retitle(threadId: string, title: string): void {
    this.#store.setOpen(threadId, ({ thread }) => ({ thread: thread && { ...thread, title } }));
  }

  #existingThread(): string {
    const { threadId } = this;
    if (threadId === null) throw new Error('There is no thread yet.');
    return threadId;
  }
}
