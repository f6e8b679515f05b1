import {
  MemoryStore,
  newId,
  type Responder,
  type ResponderContext,
  type ThreadItem,
  type ThreadMetadata,
  type ThreadStreamEvent,
  type UserMessageItem,
} from '../../chatkit/index.js';
import type { OnFailure } from '../answer-stream.js';

export const user = 'ada';
const created_at = '2026-12-01T00:00:00.000Z';

export const userMessage = (
  thread: ThreadMetadata,
  text: string,
  more: Partial<UserMessageItem> = {},
): UserMessageItem => ({
  type: 'user_message',
  id: newId('message'),
  thread_id: thread.id,
  created_at,
  content: [{ type: 'input_text', text }],
  attachments: [],
  inference_options: {},
  ...more,
});

export const assistantMessage = (thread: ThreadMetadata, text: string): ThreadItem => ({
  type: 'assistant_message',
  id: newId('message'),
  thread_id: thread.id,
  created_at,
  content: [{ type: 'output_text', text, annotations: [] }],
});

/** A thread in a store, with a visitor. */
export class Conversation {
  readonly store = new MemoryStore();
  readonly thread: ThreadMetadata;
  readonly events: ThreadStreamEvent[] = [];
  readonly controller = new AbortController();

  constructor(title?: string) {
    this.thread = {
      id: newId('thread'),
      created_at,
      status: { type: 'active' },
      metadata: {},
      ...(title !== undefined && { title }),
    };
  }

  get context(): ResponderContext {
    return {
      user,
      signal: this.controller.signal,
      requestId: 'request-1',
      metadata: {},
      caller: { user },
      page: null,
      locale: 'en',
      headers: {},
      store: this.store,
      newId,
      now: () => new Date().toISOString(),
    };
  }

  async add<T extends ThreadItem>(...items: T[]): Promise<T[]> {
    await this.store.saveThread(this.thread, { user });
    for (const item of items) await this.store.saveItem(this.thread.id, item, { user });
    return items;
  }

  /** Sends a message and reads the whole answer; finished items are stored, as the ChatKit server does. */
  async say(responder: Responder, text: string, more: Partial<UserMessageItem> = {}) {
    const message = userMessage(this.thread, text, more);
    await this.add(message);
    return this.read(responder, message);
  }

  async read(responder: Responder, message: UserMessageItem | null) {
    this.events.length = 0;
    for await (const event of responder.respond(this.thread, message, this.context)) {
      this.events.push(structuredClone(event));
      if (event.type === 'thread.item.done') {
        await this.store.saveItem(this.thread.id, event.item, { user });
      }
      if (event.type === 'thread.item.removed') {
        await this.store.deleteItem(this.thread.id, event.item_id, { user });
      }
    }
    return this.events;
  }

  async items(): Promise<ThreadItem[]> {
    const page = { limit: 1000, order: 'asc' } as const;
    return (await this.store.loadItems(this.thread.id, page, { user })).data;
  }
}

/** The texts of the finished messages. */
export const textsOf = (events: readonly ThreadStreamEvent[]): string[] =>
  events.flatMap((event) =>
    event.type === 'thread.item.done' && event.item.type === 'assistant_message'
      ? event.item.content.map(({ text }) => text)
      : [],
  );

/** An event by type and item or update. */
export function brief(event: ThreadStreamEvent): string {
  if ('item' in event) return `${event.type} ${event.item.type}`;
  if (event.type === 'thread.item.updated') return event.update.type;
  return event.type;
}

/** The briefs of events, without repetitions. */
export const outline = (events: readonly ThreadStreamEvent[]): string[] =>
  events.map(brief).filter((line, index, all) => line !== all[index - 1]);

export type Failures = Parameters<OnFailure>[];

export function collectFailures(): { failures: Failures; onFailure: OnFailure } {
  const failures: Failures = [];
  return { failures, onFailure: (...failure) => failures.push(failure) };
}
