import { randomUUID } from 'node:crypto';
import { Deferred } from './async.js';
import { ChatKitProblem, Interruption } from './errors.js';
import { EventLog } from './event-log.js';
import { isHidden, type ThreadItem, type ThreadStreamEvent } from './protocol/index.js';
import { PendingItems } from './stream.js';

type Events = AsyncGenerator<ThreadStreamEvent, void>;

/** Registers a callback for the early end of a session, and returns a function that removes it. */
export type OnRevoked = (callback: () => void) => () => void;

export interface AnswerLimits {
  /** How long an answer may take, in milliseconds. */
  readonly deadlineMs: number;
  /** Answers that are made at the same time. */
  readonly maxAnswers: number;
  /** Bytes of events that are kept of each answer, for readers that join. */
  readonly maxBufferedBytes: number;
}

/** An answer that is being made. */
export class Answer {
  /** A random id, which also owns the lease of its request. */
  readonly id = randomUUID();
  readonly #controller = new AbortController();
  readonly #ended = new Deferred();
  readonly #log: EventLog;
  readonly #deadline: NodeJS.Timeout;
  readonly #pending = new PendingItems();
  #threadId: string | undefined;

  constructor({ deadlineMs, maxBufferedBytes }: AnswerLimits) {
    this.#log = new EventLog(maxBufferedBytes, () => this.onUnread?.());
    this.signal.addEventListener('abort', () => this.#log.unbound(), { once: true });
    this.#deadline = setTimeout(() => this.interrupt('deadline'), deadlineMs).unref();
  }

  /** Called when the last reader has left before the end. */
  onUnread: (() => void) | null = null;

  /** Aborted when the answer is to end. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Fulfilled when everything is stored. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Whether a reader can still get all events. */
  get joinable(): boolean {
    return this.#log.complete;
  }

  /** Stops the answer as the visitor's stop button does: partial text is kept. */
  stop(reason?: unknown): void {
    this.#controller.abort(reason);
  }

  /** Ends the answer with an error that allows a retry. */
  interrupt(code: Interruption['code']): void {
    this.#controller.abort(new Interruption(code));
  }

  /** Reads the events to their end, which makes the answer, whether or not anybody follows. */
  async run(events: Events): Promise<void> {
    for await (const event of events) {
      this.#note(event);
      if (this.#log.add(event) === 'wait') await this.#log.drained();
    }
  }

  /** The events, for one reader at whose pace the answer is made. */
  async *paced(events: Events): Events {
    for await (const event of events) {
      this.#note(event);
      yield event;
    }
  }

  /** The thread that is answered; undefined before the first event. */
  get threadId(): string | undefined {
    return this.#threadId;
  }

  /** The items that are sent but not stored yet, as far as they have come. */
  get partial(): readonly ThreadItem[] {
    return this.#pending.all.filter((item) => !isHidden(item));
  }

  #note(event: ThreadStreamEvent): void {
    switch (event.type) {
      case 'thread.created':
        this.#threadId ??= event.thread.id;
        return;
      case 'thread.item.added':
        this.#pending.add(event.item);
        return;
      case 'thread.item.updated':
        this.#pending.update(event.item_id, event.update);
        return;
      case 'thread.item.done':
        this.#threadId ??= event.item.thread_id;
        this.#pending.settle(event.item.id);
        return;
      case 'thread.item.replaced':
        this.#pending.settle(event.item.id);
        return;
      case 'thread.item.removed':
        this.#pending.settle(event.item_id);
        return;
      default:
    }
  }

  /** As `EventLog.follow`. */
  follow(signal: AbortSignal, skip?: number): Events {
    return this.#log.follow(signal, skip);
  }

  end(): void {
    clearTimeout(this.#deadline);
    this.#log.close();
    this.#ended.resolve();
  }
}

/** The answers that this process is making. */
export class Answers {
  readonly #limits: AnswerLimits;
  readonly #running = new Set<Answer>();
  #interrupted = false;

  constructor(limits: AnswerLimits) {
    this.#limits = limits;
  }

  /**
   * Counts an answer, until its `end`.
   *
   * @param onRevoked registers what stops the answer, as the visitor's stop button does, when its session is ended
   * @throws {ChatKitProblem} `overloaded` when there are too many
   */
  open(onRevoked?: OnRevoked): Answer {
    if (this.#running.size >= this.#limits.maxAnswers) {
      throw new ChatKitProblem('overloaded', 'Too many answers are being made.', { retryAfter: 5 });
    }
    const answer = new Answer(this.#limits);
    this.#running.add(answer);
    void answer.ended.then(() => this.#running.delete(answer));
    if (this.#interrupted) answer.interrupt('shutdown');
    const unregister = onRevoked?.(() => answer.stop());
    if (unregister !== undefined) void answer.ended.then(unregister);
    return answer;
  }

  /** The answer in a thread, if this process makes one. */
  inThread(threadId: string): Answer | undefined {
    return [...this.#running].findLast((answer) => answer.threadId === threadId);
  }

  /**
   * Waits for all answers, and interrupts those that are not at their end after so many milliseconds.
   *
   * @param lastRequest fulfilled when no further answer can be asked for
   */
  async close(graceMs: number, lastRequest: Promise<void>): Promise<void> {
    const timer = setTimeout(() => {
      this.#interrupted = true;
      for (const answer of this.#running) answer.interrupt('shutdown');
    }, graceMs);
    await lastRequest;
    while (this.#running.size > 0) {
      await Promise.all([...this.#running].map(({ ended }) => ended));
    }
    clearTimeout(timer);
    this.#interrupted = true;
  }
}
