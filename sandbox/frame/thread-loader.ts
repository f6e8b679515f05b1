import { idle, newConversation, type Conversation, type Earlier } from './chat-state.js';
import type { ChatStore } from './chat-store.js';
import { reportError, type PageHooks } from './page-hooks.js';
import { ProtocolError, type ProtocolClient } from './protocol-client.js';
import { isShown, type Item, type Page, type Thread } from './wire.js';

export interface ThreadLoaderOptions {
  readonly store: ChatStore;
  readonly client: ProtocolClient;
  readonly page: PageHooks;
}

type OpenThread = Extract<Conversation, { kind: 'open' }>;

const earlierThan = ({ has_more, after }: Page<Item>): Earlier =>
  has_more && after !== undefined ? { kind: 'more', before: after } : { kind: 'none' };

/** Brings stored threads onto the screen. Failures become state. */
export class ThreadLoader {
  readonly #options: ThreadLoaderOptions;
  #opening: Promise<void> = Promise.resolve();
  #loading: AbortController | null = null;

  constructor(options: ThreadLoaderOptions) {
    this.#options = options;
  }

  /** Settled when no thread is being opened. */
  get opened(): Promise<void> {
    return this.#opening;
  }

  /** Shows a thread; null shows a new one. */
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

  /** Takes in what has changed on the server, with nothing that shows it. */
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
      // The visitor cannot mend it, so the chat begins anew.
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
    // A thread begins with its oldest items; what the visitor wants to see are the newest.
    const newest = await client.items({ ...params, order: 'desc' }, signal);
    return { kind: 'open', thread, items: newest.data.toReversed(), earlier: earlierThan(newest) };
  }
}
