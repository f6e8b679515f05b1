import {
  type ChatStore,
  type Conversation,
  type Earlier,
  idle,
  newConversation,
} from './chat-state.js';
import { type PageHooks, reportError } from './page-calls.js';
import { type ProtocolClient, ProtocolError } from './protocol-client.js';
import {
  type AssistantContent,
  type AssistantMessage,
  childrenOf,
  isShown,
  type Item,
  type ItemUpdate,
  type Page,
  type StreamEvent,
  type Thread,
  type WidgetNode,
  type WorkflowItem,
} from './wire.js';

/** Prefix of the ids of optimistic items. */
const localPrefix = 'local:';

export const localId = (): string => `${localPrefix}${crypto.randomUUID()}`;
export const isLocal = ({ id }: Item): boolean => id.startsWith(localPrefix);

function withPart(
  message: AssistantMessage,
  index: number,
  change: (part: AssistantContent) => AssistantContent,
): AssistantMessage {
  const content = [...message.content];
  while (content.length <= index) content.push({ text: '', annotations: [] });
  content[index] = change(content[index] ?? { text: '', annotations: [] });
  return { ...message, content };
}

function withTask(
  item: WorkflowItem,
  index: number,
  task: WorkflowItem['workflow']['tasks'][number],
) {
  const tasks = [...item.workflow.tasks];
  tasks[index] = task;
  return { ...item, workflow: { ...item.workflow, tasks } };
}

/** Replaces a component of a widget at any depth. */
function withComponent(
  node: WidgetNode,
  id: string,
  change: (component: WidgetNode) => WidgetNode,
): WidgetNode {
  if (node.id === id) return change(node);
  const children = childrenOf(node);
  if (children.length === 0) return node;
  return { ...node, children: children.map((child) => withComponent(child, id, change)) };
}

function updated(item: Item, update: ItemUpdate): Item {
  switch (update.type) {
    case 'assistant_message.content_part.added':
    case 'assistant_message.content_part.done':
      if (item.type !== 'assistant_message') return item;
      return withPart(item, update.content_index, () => update.content);
    case 'assistant_message.content_part.text_delta':
      if (item.type !== 'assistant_message') return item;
      return withPart(item, update.content_index, (part) => ({
        ...part,
        text: part.text + update.delta,
      }));
    case 'assistant_message.content_part.annotation_added':
      if (item.type !== 'assistant_message') return item;
      return withPart(item, update.content_index, (part) => ({
        ...part,
        annotations: part.annotations.toSpliced(update.annotation_index, 1, update.annotation),
      }));
    case 'workflow.task.added':
    case 'workflow.task.updated':
      if (item.type !== 'workflow') return item;
      return withTask(item, update.task_index, update.task);
    case 'widget.root.updated':
      return item.type === 'widget' ? { ...item, widget: update.widget } : item;
    case 'widget.component.updated':
      if (item.type !== 'widget') return item;
      return {
        ...item,
        widget: withComponent(item.widget, update.component_id, () => update.component),
      };
    case 'widget.streaming_text.value_delta':
      if (item.type !== 'widget') return item;
      return {
        ...item,
        widget: withComponent(item.widget, update.component_id, (component) => ({
          ...component,
          value: `${typeof component.value === 'string' ? component.value : ''}${update.delta}`,
        })),
      };
    case 'generated_image.updated':
      return item.type === 'generated_image' ? { ...item, image: update.image } : item;
    default:
      // An update of a later protocol.
      return item;
  }
}

/** Replaces the item with the same id or the optimistic message, or appends the item. */
function put(items: readonly Item[], item: Item): Item[] {
  let at = items.findIndex(({ id }) => id === item.id);
  if (at < 0 && item.type === 'user_message') at = items.findLastIndex(isLocal);
  return at < 0 ? [...items, item] : items.with(at, item);
}

/** Applies an event of the stream to a thread's items. */
export function applyEvent(items: readonly Item[], event: StreamEvent): readonly Item[] {
  switch (event.type) {
    case 'thread.item.added':
    case 'thread.item.done':
    case 'thread.item.replaced':
      return put(items, event.item);
    case 'thread.item.updated':
      return items.map((item) => (item.id === event.item_id ? updated(item, event.update) : item));
    case 'thread.item.removed':
      return items.filter(({ id }) => id !== event.item_id);
    default:
      return items;
  }
}

