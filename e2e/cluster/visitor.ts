import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { ThreadItem, ThreadStreamEvent } from '@taskpilot-chat/server/chatkit';

type Headers = Readonly<Record<string, string>>;

/** What became of a request. */
export type Outcome =
  | { readonly type: 'served'; readonly body: unknown; readonly isAnswering: boolean }
  | { readonly type: 'answered'; readonly events: readonly ThreadStreamEvent[] }
  | { readonly type: 'refused'; readonly status: number; readonly code: string }
  /** There is no answer, or not all of it. */
  | { readonly type: 'cut'; readonly reason: string };

export interface Session {
  readonly client_secret: string;
  readonly session_id: string;
  readonly expires_at: number;
  readonly api: { readonly url: string };
}

export interface Asking {
  /** The URL of the proxy or of an instance. */
  readonly at: string;
  readonly key?: string;
  readonly onEvent?: (event: ThreadStreamEvent) => void;
  /** When a request counts as hanging, in milliseconds. */
  readonly withinMs?: number;
}

/** What a visitor says. */
export const say = (text: string, threadId?: string) => ({
  type: threadId === undefined ? 'threads.create' : 'threads.add_user_message',
  params: {
    ...(threadId !== undefined && { thread_id: threadId }),
    input: {
      content: [{ type: 'input_text', text }],
      attachments: [],
      inference_options: {},
    },
  },
});

/** The events of a stream as they come. */
async function readEvents(
  response: Response,
  onEvent: (event: ThreadStreamEvent) => void,
): Promise<ThreadStreamEvent[]> {
  const events: ThreadStreamEvent[] = [];
  const decoder = new TextDecoder();
  let rest = '';
  for await (const piece of response.body ?? []) {
    rest += decoder.decode(piece, { stream: true });
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (!line.startsWith('data: ')) continue;
      const event = JSON.parse(line.slice(6)) as ThreadStreamEvent;
      events.push(event);
      onEvent(event);
    }
  }
  return events;
}

/** Sends a request, and tells what became of it. Never rejects. */
async function send(
  url: string,
  init: RequestInit,
  { onEvent = () => undefined, withinMs = 60_000 }: Partial<Asking>,
): Promise<Outcome> {
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(withinMs) });
    if (response.headers.get('content-type')?.startsWith('text/event-stream') === true) {
      return { type: 'answered', events: await readEvents(response, onEvent) };
    }
    const text = await response.text();
    if (response.ok) {
      const isAnswering = response.headers.get('x-taskpilot-answer') === 'running';
      return { type: 'served', body: text === '' ? null : JSON.parse(text), isAnswering };
    }
    // A proxy's own answers are pages.
    const { code } = text.startsWith('{') ? (JSON.parse(text) as { code?: string }) : {};
    return { type: 'refused', status: response.status, code: code ?? 'none' };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const { name, message, cause } = error;
    return {
      type: 'cut',
      reason: `${name}: ${message} ${cause instanceof Error ? cause.message : ''}`,
    };
  }
}

const json = { 'content-type': 'application/json' };

/** A visitor with an open page. */
export class Visitor {
  readonly user: string;
  readonly #headers: Headers;

  /** @param address where they are, which the proxy passes on */
  constructor(address = '192.0.2.1', user = `user-${randomUUID()}`) {
    this.user = user;
    this.#headers = {
      'x-user': user,
      'x-forwarded-for': address,
    };
  }

  open({ at, ...asking }: Asking): Promise<Outcome> {
    const init = { method: 'POST', headers: { ...this.#headers, ...json }, body: '{}' };
    return send(`${at}/api/chatkit/sessions`, init, asking);
  }

  async session(asking: Asking): Promise<Session> {
    const opened = await this.open(asking);
    return opened.type === 'served'
      ? (opened.body as Session)
      : expect.fail(JSON.stringify(opened));
  }

  end({ session_id: id }: Session, { at, ...asking }: Asking): Promise<Outcome> {
    const init = { method: 'DELETE', headers: this.#headers };
    return send(`${at}/api/chatkit/sessions/${id}`, init, asking);
  }

  ask({ client_secret: token }: Session, body: object, { at, key, ...asking }: Asking) {
    const headers = {
      ...this.#headers,
      ...json,
      authorization: `Bearer ${token}`,
      ...(key !== undefined && { 'idempotency-key': key }),
    };
    const init = { method: 'POST', headers, body: JSON.stringify(body) };
    return send(`${at}/api/chatkit`, init, asking);
  }

  /** A thread as a page loads it. */
  async load(session: Session, threadId: string, asking: Asking) {
    const body = { type: 'threads.get_by_id', params: { thread_id: threadId } };
    const outcome = await this.ask(session, body, asking);
    if (outcome.type !== 'served') expect.fail(JSON.stringify(outcome));
    const { items } = outcome.body as { items: { data: readonly ThreadItem[] } };
    return { isAnswering: outcome.isAnswering, items: items.data };
  }

  /** All items of a thread, the oldest first. */
  async items(session: Session, threadId: string, asking: Asking): Promise<readonly ThreadItem[]> {
    const params = { thread_id: threadId, limit: 1000, order: 'asc' };
    const listed = await this.ask(session, { type: 'items.list', params }, asking);
    if (listed.type !== 'served') expect.fail(JSON.stringify(listed));
    return (listed.body as { data: ThreadItem[] }).data;
  }
}

/** The items that a stream has brought. */
export const itemsOf = (events: readonly ThreadStreamEvent[]): readonly ThreadItem[] =>
  events.flatMap((event) => (event.type === 'thread.item.done' ? [event.item] : []));

/** The text of a message. */
export const textOf = (item: ThreadItem): string =>
  item.type === 'user_message' || item.type === 'assistant_message'
    ? item.content.map((part) => part.text).join('')
    : '';

/** The thread of an answer. */
export const threadOf = (events: readonly ThreadStreamEvent[]): string =>
  itemsOf(events)[0]?.thread_id ?? expect.fail('no item');

/** Whether an answer has come to its end. */
export const isComplete = (outcome: Outcome): boolean =>
  outcome.type === 'answered' &&
  itemsOf(outcome.events).some(({ type }) => type === 'assistant_message') &&
  !outcome.events.some(({ type }) => type === 'error');
