import type {
  Responder,
  ResponderContext,
  ThreadMetadata,
  ThreadStreamEvent,
} from '../chatkit/index.js';
import type { answerOutcomes, Metrics } from '../http/metrics.js';
import type { AnswerRecord } from '../storage/index.js';
import { withinAnswer, type AnswerNotes } from './current-answer.js';

/** Whether the visitor sees the first of what they asked for; progress and thoughts come before. */
const isWord = (event: ThreadStreamEvent): boolean =>
  (event.type === 'thread.item.updated' &&
    event.update.type === 'assistant_message.content_part.text_delta') ||
  (event.type === 'thread.item.done' &&
    (event.item.type === 'assistant_message' || event.item.type === 'widget'));

export interface AnswerObserver {
  readonly metrics: Metrics;
  /** Told of each answer at its end, which does not wait for it. */
  readonly onAnswer?: ((threadId: string, user: string, answer: AnswerRecord) => void) | undefined;
}

type Outcome = (typeof answerOutcomes)[number];

interface AnswerRequest {
  readonly threadId: string;
  readonly messageId: string | null;
  readonly user: string;
  readonly signal: AbortSignal;
}

/** The events of an answer, observed. Not a generator: that makes several promises of each, and most are one word. */
class ObservedAnswer implements AsyncIterator<ThreadStreamEvent, void> {
  readonly #events: AsyncIterator<ThreadStreamEvent, unknown>;
  readonly #request: AnswerRequest;
  readonly #observer: AnswerObserver;
  readonly #start = performance.now();
  readonly #startedAt = Date.now();
  readonly #notes: AnswerNotes = {
    failure: null,
    model: null,
    inputTokens: null,
    outputTokens: null,
  };
  #firstWordMs: number | null = null;
  #ended = false;

  constructor(
    events: AsyncIterable<ThreadStreamEvent>,
    request: AnswerRequest,
    observer: AnswerObserver,
  ) {
    this.#events = events[Symbol.asyncIterator]();
    this.#request = request;
    this.#observer = observer;
    observer.metrics.answersRunning.inc();
  }

  async next(): Promise<IteratorResult<ThreadStreamEvent, void>> {
    const { signal } = this.#request;
    try {
      const { done, value } = await withinAnswer(this.#notes, () => this.#events.next());
      if (done !== true) {
        if (this.#firstWordMs === null && isWord(value)) this.#noteFirstWord();
        return { done: false, value };
      }
      this.#end(signal.aborted ? 'stopped' : 'complete');
      return { done, value: undefined };
    } catch (error) {
      this.#end(signal.aborted ? 'stopped' : 'failed');
      throw error;
    }
  }

  async return(): Promise<IteratorResult<ThreadStreamEvent, void>> {
    try {
      await withinAnswer(this.#notes, () => this.#events.return?.());
    } finally {
      this.#end('stopped');
    }
    return { done: true, value: undefined };
  }

  #noteFirstWord(): void {
    const ms = performance.now() - this.#start;
    this.#firstWordMs = Math.round(ms);
    this.#observer.metrics.firstWord.observe(ms / 1000);
  }

  #end(outcome: Outcome): void {
    if (this.#ended) return;
    this.#ended = true;
    const { metrics, onAnswer } = this.#observer;
    const { threadId, messageId, user } = this.#request;
    metrics.answersRunning.dec();
    metrics.answers.inc({ outcome });
    onAnswer?.(threadId, user, {
      messageId,
      startedAt: this.#startedAt,
      firstWordMs: this.#firstWordMs,
      durationMs: Math.round(performance.now() - this.#start),
      outcome,
      ...this.#notes,
    });
  }
}

/** Counts and records the answers of a responder, their time to the first word, and the visitors' thumbs. */
export function observeResponder(responder: Responder, observer: AnswerObserver): Responder {
  const { metrics } = observer;
  const observe = (
    events: AsyncIterable<ThreadStreamEvent>,
    { id: threadId }: ThreadMetadata,
    messageId: string | null,
    { signal, user }: ResponderContext,
  ): AsyncIterable<ThreadStreamEvent> => ({
    [Symbol.asyncIterator]: () =>
      new ObservedAnswer(events, { threadId, messageId, user, signal }, observer),
  });
  const action = responder.action?.bind(responder);
  const syncAction = responder.syncAction?.bind(responder);
  const streamOptions = responder.streamOptions?.bind(responder);
  const cancelled = responder.cancelled?.bind(responder);
  return {
    respond: (...asked) => {
      const [thread, message, context] = asked;
      return observe(responder.respond(...asked), thread, message?.id ?? null, context);
    },
    ...(action && {
      action: (...asked) => observe(action(...asked), asked[0], null, asked[3]),
    }),
    ...(syncAction && { syncAction }),
    ...(streamOptions && { streamOptions }),
    ...(cancelled && { cancelled }),
    async feedback(threadId, itemIds, kind, context) {
      metrics.feedback.inc({ kind });
      await responder.feedback?.(threadId, itemIds, kind, context);
    },
  };
}