export interface ThreadLoaderOptions {
  readonly store: ChatStore;
  readonly client: ProtocolClient;
  readonly page: PageHooks;
}

type OpenThread = Extract<Conversation, { kind: 'open' }>;

const earlierThan = ({ has_more, after }: Page<Item>): Earlier =>
  has_more && after !== undefined ? { kind: 'more', before: after } : { kind: 'none' };

/** Loads stored threads into the state. Errors become state. */
export class ThreadLoader {
  readonly #options: ThreadLoaderOptions;
  #opening: Promise<void> = Promise.resolve();
  #loading: AbortController | null = null;

  constructor(options: ThreadLoaderOptions) {
    this.#options = options;
  }

  /** Resolves when no thread is loading. */
  get opened(): Promise<void> {
    return this.#opening;
  }

  /** Loads a thread, or starts a new one for null. */
  open(threadId: string | null): Promise<void> {
    this.#loading?.abort();
    this.#loading = null;
    const { store } = this.#options;
    if (threadId === null) {
      store.set({ conversation: newConversation, turn: idle, notices: [] });
      this.#opening = Promise.resolve();
    } else {
      this.#loading = new AbortController();
      store.set({ conversation: { kind: 'loading', threadId }, turn: idle, notices: [] });
      this.#opening = this.#load(threadId, this.#loading.signal);
    }
    return this.#opening;
  }

  /** Reloads the thread without a loading state. */
  async refresh(): Promise<void> {
    const { store } = this.#options;
    const { conversation, turn } = store.state;
    if (conversation.kind !== 'open' || !conversation.thread || turn.kind === 'answering') return;
    const { id } = conversation.thread;
    const loaded = await this.#fetch(id);
    if (store.state.turn.kind !== 'answering') store.setOpen(id, () => loaded);
  }

  async loadEarlier(): Promise<void> {
    const { store, client, page } = this.#options;
    const { conversation } = store.state;
    if (conversation.kind !== 'open' || conversation.thread === null) return;
    const { thread, earlier } = conversation;
    if (earlier.kind === 'none' || earlier.kind === 'loading') return;
    const { before } = earlier;
    store.setOpen(thread.id, () => ({ earlier: { kind: 'loading', before } }));
    try {
      const params = { thread_id: thread.id, order: 'desc', after: before };
      const found = await client.items(params);
      store.setOpen(thread.id, ({ items }) => ({
        items: [...found.data.toReversed(), ...items],
        earlier: earlierThan(found),
      }));
    } catch (error) {
      store.setOpen(thread.id, () => ({ earlier: { kind: 'failed', before } }));
      reportError(page, error);
    }
  }

  async #load(threadId: string, signal: AbortSignal): Promise<void> {
    const { store, page } = this.#options;
    page.emit('chatkit.thread.load.start', { threadId });
    try {
      const conversation = await this.#fetch(threadId, signal);
      if (!signal.aborted) store.set({ conversation });
    } catch (error) {
      if (signal.aborted) return;
      this.#fail(threadId, error);
    } finally {
      page.emit('chatkit.thread.load.end', { threadId });
    }
  }

  #fail(threadId: string, error: unknown): void {
    const { store, page } = this.#options;
    reportError(page, error);
    if (error instanceof ProtocolError && error.status === 404) {
      // A retry cannot help, so a new conversation starts.
      const message = 'The earlier conversation is no longer there.';
      store.set({
        conversation: newConversation,
        notices: [{ level: 'info', title: '', message }],
      });
      return;
    }
    const message = error instanceof ProtocolError ? error.message : 'Something went wrong.';
    store.set({ conversation: { kind: 'failed', threadId, message } });
  }

  async #fetch(threadId: string, signal?: AbortSignal): Promise<OpenThread> {
    const { client } = this.#options;
    const params = { thread_id: threadId };
    const { items, ...thread } = (await client.request(
      'threads.get_by_id',
      params,
      signal,
    )) as Thread;
    if (!items.has_more) {
      return { kind: 'open', thread, items: items.data.filter(isShown), earlier: { kind: 'none' } };
    }
    // `threads.get_by_id` returns the oldest items; the newest are shown.
    const newest = await client.items({ ...params, order: 'desc' }, signal);
    return { kind: 'open', thread, items: newest.data.toReversed(), earlier: earlierThan(newest) };
  }
}
