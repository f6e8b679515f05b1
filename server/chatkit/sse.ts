import type { ServerResponse } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Deferred } from './async.js';
import { Interruption } from './errors.js';
import type { ThreadStreamEvent } from './protocol/index.js';

export interface EventStreamOptions {
  /** After so many silent milliseconds a comment is sent, so that proxies do not close the connection. */
  readonly heartbeatMs: number;
  /** After so many milliseconds a client that does not read is disconnected. */
  readonly stalledMs: number;
}

/** Without the empty line that ends an event, because some parsers would report an empty event. */
const heartbeat = ': keep-alive\n';
/** The events of one turn of the event loop are written together, up to about so many characters. */
const maxBatchLength = 8192;

/**
 * Server-sent events to one client, with back-pressure. By hand, because of the batches and the limit for a
 * client that does not read.
 */
export class EventStream {
  readonly #response: ServerResponse;
  readonly #options: EventStreamOptions;
  readonly #heartbeat: NodeJS.Timeout;
  #drained: Deferred | null = null;
  /** The events of this turn of the event loop. */
  #batch = '';

  constructor(response: ServerResponse, options: EventStreamOptions) {
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

export interface ActiveRequestOptions extends EventStreamOptions {
  readonly onDisconnect: 'stop' | 'finish';
  readonly deadlineMs: number;
}

/** A request that is being answered, with the signals that end it. */
export class ActiveRequest {
  readonly #stop = new AbortController();
  readonly #disconnect = new AbortController();
  readonly #reply: FastifyReply;
  readonly #options: ActiveRequestOptions;
  readonly #ended = new Deferred();

  constructor(reply: FastifyReply, options: ActiveRequestOptions) {
    this.#reply = reply;
    this.#options = options;
    let finished = false;
    reply.raw.once('finish', () => {
      finished = true;
    });
    reply.raw.once('close', () => {
      if (finished) return;
      this.#disconnect.abort();
      if (options.onDisconnect === 'stop') this.#stop.abort();
    });
  }

  /** Aborted when the answer is to be stopped. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Aborted when the client has disconnected before the end. */
  get disconnected(): AbortSignal {
    return this.#disconnect.signal;
  }

  /** Fulfilled when everything is sent and stored. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Stops the answer as the visitor's stop button does: what has been said is kept. */
  stop(): void {
    this.#stop.abort();
  }

  /** Ends the answer with an error that allows a retry. */
  interrupt(): void {
    this.#stop.abort(new Interruption('shutdown'));
  }

  end(): void {
    this.#ended.resolve();
  }

  /**
   * Sends the events until their end. They are read to their end without a client, too, because reading them
   * is what stores them; a stopped answer ends by itself.
   */
  async stream(
    events: AsyncIterable<ThreadStreamEvent>,
    log: FastifyRequest['log'],
  ): Promise<FastifyReply> {
    const { raw } = this.#reply.hijack();
    const deadline = setTimeout(() => {
      this.#stop.abort(new Interruption('deadline'));
    }, this.#options.deadlineMs).unref();
    // An error of the connection also closes it, and `close` is handled.
    raw.on('error', (error) => log.debug({ err: error }, 'The connection broke.'));
    this.#writeHead();
    const stream = new EventStream(raw, this.#options);
    try {
      // For a slow reader, no more is buffered than the socket's buffer and one batch.
      for await (const event of events) if (stream.send(event) === 'wait') await stream.drained();
    } catch (error) {
      log.error({ err: error }, 'An event could not be sent.');
      stream.send({ type: 'error', code: 'stream.error', allow_retry: true });
    } finally {
      clearTimeout(deadline);
      stream.end();
    }
    return this.#reply;
  }

  /** Sends the head at once, with the headers that hooks have set (CORS, for example). */
  #writeHead(): void {
    const { raw } = this.#reply;
    if (raw.destroyed) return;
    for (const [name, value] of Object.entries(this.#reply.getHeaders())) {
      if (value !== undefined) raw.setHeader(name, value);
    }
    raw.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    });
    raw.flushHeaders();
  }
}
