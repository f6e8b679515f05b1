import type { ServerResponse } from 'node:http';
import type { ThreadStreamEvent } from './protocol/index.js';

export interface EventStreamOptions {
  /** How long nothing may be sent before a comment is, which keeps proxies from closing, in milliseconds. */
  readonly heartbeatMs: number;
  /** How long a reader may leave what was sent to it unread, in milliseconds. */
  readonly stalledMs: number;
}

/**
 * Without the empty line that would end an event: a reader that takes each block for an event must not find
 * an empty one.
 */
const heartbeat = ': keep-alive\n';
/** What comes in one turn of the event loop is sent together, up to about so many characters. */
const batch = 8192;

/** Server-sent events to one client, which may read slowly, or go away. */
export class EventStream {
  readonly #response: ServerResponse;
  readonly #options: EventStreamOptions;
  readonly #heartbeat: NodeJS.Timeout;
  #drained: (() => void) | null = null;
  /** Events of this turn of the event loop. */
  #unsent = '';

  constructor(response: ServerResponse, options: EventStreamOptions) {
    this.#response = response;
    this.#options = options;
    this.#heartbeat = setTimeout(() => this.#beat(), options.heartbeatMs).unref();
    response.on('drain', () => this.#drained?.());
    response.once('close', () => {
      clearTimeout(this.#heartbeat);
      this.#drained?.();
    });
  }

  /** Whether the client can still be reached. */
  get open(): boolean {
    return !this.#response.destroyed && !this.#response.writableEnded;
  }

  /** Sends an event. With `wait`, the client has not yet taken what was sent before, and must be waited for. */
  send(event: ThreadStreamEvent): 'go on' | 'wait' {
    if (!this.open) return 'go on';
    // A model's words arrive several at a time, and a write for each would cost more than all else here.
    if (this.#unsent === '') process.nextTick(() => this.#flush());
    this.#unsent += `data: ${JSON.stringify(event)}\n\n`;
    if (this.#unsent.length > batch) this.#flush();
    return this.#response.writableNeedDrain ? 'wait' : 'go on';
  }

  end(): void {
    clearTimeout(this.#heartbeat);
    this.#flush();
    if (this.open) this.#response.end();
  }

  /** Waits until what was sent is on its way, or the client is gone. A client that reads nothing is cut. */
  async drained(): Promise<void> {
    if (!this.open || !this.#response.writableNeedDrain) return;
    const cut = setTimeout(() => this.#response.destroy(), this.#options.stalledMs).unref();
    await new Promise<void>((resolve) => {
      this.#drained = resolve;
    });
    this.#drained = null;
    clearTimeout(cut);
  }

  #flush(): void {
    if (this.#unsent === '') return;
    if (this.open) this.#response.write(this.#unsent);
    this.#unsent = '';
    this.#heartbeat.refresh();
  }

  #beat(): void {
    if (!this.open) return;
    if (!this.#response.writableNeedDrain) this.#response.write(heartbeat);
    this.#heartbeat.refresh();
  }
}
