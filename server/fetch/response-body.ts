import { EventEmitter } from 'node:events';
import type { EventSink } from '../chatkit/sse.js';

/** As Node buffers of a response. */
const highWaterMark = 16_384;

/** The body of a response that is written as Node's responses are. */
export class ResponseBody extends EventEmitter implements EventSink {
  readonly stream: ReadableStream<Uint8Array>;
  readonly #encoder = new TextEncoder();
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  #state: 'open' | 'ended' | 'destroyed' = 'open';

  constructor() {
    super();
    this.stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => void this.emit('drain'),
        cancel: () => this.#close('destroyed'),
      },
      new ByteLengthQueuingStrategy({ highWaterMark }),
    );
  }

  get destroyed(): boolean {
    return this.#state === 'destroyed';
  }

  get writableEnded(): boolean {
    return this.#state === 'ended';
  }

  get writableNeedDrain(): boolean {
    return this.#state === 'open' && (this.#controller.desiredSize ?? 0) <= 0;
  }

  write(text: string): void {
    if (this.#state === 'open') this.#controller.enqueue(this.#encoder.encode(text));
  }

  end(): void {
    if (this.#state !== 'open') return;
    this.#controller.close();
    this.#close('ended');
  }

  /** Breaks the connection, if the client has not done so. */
  destroy(): void {
    if (this.#state !== 'open') return;
    this.#controller.error(new Error('The client has gone, or did not read.'));
    this.#close('destroyed');
  }

  #close(state: 'ended' | 'destroyed'): void {
    if (this.#state !== 'open') return;
    this.#state = state;
    this.emit('close');
  }
}
