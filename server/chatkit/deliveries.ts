/** How a stream ended: by itself, or because nobody read on. */
export type DeliveryEnd = 'complete' | 'cut';

/** What became of the answer to a message, as far as this process knows. */
export type DeliveryState =
  /** Nothing is known: it was answered by another process, or long ago. */
  | { readonly type: 'unknown' }
  /** Its stream was read, to its end or until the visitor stopped it. */
  | { readonly type: 'delivered' }
  /** Its stream is being read, as it seems: a connection can be dead for minutes before that shows. */
  | { readonly type: 'open'; readonly left: Remains }
  /** Nobody has seen it: the connection was gone before there was anything to see. */
  | { readonly type: 'lost'; readonly left: Remains };

/** What there is of an answer that its client may not have seen. */
export type Remains =
  | { readonly type: 'nothing' }
  /** It is being stopped, and still writes down what it had said. */
  | { readonly type: 'stopping'; readonly ended: Promise<DeliveryEnd> }
  /** It is stored, or will be. */
  | { readonly type: 'answer'; readonly ended: Promise<DeliveryEnd> };

/** An answer that began to show this long before the connection was gone has been seen, in milliseconds. */
const seenAfterMs = 1000;
/** How long the end of a delivery is remembered, in milliseconds: longer than a client goes on repeating. */
export const repeatWindowMs = 120_000;
const maxEntries = 20_000;
/** A stream that nobody has begun to read by then never will be, in milliseconds. */
const beginWithinMs = 5000;

export interface DeliverySignals {
  /** Aborted when the answer is not to be made any more. */
  readonly signal: AbortSignal;
  /** Aborted when the client is gone. */
  readonly disconnected: AbortSignal;
}

/** One stream, from the message that it answers to its end. */
export class Delivery {
  readonly #signals: DeliverySignals;
  readonly #now: () => number;
  readonly #ended: Promise<DeliveryEnd>;
  #finish: (result: DeliveryEnd) => void = () => undefined;
  #shownAt: number | null = null;
  #goneAt: number | null = null;
  #result: 'waiting' | 'running' | DeliveryEnd = 'waiting';
  readonly #beginning: NodeJS.Timeout;
  endedAt: number | null = null;

  constructor(signals: DeliverySignals, now: () => number) {
    this.#signals = signals;
    this.#now = now;
    this.#ended = new Promise((resolve) => {
      this.#finish = resolve;
    });
    this.#beginning = setTimeout(() => this.end('cut'), beginWithinMs).unref();
    const gone = () => {
      // Whoever has one signal for everything may abort it after the end as well.
      if (this.endedAt !== null && signals.disconnected === signals.signal) return;
      this.#goneAt ??= now();
    };
    if (signals.disconnected.aborted) gone();
    else signals.disconnected.addEventListener('abort', gone, { once: true });
  }

  /** The stream is being read. */
  begin(): void {
    clearTimeout(this.#beginning);
    if (this.#result === 'waiting') this.#result = 'running';
  }

  /** The client has taken a part of the answer itself. */
  shown(): void {
    if (!this.#signals.disconnected.aborted) this.#shownAt ??= this.#now();
  }

  end(result: DeliveryEnd): void {
    if (this.endedAt !== null) return;
    clearTimeout(this.#beginning);
    this.#result = result;
    this.endedAt = this.#now();
    if (result === 'cut') this.#goneAt ??= this.endedAt;
    this.#finish(result);
  }

  get state(): DeliveryState {
    const left = this.#left;
    if (this.#goneAt === null) {
      return this.endedAt === null ? { type: 'open', left } : { type: 'delivered' };
    }
    const seen = this.#shownAt !== null && this.#goneAt - this.#shownAt >= seenAfterMs;
    // Where a disconnect does not stop an answer, it does not say that the visitor wanted no more of it.
    return seen && left.type !== 'answer' ? { type: 'delivered' } : { type: 'lost', left };
  }

  get #left(): Remains {
    switch (this.#result) {
      case 'waiting':
        if (this.#goneAt === null) return { type: 'answer', ended: this.#ended };
        return { type: 'nothing' };
      case 'cut':
        return { type: 'nothing' };
      case 'complete':
        return { type: 'answer', ended: this.#ended };
      case 'running':
        return {
          type: this.#signals.signal.aborted ? 'stopping' : 'answer',
          ended: this.#ended,
        };
    }
  }
}

/** Remembers, by the id of the item that is answered, whether the answer reached the client. */
export class Deliveries {
  readonly #entries = new Map<string, Delivery>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  open(itemId: string, signals: DeliverySignals): Delivery {
    const delivery = new Delivery(signals, this.#now);
    this.#entries.delete(itemId);
    this.#entries.set(itemId, delivery);
    this.#evict();
    return delivery;
  }

  forget(itemId: string): void {
    this.#entries.delete(itemId);
  }

  stateOf(itemId: string): DeliveryState {
    return this.#entries.get(itemId)?.state ?? { type: 'unknown' };
  }

  /** Entries are in the order of their start, so the old ones are in front. */
  #evict(): void {
    const oldest = this.#now() - repeatWindowMs;
    for (const [itemId, { endedAt }] of this.#entries) {
      const expired = endedAt !== null && endedAt < oldest;
      if (!expired && this.#entries.size <= maxEntries) return;
      this.#entries.delete(itemId);
    }
  }
}
