import type { FastifyReply, FastifyRequest } from 'fastify';
import { Interruption } from './errors.js';
import { EventStream, type EventStreamOptions } from './sse.js';
import type { ThreadStreamEvent } from './protocol/index.js';

export interface RunOptions extends EventStreamOptions {
  readonly onDisconnect: 'stop' | 'finish';
  readonly deadlineMs: number;
}

/** The work on one request, and what can end it. */
export class Run {
  readonly #stop = new AbortController();
  readonly #disconnect = new AbortController();
  readonly #reply: FastifyReply;
  readonly #options: RunOptions;
  /** Fulfilled when all is done and stored. */
  readonly ended: Promise<void>;
  #end: () => void = () => undefined;

  constructor(reply: FastifyReply, options: RunOptions) {
    this.#reply = reply;
    this.#options = options;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
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

  /** Aborted when the answer is not to go on. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Aborted when the client has gone before it had everything. */
  get disconnected(): AbortSignal {
    return this.#disconnect.signal;
  }

  /** Ends the answer with an error that allows to try again. */
  interrupt(): void {
    this.#stop.abort(new Interruption('shutdown'));
  }

  end(): void {
    this.#end();
  }

  /**
   * Sends the events until their end. With a client that has gone they are still read: what reading them
   * stores is wanted, or they have been stopped and end by themselves.
   */
  async stream(
    events: AsyncIterable<ThreadStreamEvent>,
    log: FastifyRequest['log'],
  ): Promise<FastifyReply> {
    const { raw } = this.#reply.hijack();
    const deadline = setTimeout(() => {
      this.#stop.abort(new Interruption('deadline'));
    }, this.#options.deadlineMs).unref();
    // What breaks the connection closes it, too, and that is what counts.
    raw.on('error', (error) => log.debug({ err: error }, 'The connection broke.'));
    this.#begin();
    const stream = new EventStream(raw, this.#options);
    try {
      // Little more than the socket's buffer is all that is ever held for a slow reader.
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

  /** The head goes at once, with what hooks have set before (CORS, say). */
  #begin(): void {
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
