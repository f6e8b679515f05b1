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

/** Counts and records the answers of a responder, their time to the first word, and the visitors' thumbs. */
export function observeResponder(
  responder: Responder,
  { metrics, onAnswer }: AnswerObserver,
): Responder {
  async function* observe(
    events: AsyncIterable<ThreadStreamEvent>,
    { id: threadId }: ThreadMetadata,
    messageId: string | null,
    { signal, user }: ResponderContext,
  ): AsyncGenerator<ThreadStreamEvent, void> {
    const start = performance.now();
    const startedAt = Date.now();
    const elapsed = () => Math.round(performance.now() - start);
    const notes: AnswerNotes = {
      failure: null,
      model: null,
      inputTokens: null,
      outputTokens: null,
    };
    let firstWordMs: number | null = null;
    let outcome: (typeof answerOutcomes)[number] = 'stopped';
    metrics.answersRunning.inc();
    try {
      for await (const event of withinAnswer(notes, events)) {
        if (firstWordMs === null && isWord(event)) {
          firstWordMs = elapsed();
          metrics.firstWord.observe((performance.now() - start) / 1000);
        }
        yield event;
      }
      if (!signal.aborted) outcome = 'complete';
    } catch (error) {
      if (!signal.aborted) outcome = 'failed';
      throw error;
    } finally {
      metrics.answersRunning.dec();
      metrics.answers.inc({ outcome });
      const answer = { messageId, startedAt, firstWordMs, durationMs: elapsed(), outcome };
      onAnswer?.(threadId, user, { ...answer, ...notes });
    }
  }
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
