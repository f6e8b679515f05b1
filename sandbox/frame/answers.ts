import { afterEvent, answering, idle, type ChatStore } from './chat-state.js';
import { reportError, type PageHooks } from './page-calls.js';
import { ProtocolError, type ProtocolClient } from './protocol-client.js';
import { isLocal } from './thread-items.js';
import type { ClientToolCall, Item, StreamEvent, StreamRequest } from './wire.js';

export interface AnswersOptions {
  readonly store: ChatStore;
  readonly client: ProtocolClient;
  readonly page: PageHooks;
}

/** Client errors that are worth a retry. */
const retryable = [401, 408, 409, 425, 429];

function canRetry(error: unknown): boolean {
  if (!(error instanceof ProtocolError) || error.kind !== 'refused') return true;
  return retryable.includes(error.status ?? 0);
}

const isPendingTool = (item: Item | undefined): item is ClientToolCall =>
  item?.type === 'client_tool_call' && item.status === 'pending';

/** Streams answers, one at a time, and runs client tools between requests. Errors become state. */
export class Answers {
  readonly #options: AnswersOptions;
  #controller: AbortController | null = null;
  #done: Promise<void> = Promise.resolve();
  #request: StreamRequest | null = null;

  constructor(options: AnswersOptions) {
    this.#options = options;
  }

  /** Resolves when no answer is in progress. */
  get done(): Promise<void> {
    return this.#done;
  }

  begin(request: StreamRequest): void {
    this.#abort();
    this.#request = request;
    const controller = (this.#controller = new AbortController());
    this.#options.store.set({ turn: answering, notices: [] });
    this.#done = this.#stream(request, controller.signal);
  }

  /** Aborts the answer and keeps the part that arrived. */
  stop(): void {
    if (this.#options.store.state.turn.kind !== 'answering') return;
    this.#abort();
    this.#options.store.set({ turn: { kind: 'stopped' } });
  }

  /** Aborts the answer and drops its request, before another thread is shown. */
  leave(): void {
    this.#abort();
    this.#request = null;
  }

  /** Requests the last answer again, or resends a message that the server did not store. */
  retry(): void {
    const { conversation, turn } = this.#options.store.state;
    if (conversation.kind !== 'open') return;
    const { thread, items } = conversation;
    const question = items.findLast(({ type }) => type === 'user_message');
    const isStored = thread !== null && question !== undefined && !isLocal(question);
    const isOtherFailure = turn.kind === 'failed' && !this.#isAboutMessage();
    if (this.#request && (!isStored || isOtherFailure)) {
      this.begin(this.#request);
    } else if (isStored) {
      this.#options.store.setOpen(thread.id, () => ({
        items: items.slice(0, items.indexOf(question) + 1),
      }));
      const params = { thread_id: thread.id, item_id: question.id };
      this.begin({ type: 'threads.retry_after_item', params });
    }
  }

  #abort(): void {
    this.#controller?.abort();
    this.#controller = null;
  }

  #isAboutMessage(): boolean {
    const type = this.#request?.type;
    return type !== 'threads.custom_action' && type !== 'threads.add_structured_input';
  }

  async #stream(first: StreamRequest, signal: AbortSignal): Promise<void> {
    const { store, client, page } = this.#options;
    let hasStarted = false;
    const onRetry = (): void => {
      page.emit('chatkit.log', { name: 'request.repeat', data: { type: first.type } });
      this.#apply({ type: 'progress_update', text: 'Reconnecting…' });
    };
    try {
      for (let request: StreamRequest | null = first; request !== null;) {
        for await (const event of client.stream(request, signal, onRetry)) {
          // Events of a chunk that was read before the abort.
          if (signal.aborted) return;
          if (!hasStarted) page.emit('chatkit.response.start');
          hasStarted = true;
          this.#apply(event);
        }
        request = await this.#toolOutput(signal);
      }
      if (store.state.turn.kind === 'answering') store.set({ turn: idle });
    } catch (error) {
      if (!signal.aborted) this.#fail(error);
    } finally {
      if (hasStarted) page.emit('chatkit.response.end');
    }
  }

  #apply(event: StreamEvent): void {
    const { store, page } = this.#options;
    if (event.type === 'client_effect') {
      page.emit('chatkit.effect', { name: event.name, data: event.data });
    } else if (event.type === 'error') {
      reportError(page, new Error(event.message ?? 'The answer failed.'));
    }
    store.set(afterEvent(store.state, event));
  }

  /** Runs the pending client tool in the page; null when there is none. */
  async #toolOutput(signal: AbortSignal): Promise<StreamRequest | null> {
    const { store, page } = this.#options;
    const { conversation, turn } = store.state;
    if (turn.kind !== 'answering' || conversation.kind !== 'open' || !conversation.thread)
      return null;
    const { thread, items } = conversation;
    const call = items.findLast(({ type }) => type !== 'task' && type !== 'workflow');
    if (!isPendingTool(call)) return null;
    const result = await page.callTool({ name: call.name, params: call.arguments });
    signal.throwIfAborted();
    store.setOpen(thread.id, (open) => ({
      items: open.items.map((item) =>
        item.id === call.id ? { ...call, status: 'completed' } : item,
      ),
    }));
    return {
      type: 'threads.add_client_tool_output',
      params: { thread_id: thread.id, result: result ?? {} },
    };
  }

  #fail(error: unknown): void {
    const { store, page } = this.#options;
    const message = error instanceof ProtocolError ? error.message : 'Something went wrong.';
    store.set({ turn: { kind: 'failed', message, canRetry: canRetry(error) } });
    reportError(page, error);
  }
}
