import type { ThreadStreamEvent } from '../chatkit/index.js';

type Emit = (event: ThreadStreamEvent) => void;

export interface Lane {
  readonly emit: Emit;
  /** Lets the next lane speak. */
  readonly close: () => void;
}

interface OpenLane {
  readonly waiting: ThreadStreamEvent[];
  closed: boolean;
}

/**
 * Sends what several agents say at once one after the other, in the order in which they began to speak. The order on
 * the visitor's screen is then the order in the thread.
 */
export class Lanes {
  readonly #emit: Emit;
  readonly #open: OpenLane[] = [];

  constructor(emit: Emit) {
    this.#emit = emit;
  }

  /** An agent that says nothing takes no turn. */
  open(): Lane {
    const lane: OpenLane = { waiting: [], closed: false };
    return {
      emit: (event) => {
        if (!this.#open.includes(lane)) this.#open.push(lane);
        if (this.#open[0] === lane) this.#emit(event);
        else lane.waiting.push(event);
      },
      close: () => {
        lane.closed = true;
        this.#advance();
      },
    };
  }

  #advance(): void {
    for (;;) {
      const [first] = this.#open;
      if (first === undefined) return;
      for (const event of first.waiting.splice(0)) this.#emit(event);
      if (!first.closed) return;
      this.#open.shift();
    }
  }
}
