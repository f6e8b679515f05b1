import type { AgentInputItem } from '@openai/agents';
import type { Responder } from '../chatkit/index.js';
import type { AgentContext } from './agent-context.js';
import type { AmbientWork } from './ambient-models.js';
import {
  answering,
  defaultHistoryTokens,
  providerOf,
  titleMaker,
  type AnsweringOptions,
} from './agent-responder.js';
import { answerText, spokenAnswer } from './output-text.js';
import { streamAnswer, type Outcome } from './answer-stream.js';
import { defaultModel } from './default-agent.js';
import { AgentFailure } from './failures.js';
import { loadHistory } from './model-input.js';
import { toInput } from './item-input.js';
import { Messages } from './messages.js';
import { loadSdk } from './sdk.js';
import { lastMessage, transcript } from './transcript.js';
import type { Upstream } from './upstream.js';

/** What `runWorkflow` gets. Agent Builder's export reads the first field alone. */
export interface WorkflowInput {
  /** The message; with `history: 'transcript'`, the conversation before it as well. */
  readonly input_as_text: string;
  /** The message alone. */
  readonly message: string;
  /** The conversation up to the message and with it, for `runner.run(agent, [...history])`. */
  readonly history: readonly AgentInputItem[];
  /** Aborted when the answer is not wanted any more. */
  readonly signal: AbortSignal;
  readonly user: string;
  readonly thread_id: string;
}

/**
 * How a workflow, which takes one text, learns what was said before. `messages`: its agents are told, and the
 * workflow itself (its conditions, guardrails, searches) sees the last message alone, as it does at OpenAI.
 * `transcript`: all of it is in the text, for a workflow that asks models other than the SDK's default ones.
 * `none`: each message stands alone.
 */
export const workflowHistories = ['messages', 'transcript', 'none'] as const;
export type WorkflowHistory = (typeof workflowHistories)[number];

export type RunWorkflow = (input: WorkflowInput) => unknown;

export interface WorkflowResponderOptions extends AnsweringOptions {
  readonly runWorkflow: RunWorkflow;
  readonly upstream: Upstream;
  /** For titles. */
  readonly model?: string | undefined;
  /** `messages` by default. */
  readonly history?: WorkflowHistory;
}

/** Gives up waiting for work that does not hear the signal. */
async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let stop: () => void = () => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

async function answer(
  options: WorkflowResponderOptions,
  upTo: string | undefined,
  context: AgentContext,
): Promise<Outcome> {
  const { runWorkflow, upstream, history = 'messages' } = options;
  const { signal, thread, store, newId, now, emit, user } = context;
  const items = await loadHistory({
    threadId: thread.id,
    store,
    context,
    upTo,
    budget: options.historyTokens ?? defaultHistoryTokens,
  });
  const message = lastMessage(items);
  const input: WorkflowInput = {
    input_as_text: history === 'transcript' ? transcript(items) : message,
    message,
    history: items.flatMap(toInput),
    signal,
    user,
    thread_id: thread.id,
  };
  const ambient: AmbientWork = {
    signal,
    message,
    earlier: history === 'messages' ? input.history.slice(0, -1) : [],
    said: null,
  };
  const work = upstream.within(
    ambient,
    () =>
      new Promise((resolve) => {
        resolve(runWorkflow(input));
      }),
  );
  const result = answerText(await abortable(work, signal));
  const found = result.type === 'nothing' ? spokenAnswer(ambient.said) : result;
  if (found.type === 'stopped') throw new AgentFailure('guardrail');
  if (found.type === 'nothing') throw new AgentFailure('no_answer');
  new Messages({ threadId: thread.id, newId, now, emit, onBegin: () => undefined }).say(found.text);
  return 'complete';
}

/**
 * A function that takes a text and returns an answer as the one who answers, such as `runWorkflow` of Agent
 * Builder's export. Its answer is shown when it is complete. It does not hear when the visitor leaves; the
 * requests that it makes with the SDK's default client end, and what it returns is dropped.
 */
export async function createWorkflowResponder(
  options: WorkflowResponderOptions,
): Promise<Responder> {
  const sdk = await loadSdk();
  const makeTitle = titleMaker(
    sdk,
    providerOf(sdk, options.upstream),
    options.model ?? defaultModel,
  );
  const settings = answering(options, makeTitle);
  return {
    respond: (thread, message, context) =>
      streamAnswer({ thread, message, context }, settings, (emit, signal) =>
        answer(options, message?.id, { ...context, signal, thread, emit }),
      ),
  };
}
