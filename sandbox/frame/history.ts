import { reportError, type PageHooks } from './page-calls.js';
import type { ProtocolClient } from './protocol-client.js';
import type { Page, ThreadInfo } from './wire.js';

/** The action in progress on a thread of the list. */
export type Editing =
  | { readonly kind: 'renaming' | 'deleting'; readonly threadId: string }
  | { readonly kind: 'saving'; readonly threadId: string };

export type ThreadList =
  | { readonly kind: 'loading' }
  | { readonly kind: 'failed' }
  | {
      readonly kind: 'loaded';
      readonly threads: readonly ThreadInfo[];
      /** Cursor of the next page; null on the last one. */
      readonly after: string | null;
      readonly more: 'idle' | 'loading' | 'failed';
      readonly editing: Editing | null;
      /** The error of the last failed change. */
      readonly problem: string | null;
    };

export type HistoryState =
  { readonly kind: 'closed' } | { readonly kind: 'open'; readonly list: ThreadList };

export interface HistoryOptions {
  readonly client: ProtocolClient;
  readonly page: PageHooks;
  readonly onChange: () => void;
  readonly onRename: (threadId: string, title: string) => void;
  readonly onDelete: (threadId: string) => void;
}

type Loaded = Extract<ThreadList, { kind: 'loaded' }>;

/** The visitor's threads, newest first. Failures become state. */
export class History {
  readonly #options: HistoryOptions;
  #state: HistoryState = { kind: 'closed' };

  constructor(options: HistoryOptions) {
    this.#options = options;
  }

  get state(): HistoryState {
    return this.#state;
  }

  async open(): Promise<void> {
    if (this.#state.kind === 'open') return;
    this.#options.page.emit('chatkit.history.open');
    await this.reload();
  }

  close(): void {
    if (this.#state.kind === 'closed') return;
    this.#set({ kind: 'closed' });
    this.#options.page.emit('chatkit.history.close');
  }

  async reload(): Promise<void> {
    this.#set({ kind: 'open', list: { kind: 'loading' } });
    try {
      const { threads, after } = await this.#fetch(null);
      this.#setList({ kind: 'loaded', threads, after, more: 'idle', editing: null, problem: null });
    } catch (error) {
      this.#setList({ kind: 'failed' });
      reportError(this.#options.page, error);
    }
  }

  async loadMore(): Promise<void> {
    const list = this.#loaded();
    if (list?.after == null || list.more === 'loading') return;
    this.#change(() => ({ more: 'loading' }));
    try {
      const { threads, after } = await this.#fetch(list.after);
      this.#change((now) => ({ threads: [...now.threads, ...threads], after, more: 'idle' }));
    } catch (error) {
      this.#change(() => ({ more: 'failed' }));
      reportError(this.#options.page, error);
    }
  }

  edit(editing: Editing | null): void {
    this.#change(() => ({ editing, problem: null }));
  }

  async rename(threadId: string, title: string): Promise<void> {
    await this.#save(threadId, 'The title could not be changed.', async () => {
      await this.#options.client.request('threads.update', { thread_id: threadId, title });
      this.#change(({ threads }) => ({
        threads: threads.map((thread) => (thread.id === threadId ? { ...thread, title } : thread)),
      }));
      this.#options.onRename(threadId, title);
    });
  }

  async remove(threadId: string): Promise<void> {
    await this.#save(threadId, 'The conversation could not be deleted.', async () => {
      await this.#options.client.request('threads.delete', { thread_id: threadId });
      this.#change(({ threads }) => ({ threads: threads.filter(({ id }) => id !== threadId) }));
      this.#options.onDelete(threadId);
    });
  }

  async #save(threadId: string, failure: string, change: () => Promise<void>): Promise<void> {
    this.edit({ kind: 'saving', threadId });
    try {
      await change();
      this.edit(null);
    } catch (error) {
      this.#change(() => ({ editing: null, problem: failure }));
      reportError(this.#options.page, error);
    }
  }

  async #fetch(after: string | null) {
    const params = { limit: 20, order: 'desc', ...(after !== null && { after }) };
    const page = (await this.#options.client.request('threads.list', params)) as Page<ThreadInfo>;
    return { threads: page.data, after: page.has_more ? (page.after ?? null) : null };
  }

  #loaded(): Loaded | null {
    return this.#state.kind === 'open' && this.#state.list.kind === 'loaded'
      ? this.#state.list
      : null;
  }

  #change(change: (list: Loaded) => Partial<Loaded>): void {
    const list = this.#loaded();
    if (list) this.#setList({ ...list, ...change(list) });
  }

  /** Ignored when the history was closed in the meantime. */
  #setList(list: ThreadList): void {
    if (this.#state.kind === 'open') this.#set({ kind: 'open', list });
  }

  #set(state: HistoryState): void {
    this.#state = state;
    this.#options.onChange();
  }
}
