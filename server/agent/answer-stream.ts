import type {
  ResponderContext,
  ThreadMetadata,
  ThreadStreamEvent,
  UserMessageItem,
} from '../chatkit/index.js';
import { toFailure } from './classify.js';
import { Deadline } from './deadline.js';
import { EventQueue } from './event-queue.js';
import { toStreamError, type AgentFailure, type FailureTexts } from './failures.js';
import { ThreadTitle, type TitleOptions } from './thread-title.js';

/** `paused`: the page has to do something first, and the answer goes on in a request of its own. */
export type Outcome = 'complete' | 'paused';

export type Emit = (event: ThreadStreamEvent) => void;

/** A failure, and where it happened. */
export type OnFailure = (
  failure: AgentFailure,
  where: {
    readonly requestId: string;
    readonly threadId: string;
    readonly part: 'answer' | 'title';
  },
) => void;

export interface AnswerOptions {
  /** For the whole answer, in milliseconds. */
  readonly deadlineMs: number;
  readonly title: Omit<TitleOptions, 'onFailure'>;
  readonly texts: FailureTexts;
  readonly onFailure: OnFailure;
}

export interface Asked {
  readonly thread: ThreadMetadata;
  readonly message: UserMessageItem | null;
  readonly context: ResponderContext;
}

const recentItems = 20;

/** What a thread without a title is about: an answer that goes on after a tool in the page has no message. */
async function titledMessage({ thread, message, context }: Asked): Promise<UserMessageItem | null> {
  if (message !== null || thread.title) return message;
  const page = { limit: recentItems, order: 'desc' } as const;
  const { data } = await context.store.loadItems(thread.id, page, context);
  return data.find((item) => item.type === 'user_message') ?? null;
}

/**
 * The events of an answer: what `work` emits, under a deadline and the visitor's signal, with a title made
 * beside it, and with every failure told twice: to the operator as it is, to the visitor as is good for them.
 */
export async function* streamAnswer(
  asked: Asked,
  { deadlineMs, title: titleOptions, texts, onFailure }: AnswerOptions,
  work: (emit: Emit, signal: AbortSignal) => Promise<Outcome>,
): AsyncGenerator<ThreadStreamEvent, void> {
  const { thread, context } = asked;
  const about = await titledMessage(asked);
  const hasLeft = () => context.signal.aborted;
  if (hasLeft()) return;
  const where = { requestId: context.requestId, threadId: thread.id };
  const queue = new EventQueue<ThreadStreamEvent>();
  const deadline = new Deadline(context.signal, deadlineMs);
  const { signal } = deadline;
  signal.addEventListener('abort', () => queue.end(), { once: true });
  const title = new ThreadTitle(thread, about, signal, {
    ...titleOptions,
    onFailure: (error) => onFailure(toFailure(error), { ...where, part: 'title' }),
  });
  let outcome = 'complete' as Outcome;
  try {
    work(queue.push, signal).then(
      (result) => {
        outcome = result;
        queue.end();
      },
      (error: unknown) => queue.fail(error),
    );
    yield* queue;
    deadline.throwIfPassed();
    if (outcome === 'complete' && !signal.aborted) await title.settle();
  } catch (error) {
    // Whoever has left is told nothing, and what an abort makes of a call is no failure.
    if (hasLeft()) return;
    const failure = toFailure(error);
    onFailure(failure, { ...where, part: 'answer' });
    throw toStreamError(failure, texts);
  } finally {
    deadline.close();
  }
}
