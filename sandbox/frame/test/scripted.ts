import type { FileUpload } from '../../page/fetch-relay.js';
import { ProtocolClient } from '../protocol-client.js';
import type { Transport } from '../transports.js';
import type { AssistantMessage, StreamEvent, UserMessage } from '../wire.js';

const created_at = '2025-11-24T10:00:00.000Z';

export interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

export function defer<T = void>(): Deferred<T> {
  let resolve: Deferred<T>['resolve'] = () => undefined;
  let reject: Deferred<T>['reject'] = () => undefined;
  const promise = new Promise<T>((done, failed) => {
    resolve = done;
    reject = failed;
  });
  return { promise, resolve, reject };
}

export const json = (body: unknown, status = 200): Response => Response.json(body, { status });

/** A stream that the test writes to. */
export function openStream() {
  const encoder = new TextEncoder();
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  const body = new ReadableStream<Uint8Array>({
    start: (started) => {
      controller = started;
    },
    // Chunks sent after a cancel are dropped.
    cancel: () => {
      controller = undefined;
    },
  });
  return {
    response: new Response(body, { headers: { 'content-type': 'text/event-stream' } }),
    send: (...events: readonly object[]) => {
      for (const event of events) {
        controller?.enqueue(encoder.encode(`data: ${JSON.stringify(event)}\n\n`));
      }
    },
    end: () => controller?.close(),
    cut: () => controller?.error(new TypeError('network error')),
  };
}

/** A complete stream. */
export function streamOf(...events: readonly object[]): Response {
  const stream = openStream();
  stream.send(...events);
  stream.end();
  return stream.response;
}

export interface Asked {
  readonly type: string;
  readonly params: Readonly<Record<string, unknown>>;
}

export type Answer = Response | Error | Promise<Response>;

/** Answers requests in order, and records them. */
export class ScriptedTransport implements Transport {
  readonly asked: Asked[] = [];
  /** Calls of `connect`. */
  connects = 0;
  /** What `connect` does. */
  access: () => Promise<void> = () => Promise.resolve();
  readonly #answers: ((asked: Asked) => Answer)[] = [];

  next(...answers: readonly (Answer | ((asked: Asked) => Answer))[]): this {
    for (const answer of answers) {
      this.#answers.push(typeof answer === 'function' ? answer : () => answer);
    }
    return this;
  }

  connect(): Promise<void> {
    this.connects++;
    return this.access();
  }

  post(body: string, signal: AbortSignal): Promise<Response> {
    return this.#ask(JSON.parse(body) as Asked, signal);
  }

  upload(upload: FileUpload, signal: AbortSignal): Promise<Response> {
    return this.#ask({ type: 'upload', params: { ...upload } }, signal);
  }

  async #ask(asked: Asked, signal: AbortSignal): Promise<Response> {
    this.asked.push(asked);
    const answer = this.#answers.shift();
    if (answer === undefined) throw new Error(`No scripted answer for ${asked.type}`);
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
    aborted.catch(() => undefined);
    const given = answer(asked);
    if (given instanceof Error) throw given;
    const response = await Promise.race([given, aborted]);
    // As with `fetch`, an abort ends the body too.
    const through = new TransformStream<Uint8Array, Uint8Array>();
    const piping = response.body?.pipeTo(through.writable, { signal });
    piping?.catch(() => undefined);
    const { status, headers } = response;
    return new Response(response.body ? through.readable : null, { status, headers });
  }
}

export function clientOf(transport: Transport, pauses: number[] = []): ProtocolClient {
  return new ProtocolClient({
    transport,
    sleep: (ms) => {
      pauses.push(ms);
      return Promise.resolve();
    },
  });
}

export const user = (id: string, text: string): UserMessage => ({
  type: 'user_message',
  id,
  created_at,
  content: [{ type: 'input_text', text }],
});

export const assistant = (id: string, text: string): AssistantMessage => ({
  type: 'assistant_message',
  id,
  created_at,
  content: [{ text, annotations: [] }],
});

export const thread = (id: string, title?: string) => ({
  id,
  created_at,
  ...(title !== undefined && { title }),
});

export const created = (id: string): StreamEvent => ({
  type: 'thread.created',
  thread: thread(id),
});
export const added = (item: AssistantMessage | UserMessage): StreamEvent => ({
  type: 'thread.item.added',
  item,
});
export const done = (item: AssistantMessage | UserMessage): StreamEvent => ({
  type: 'thread.item.done',
  item,
});
export const delta = (id: string, text: string): StreamEvent => ({
  type: 'thread.item.updated',
  item_id: id,
  update: { type: 'assistant_message.content_part.text_delta', content_index: 0, delta: text },
});
