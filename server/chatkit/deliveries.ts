/** What became of the answer to a message, as far as this process knows. */
export type DeliveryState =
  /** Nothing is known: it was answered by another process, or long ago. */
  | { readonly type: 'unknown' }
  /** Its stream is being read. */
  | { readonly type: 'open' }
  /** Its stream was read, to its end or until the visitor stopped it. */
  | { readonly type: 'delivered' }
  /**
   * Nobody has seen it: the connection was gone before there was anything to see. With `goesOn`, it is
   * answered and stored all the same. `ended` is fulfilled when nothing more happens for it.
   */
  | {
      readonly type: 'lost';
      readonly goesOn: boolean;
      readonly over: boolean;
      readonly ended: Promise<void>;
    };

/** An answer that began to show this long before the connection was gone has been seen, in milliseconds. */
const seenAfterMs = 1000;
/** How long the end of a delivery is remembered, in milliseconds: longer than a client goes on repeating. */
export const repeatWindowMs = 120_000;
const maxEntries = 20_000;

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
  readonly #ended: Promise<void>;
  #finish: () => void = () => undefined;
  #shownAt: number | null = null;
  #goneAt: number | null = null;
  #result: 'waiting' | 'running' | 'complete' | 'cut' = 'waiting';
  endedAt: number | null = null;

  constructor(signals: DeliverySignals, now: () => number) {
    this.#signals = signals;
    this.#now = now;
    this.#ended = new Promise((resolve) => {
      this.#finish = resolve;
    });
    const gone = () => {
      // Whoever has one signal for everything may abort it after the end as well.
      if (this.endedAt !== null && signals.disconnected === signals.signal) return;
      this.#goneAt ??= now();
    };
    if (signals.disconnected.aborted) gone();
    else signals.disconnected.addEventListener('abort', gone, { once: true });
  }

  /** The stream is being read. One that never is has nothing to be waited for. */
  begin(): void {
    if (this.#result === 'waiting') this.#result = 'running';
  }

  /** The client has taken a part of the answer itself. */
  shown(): void {
    if (!this.#signals.disconnected.aborted) this.#shownAt ??= this.#now();
  }

  /** @param result `complete` when the stream came to its own end */
  end(result: 'complete' | 'cut'): void {
    if (this.endedAt !== null) return;
    this.#result = result;
    this.endedAt = this.#now();
    if (result === 'cut') this.#goneAt ??= this.endedAt;
    this.#finish();
  }

  get state(): DeliveryState {
    if (this.#goneAt === null) return { type: this.endedAt === null ? 'open' : 'delivered' };
    const over = this.#result !== 'running';
    const goesOn =
      this.#result === 'complete' || (this.#result === 'running' && !this.#signals.signal.aborted);
    const seen = this.#shownAt !== null && this.#goneAt - this.#shownAt >= seenAfterMs;
    // Where a disconnect does not stop an answer, it does not say that the visitor wanted no more of it.
    if (seen && !goesOn) return { type: 'delivered' };
    return { type: 'lost', goesOn, over, ended: this.#ended };
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
