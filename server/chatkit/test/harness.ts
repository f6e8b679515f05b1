import { ChatKitServer, type ChatKitServerOptions, type ProcessContext } from '../server.js';
import { MemoryStore } from '../memory-store.js';
import type { Responder, ResponderContext } from '../responder.js';
import type { Store } from '../store.js';
import type {
  AssistantMessageItem,
  ThreadItem,
  ThreadMetadata,
  ThreadStreamEvent,
  UserMessageItem,
} from '../protocol/index.js';

export const inputOf = (text: string) => ({
  content: [{ type: 'input_text', text }],
  attachments: [],
  inference_options: {},
});

export const create = (text: string) => ({
  type: 'threads.create',
  params: { input: inputOf(text) },
});

export const add = (threadId: string, text: string) => ({
  type: 'threads.add_user_message',
  params: { thread_id: threadId, input: inputOf(text) },
});

export const saying = (
  thread: ThreadMetadata,
  context: ResponderContext,
  text: string,
): AssistantMessageItem => ({
  type: 'assistant_message',
  id: context.newId('message'),
  thread_id: thread.id,
  created_at: context.now(),
  content: [{ type: 'output_text', text, annotations: [] }],
});

export const done = (item: ThreadItem): ThreadStreamEvent => ({ type: 'thread.item.done', item });

/** Waits until the signal is aborted, and fails with its reason. */
export const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    const stop = () => reject(signal.reason as Error);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });

/** Answers with what a test says, and `Answer n` without it. */
export class TestResponder implements Responder {
  readonly messages: (string | null)[] = [];
  answer: Responder['respond'] | null = null;
  action?: NonNullable<Responder['action']>;

  async *respond(
    thread: ThreadMetadata,
    message: UserMessageItem | null,
    context: ResponderContext,
  ): AsyncIterable<ThreadStreamEvent> {
    this.messages.push(message?.content.map(({ text }) => text).join('') ?? null);
    if (this.answer !== null) yield* this.answer(thread, message, context);
    else yield done(saying(thread, context, `Answer ${this.messages.length}`));
  }
}

/** A server in memory, with a clock that the test moves. */
export class Harness {
  readonly store: Store;
  readonly responder = new TestResponder();
  readonly errors: unknown[] = [];
  readonly server: ChatKitServer;
  now = Date.parse('2026-11-01T10:00:00.000Z');
  user = 'alice';

  constructor(store: Store = new MemoryStore(), options: Partial<ChatKitServerOptions> = {}) {
    this.store = store;
    this.server = this.instance(options);
  }

  /** A server on the same store, as another process has it. */
  instance(options: Partial<ChatKitServerOptions> = {}): ChatKitServer {
    return new ChatKitServer({
      store: this.store,
      responder: this.responder,
      now: () => this.now,
      ...options,
    });
  }

  async open(
    body: unknown,
    caller: Partial<ProcessContext> = {},
    server = this.server,
  ): Promise<AsyncGenerator<ThreadStreamEvent, void>> {
    const result = await server.process(body, {
      user: this.user,
      signal: new AbortController().signal,
      onError: (error) => this.errors.push(error),
      ...caller,
    });
    if (result.type !== 'stream') throw new Error('That is no stream.');
    return result.events;
  }

  /** All events of an answer. */
  async stream(
    body: unknown,
    caller: Partial<ProcessContext> = {},
    server = this.server,
  ): Promise<ThreadStreamEvent[]> {
    const events: ThreadStreamEvent[] = [];
    for await (const event of await this.open(body, caller, server)) events.push(event);
    return events;
  }

  async json(body: unknown): Promise<object> {
    const result = await this.server.process(body, {
      user: this.user,
      signal: new AbortController().signal,
    });
    if (result.type !== 'json') throw new Error('That is no JSON.');
    return result.body;
  }

  /** A thread with one message and its answer. */
  async newThread(text = 'Hello'): Promise<string> {
    const [created] = await this.stream(create(text));
    if (created?.type !== 'thread.created') throw new Error('There is no thread.');
    return created.thread.id;
  }

  /** What is in a thread, in one line each; hidden items, too. */
  async history(threadId: string): Promise<string[]> {
    const page = { limit: 100, order: 'asc' } as const;
    const { data } = await this.store.loadItems(threadId, page, this);
    return data.map(describeItem);
  }

  async threadIds(): Promise<string[]> {
    const page = { limit: 100, order: 'asc' } as const;
    const { data } = await this.store.loadThreads(page, this);
    return data.map(({ id }) => id);
  }
}

function describeItem(item: ThreadItem): string {
  if (item.type === 'user_message')
    return `user: ${item.content.map((part) => part.text).join('')}`;
  if (item.type !== 'assistant_message') return item.type;
  return `assistant: ${item.content.map((part) => part.text).join('')}`;
}
