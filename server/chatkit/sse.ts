import type { FastifyReply, FastifyRequest } from 'fastify';
import { Deferred } from './async.js';
import type { ThreadStreamEvent } from './protocol/index.js';
import type { FailureLog } from './refusal.js';

export interface EventStreamOptions {
  /** After so many silent milliseconds a comment is sent, so that proxies do not close the connection. */
  readonly heartbeatMs: number;
  /** After so many milliseconds a client that does not read is disconnected. */
  readonly stalledMs: number;
}

/** Where the text of events goes: the response of Node, or what stands in for one. */
export interface EventSink {
  readonly destroyed: boolean;
  readonly writableEnded: boolean;
  readonly writableNeedDrain: boolean;
  write(text: string): unknown;
  end(): unknown;
  destroy(): unknown;
  on(event: 'drain', listener: () => void): unknown;
  once(event: 'close', listener: () => void): unknown;
}

/** Headers of a stream of events. */
export const eventStreamHeaders = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
} as const;

/** Without the empty line that ends an event, because some parsers would report an empty event. */
const heartbeat = ': keep-alive\n';
/** The events of one turn of the event loop are written together, up to about so many characters. */
const maxBatchLength = 8192;

/**
 * Server-sent events to one client, with back-pressure. By hand, because of the batches and the limit for a
 * client that does not read.
 */
export class EventStream {
  readonly #response: EventSink;
  readonly #options: EventStreamOptions;
  readonly #heartbeat: NodeJS.Timeout;
  #drained: Deferred | null = null;
  /** The events of this turn of the event loop. */
  #batch = '';

  constructor(response: EventSink, options: EventStreamOptions) {
    this.#response = response;
    this.#options = options;
    this.#heartbeat = setTimeout(() => this.#beat(), options.heartbeatMs).unref();
    response.on('drain', () => this.#drained?.resolve());
    response.once('close', () => {
      clearTimeout(this.#heartbeat);
      this.#drained?.resolve();
    });
  }

  /** Whether the client is connected. */
  get open(): boolean {
    return !this.#response.destroyed && !this.#response.writableEnded;
  }

  /** Sends an event. After `wait`, await `drained()` before the next one. */
  send(event: ThreadStreamEvent): 'go on' | 'wait' {
    if (!this.open) return 'go on';
    // Deltas arrive several at a time, and a write for each is the most expensive part of a stream.
    if (this.#batch === '') process.nextTick(() => this.#flush());
    this.#batch += `data: ${JSON.stringify(event)}\n\n`;
    if (this.#batch.length > maxBatchLength) this.#flush();
    return this.#response.writableNeedDrain ? 'wait' : 'go on';
  }

  end(): void {
    clearTimeout(this.#heartbeat);
    this.#flush();
    if (this.open) this.#response.end();
  }

  /** Waits until the client has read enough, or has disconnected; after `stalledMs` it is disconnected. */
  async drained(): Promise<void> {
    if (!this.open || !this.#response.writableNeedDrain) return;
    const stalled = setTimeout(() => this.#response.destroy(), this.#options.stalledMs).unref();
    this.#drained = new Deferred();
    await this.#drained.promise;
    this.#drained = null;
    clearTimeout(stalled);
  }

  #flush(): void {
    if (this.#batch === '') return;
    if (this.open) this.#response.write(this.#batch);
    this.#batch = '';
    this.#heartbeat.refresh();
  }

  #beat(): void {
    if (!this.open) return;
    if (!this.#response.writableNeedDrain) this.#response.write(heartbeat);
    this.#heartbeat.refresh();
  }
}

/** Writes the events until their end, or until the client disconnects: the signal aborts then, and ends the events. */
export async function writeEvents(
  sink: EventSink,
  events: AsyncIterable<ThreadStreamEvent>,
  options: EventStreamOptions & { readonly log: Pick<FailureLog, 'error'> },
): Promise<void> {
  const { log } = options;
  const stream = new EventStream(sink, options);
  try {
    // For a slow reader, no more is buffered than the socket's buffer and one batch.
    for await (const event of events) if (stream.send(event) === 'wait') await stream.drained();
  } catch (error) {
    log.error({ err: error }, 'An event could not be sent.');
    stream.send({ type: 'error', code: 'stream.error', allow_retry: true });
  } finally {
    stream.end();
  }
}

/** Sends the events over the connection of the reply. */
export async function sendEvents(
  reply: FastifyReply,
  events: AsyncIterable<ThreadStreamEvent>,
  options: EventStreamOptions & { readonly log: FastifyRequest['log'] },
): Promise<void> {
  const { raw } = reply.hijack();
  // An error of the connection also closes it, and `close` is handled.
  raw.on('error', (error) => options.log.debug({ err: error }, 'The connection broke.'));
  writeHead(reply);
  await writeEvents(raw, events, options);
}

/** A signal that aborts when the client of the reply disconnects before its end. */
export function disconnectSignal({ raw }: FastifyReply): AbortSignal {
  const controller = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) controller.abort();
  });
  return controller.signal;
}

/** Sends the head at once, with the headers that hooks have set (CORS, for example). */
function writeHead(reply: FastifyReply): void {
  const { raw } = reply;
  if (raw.destroyed) return;
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) raw.setHeader(name, value);
  }
  raw.writeHead(200, eventStreamHeaders);
  raw.flushHeaders();
}
