import { randomUUID } from 'node:crypto';
import { setTimeout as think } from 'node:timers/promises';
import type { ThreadStreamEvent } from '@taskpilot-chat/server/chatkit';
import {
  isComplete,
  itemsOf,
  say,
  threadOf,
  Visitor,
  type Asking,
  type Outcome,
  type Session,
} from './visitor.js';

/** A message and the responses of the service to it. */
export interface Said {
  readonly visitor: Visitor;
  readonly text: string;
  readonly threadId: string | null;
  /** Its id, once the visitor has seen it: it must not be lost any more. */
  readonly acknowledged: string | null;
}

export interface LoadOptions {
  readonly url: string;
  readonly visitors: number;
  /** Whether visitors repeat with the same key what was not answered to its end, as the widget does. */
  readonly repeats?: boolean;
  /** What they say, with a number after it. */
  readonly text?: string;
  /** When a request counts as hanging, in milliseconds. */
  readonly withinMs?: number;
}

const thinkMs = 100;
/** Then they begin another thread. */
const messagesPerThread = 5;

/** Visitors who talk at the same time, until they are stopped. Each opens a session, says something and reads. */
export class Load {
  readonly outcomes: Outcome[] = [];
  readonly said: Said[] = [];
  readonly #options: LoadOptions;
  readonly #talking: Promise<unknown>;
  #stopping = false;

  constructor(options: LoadOptions) {
    this.#options = options;
    const visitors = Array.from({ length: options.visitors }, (_, index) =>
      this.#talk(new Visitor(`198.51.100.${index}`)),
    );
    this.#talking = Promise.all(visitors);
  }

  /** Lets everybody finish what they are doing. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#talking;
  }

  get answered(): number {
    return this.outcomes.filter(isComplete).length;
  }

  get #asking(): Asking {
    const { url: at, withinMs = 60_000 } = this.#options;
    return { at, withinMs };
  }

  async #talk(visitor: Visitor): Promise<void> {
    let threadId: string | null = null;
    for (let count = 0; !this.#stopping; count++) {
      if (count % messagesPerThread === 0) threadId = null;
      const session = await this.#open(visitor);
      if (session === null) continue;
      threadId = await this.#say(visitor, session, threadId);
      if (threadId === null) continue;
      const params = { thread_id: threadId, limit: 20 };
      this.#count(await visitor.ask(session, { type: 'items.list', params }, this.#asking));
      await think(thinkMs);
    }
  }

  async #open(visitor: Visitor): Promise<Session | null> {
    const opened = this.#count(await visitor.open(this.#asking));
    if (opened.type === 'served') return opened.body as Session;
    await think(thinkMs);
    return null;
  }

  /** Returns the thread of the message, or null when there is none yet. */
  async #say(visitor: Visitor, session: Session, known: string | null): Promise<string | null> {
    const { text: beginning = 'hello', repeats = false } = this.#options;
    const key = randomUUID();
    const text = `${beginning} ${key}`;
    let acknowledged: string | null = null;
    let threadId = known;
    const onEvent = (event: ThreadStreamEvent) => {
      const [message] = itemsOf([event]);
      if (message?.type !== 'user_message') return;
      acknowledged = message.id;
      threadId = message.thread_id;
    };
    for (;;) {
      const asking = { ...this.#asking, key, onEvent };
      const outcome = this.#count(
        await visitor.ask(session, say(text, known ?? undefined), asking),
      );
      if (outcome.type === 'answered') threadId ??= threadOf(outcome.events);
      if (!repeats || isComplete(outcome)) break;
      await think(thinkMs);
    }
    this.said.push({ visitor, text, threadId, acknowledged });
    return threadId;
  }

  #count(outcome: Outcome): Outcome {
    this.outcomes.push(outcome);
    return outcome;
  }
}
