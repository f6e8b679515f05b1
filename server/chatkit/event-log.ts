import { Deferred } from './async.js';
import type { ThreadStreamEvent } from './protocol/index.js';

interface Entry {
  readonly event: ThreadStreamEvent;
  readonly bytes: number;
}

interface Reader {
  /** The number of the event that it reads next. */
  next: number;
}

/** What an event with a delta has beside it, in characters. */
const deltaOverhead = 200;

/** Roughly the size of an event. Most are deltas, and need not be serialised for it. */
function sizeOf(event: ThreadStreamEvent): number {
  const update = event.type === 'thread.item.updated' ? event.update : null;
  if (update !== null && 'delta' in update) return deltaOverhead + update.delta.length;
  return JSON.stringify(event).length;
}

/**
 * The events of a running answer for any number of readers, who get them from the first one. Above `maxBytes`, events
 * that all readers have are dropped, and no further reader can join.
 */
export class EventLog {
  #maxBytes: number;
  readonly #onUnread: () => void;
  readonly #entries: Entry[] = [];
  readonly #readers = new Set<Reader>();
  #dropped = 0;
  #bytes = 0;
  #closed = false;
  #change: Deferred | null = null;

  /** @param onUnread called when the last reader has left before the end */
  constructor(maxBytes: number, onUnread: () => void) {
    this.#maxBytes = maxBytes;
    this.#onUnread = onUnread;
  }

  /** Whether it still has its first event. */
  get complete(): boolean {
    return this.#dropped === 0;
  }

  /** Adds an event. After `wait`, await `drained()` before the next one. */
  add(event: ThreadStreamEvent): 'go on' | 'wait' {
    const bytes = sizeOf(event);
    this.#entries.push({ event, bytes });
    this.#bytes += bytes;
    this.#notify();
    this.#drop();
    return this.#full ? 'wait' : 'go on';
  }

  /** Waits until the slowest reader has caught up, or has left. */
  async drained(): Promise<void> {
    while (this.#full) {
      await this.#changed();
      this.#drop();
    }
  }

  /** Waits for no reader any more: the last events of an answer that ends early are few. */
  unbound(): void {
    this.#maxBytes = Infinity;
    this.#notify();
  }

  close(): void {
    this.#closed = true;
    this.#notify();
  }

  /**
   * Reads the events so far, and then each when it is added. Ends when the signal aborts.
   *
   * @param skip the number of events that the reader has already
   */
  follow(signal: AbortSignal, skip = 0): AsyncGenerator<ThreadStreamEvent, void> {
    const reader: Reader = { next: skip };
    const leave = () => {
      signal.removeEventListener('abort', leave);
      if (!this.#readers.delete(reader)) return;
      this.#notify();
      if (this.#readers.size === 0 && !this.#closed) this.#onUnread();
    };
    this.#readers.add(reader);
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave);
    // Not an async generator: that makes several promises for each event, and most events are one word.
    return {
      next: () => this.#next(reader, leave),
      return: () => {
        leave();
        return Promise.resolve({ done: true, value: undefined });
      },
      throw: (error: Error) => {
        leave();
        return Promise.reject(error);
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  async #next(reader: Reader, leave: () => void): Promise<IteratorResult<ThreadStreamEvent, void>> {
    while (this.#readers.has(reader)) {
      const entry = this.#entries[reader.next - this.#dropped];
      if (entry !== undefined) {
        reader.next += 1;
        if (this.#full) this.#notify();
        return { done: false, value: entry.event };
      }
      if (this.#closed) break;
      await this.#changed();
    }
    leave();
    return { done: true, value: undefined };
  }

  /** Also false for a single event that is larger than the limit. */
  get #full(): boolean {
    return this.#bytes > this.#maxBytes && this.#entries.length > 1 && this.#readers.size > 0;
  }

  #drop(): void {
    const read = Math.min(...[...this.#readers].map(({ next }) => next));
    while (this.#bytes > this.#maxBytes && this.#dropped < read) {
      const entry = this.#entries.shift();
      if (entry === undefined) return;
      this.#bytes -= entry.bytes;
      this.#dropped += 1;
    }
  }

  #changed(): Promise<void> {
    this.#change ??= new Deferred();
    return this.#change.promise;
  }

  #notify(): void {
    this.#change?.resolve();
    this.#change = null;
  }
}
