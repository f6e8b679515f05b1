import type {
  ResponderContext,
  ThreadMetadata,
  ThreadStreamEvent,
  UserMessageItem,
} from '../chatkit/index.js';
import { Answer } from './answer.js';
import type { ApprovalPolicy } from './approvals.js';
import { Deadline, EventQueue } from './async.js';
import { toFailure, toStreamError, type AgentFailure, type FailureTexts } from './failures.js';
import type { AnswerActions } from './steps.js';
import { ThreadTitle, type TitleGenerator } from './title.js';

/**
 * The context of an agent's tools and instructions: `runContext.context`.
 *
 * @typeParam App what the application's `authenticate` returns beside `user`
 *
 * @example
 * const agent = new Agent<AgentContext<{ org: string }>>({
 *   name: 'Support',
 *   instructions: ({ context }) => `You help people of ${context.caller.org}. Answer in ${context.locale}.`,
 * });
 */
export interface AgentContext<App extends object = object>
  extends ResponderContext<App>, AnswerActions {
  /** Changes to title, status and metadata are stored. */
  readonly thread: ThreadMetadata;
}

/** Called with each failure of an answer or of its title. */
export type OnFailure = (
  failure: AgentFailure,
  where: {
    readonly requestId: string;
    readonly threadId: string;
    readonly part: 'answer' | 'title';
  },
) => void;

/** Options of every responder of this folder. */
export type OnUsage = (usage: {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** The name of the model, where it is known. */
  readonly model?: string | undefined;
}) => void;

export interface ResponderOptions {
  /** Gets every failure in full; the visitor gets only a text, and a retry button where it can help. */
  readonly onFailure: OnFailure;
  /** Gets the tokens of each answer of a model, those of runs that failed and of titles included. */
  readonly onUsage?: OnUsage;
  /** For a whole answer, in milliseconds; 120,000 by default. */
  readonly deadlineMs?: number;
  /** How much of a thread the model gets, in estimated tokens; 64,000 by default. */
  readonly historyTokens?: number;
  /**
   * Tokens of one answer of a model, its reasoning included, for agents that set no `maxTokens` themselves; 16,384 by
   * default.
   */
  readonly maxOutputTokens?: number;
  /** `model` (the default) makes a short extra request for each new thread. */
  readonly titles?: 'model' | 'first-words';
  /** How long a complete answer waits for its title, in milliseconds; 3000 by default. */
  readonly titleWaitMs?: number;
  /** What happens when an agent wants an approval; `ask` the visitor by default. */
  readonly approvals?: ApprovalPolicy;
  /** Texts for the visitor, in the visitor's language. */
  readonly texts?: FailureTexts;
}

const defaultDeadlineMs = 120_000;
export const defaultMaxOutputTokens = 16_384;
const defaultTitleWaitMs = 3000;

/** `paused`: a tool in the page has to run, or the visitor to decide; a later request goes on with the answer. */
export type AnswerOutcome = 'complete' | 'paused';

export interface AnswerRequest {
  readonly thread: ThreadMetadata;
  readonly message: UserMessageItem | null;
  readonly context: ResponderContext;
}

const recentItems = 20;

/** The message for the title; an answer that goes on after a tool in the page has none of its own. */
async function messageForTitle({
  thread,
  message,
  context,
}: AnswerRequest): Promise<UserMessageItem | null> {
  if (message !== null || thread.title) return message;
  const page = { limit: recentItems, order: 'desc' } as const;
  const { data } = await context.store.loadItems(thread.id, page, context);
  return data.find((item) => item.type === 'user_message') ?? null;
}

/**
 * Streams the events that `work` emits, under a deadline and the visitor's signal, and gives the thread a
 * title meanwhile.
 *
 * @param generateTitle not called when `options.titles` is `first-words`
 * @throws {StreamError | CustomStreamError} when `work` fails; `onFailure` gets the failure itself
 */
export async function* streamAnswer(
  request: AnswerRequest,
  options: ResponderOptions,
  generateTitle: TitleGenerator | null,
  work: (context: AgentContext, answer: Answer) => Promise<AnswerOutcome>,
): AsyncGenerator<ThreadStreamEvent, void> {
  const { thread, context } = request;
  const { onFailure, deadlineMs = defaultDeadlineMs } = options;
  const message = await messageForTitle(request);
  const hasLeft = () => context.signal.aborted;
  if (hasLeft()) return;
  const where = { requestId: context.requestId, threadId: thread.id };
  const queue = new EventQueue<ThreadStreamEvent>();
  const deadline = new Deadline(context.signal, deadlineMs);
  const { signal } = deadline;
  signal.addEventListener('abort', () => queue.end(), { once: true });
  const title = new ThreadTitle(thread, message, signal, {
    generate: options.titles === 'first-words' ? null : generateTitle,
    waitMs: options.titleWaitMs ?? defaultTitleWaitMs,
    onFailure: (error) => onFailure(toFailure(error), { ...where, part: 'title' }),
  });
  let outcome = 'complete' as AnswerOutcome;
  try {
    const answer = new Answer({ ...context, thread }, queue.push);
    work({ ...context, signal, thread, ...answer.actions }, answer).then(
      (result) => {
        outcome = result;
        answer.steps.end();
        queue.end();
      },
      (error: unknown) => queue.fail(error),
    );
    yield* queue;
    deadline.throwIfPassed();
    if (outcome === 'complete' && !signal.aborted) await title.settle();
  } catch (error) {
    // An abort makes calls reject; for a visitor who has left that is not a failure.
    if (hasLeft()) return;
    const failure = toFailure(error);
    onFailure(failure, { ...where, part: 'answer' });
    throw toStreamError(failure, options.texts);
  } finally {
    deadline.close();
  }
}
