import type { Responder, ThreadStreamEvent } from '../chatkit/index.js';
import type { answerOutcomes, Metrics } from '../http/metrics.js';

/** Whether the visitor sees the first of what they asked for; progress and thoughts come before. */
const isWord = (event: ThreadStreamEvent): boolean =>
  (event.type === 'thread.item.updated' &&
    event.update.type === 'assistant_message.content_part.text_delta') ||
  (event.type === 'thread.item.done' &&
    (event.item.type === 'assistant_message' || event.item.type === 'widget'));

/** Counts the answers of a responder, their time to the first word, and the visitors' thumbs. */
export function observeResponder(responder: Responder, metrics: Metrics): Responder {
  async function* observe(
    events: AsyncIterable<ThreadStreamEvent>,
    signal: AbortSignal,
  ): AsyncGenerator<ThreadStreamEvent, void> {
    const start = performance.now();
    let outcome: (typeof answerOutcomes)[number] = 'stopped';
    let isFirst = true;
    metrics.answersRunning.inc();
    try {
      for await (const event of events) {
        if (isFirst && isWord(event)) {
          isFirst = false;
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
    }
  }
  const action = responder.action?.bind(responder);
  const syncAction = responder.syncAction?.bind(responder);
  const streamOptions = responder.streamOptions?.bind(responder);
  const cancelled = responder.cancelled?.bind(responder);
  return {
    respond: (...asked) => observe(responder.respond(...asked), asked[2].signal),
    ...(action && { action: (...asked) => observe(action(...asked), asked[3].signal) }),
    ...(syncAction && { syncAction }),
    ...(streamOptions && { streamOptions }),
    ...(cancelled && { cancelled }),
    async feedback(threadId, itemIds, kind, context) {
      metrics.feedback.inc({ kind });
      await responder.feedback?.(threadId, itemIds, kind, context);
    },
  };
}
