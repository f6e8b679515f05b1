import type { AgentInputItem, Model, ModelProvider } from '@openai/agents';
import { isDeepStrictEqual } from 'node:util';
import type { Responder } from '../chatkit/index.js';
import { defaultModel } from './agent-responder.js';
import {
  defaultMaxOutputTokens,
  streamAnswer,
  type AgentContext,
  type AnswerOutcome,
  type ResponderOptions,
} from './answer-stream.js';
import { abortable } from '../chatkit/async.js';
import { askForApproval, findDecision } from './approvals.js';
import { withFiles } from './attached-files.js';
import { AgentFailure } from './failures.js';
import { Messages, modelText, outputText, toOutputText } from './messages.js';
import { lastMessage, loadHistory, transcript } from './model-input.js';
import { createTitleGenerator } from './title.js';
import { createModelProvider, currentWorkflowRun, loadSdk, type Upstream } from './upstream.js';
import { WorkflowRun, type KeptWorkflow } from './workflow-run.js';

/** The argument of `runWorkflow`. Agent Builder's export reads the first field alone. */
export interface WorkflowInput {
  /** The message; with `history: 'transcript'`, the conversation before it as well. */
  readonly input_as_text: string;
  /** The message alone. */
  readonly message: string;
  /** The conversation up to the message and with it, for `runner.run(agent, [...history])`. */
  readonly history: readonly AgentInputItem[];
  /** Aborted when the answer is no longer wanted. */
  readonly signal: AbortSignal;
  readonly user: string;
  readonly thread_id: string;
  /** What `authenticate` returned, and what the page and the request say of the visitor. */
  readonly caller: AgentContext['caller'];
  readonly page: AgentContext['page'];
  readonly locale: string;
  readonly headers: AgentContext['headers'];
  /**
   * What the workflow remembers of the conversation: an empty object at first. When the workflow has returned, it is
   * stored with the thread, as JSON, and given to the next call. What a workflow that fails has changed is dropped.
   *
   * @example
   * const state = Object.assign(workflow.state, { step: 'start', ...workflow.state });
   */
  readonly state: Record<string, unknown>;
  /**
   * Asks the visitor to approve, and returns what they have decided; for the place of the empty `approvalRequest` in
   * an export. While they have not, it throws, and the workflow is called again from its beginning after the answer.
   */
  readonly approvalRequest: (message: string) => boolean;
}

/**
 * How the conversation reaches a workflow, which takes one text. `messages`: its models get it, while its own
 * code (conditions, guardrails, searches) sees the last message alone, as in Agent Builder. `transcript`: it
 * is in the text, for a workflow with models other than the SDK's default ones. `none`: not at all.
 */
export const workflowHistories = ['messages', 'transcript', 'none'] as const;
export type WorkflowHistory = (typeof workflowHistories)[number];

export type RunWorkflow = (input: WorkflowInput) => unknown;

/** The text for the visitor in a workflow's result; anything but a string: the service finds it. */
export type WorkflowAnswer = (result: unknown) => unknown;

export interface WorkflowResponderOptions extends ResponderOptions {
  readonly runWorkflow: RunWorkflow;
  readonly upstream: Upstream;
  /** For titles. */
  readonly model?: string | undefined;
  /** `messages` by default. */
  readonly history?: WorkflowHistory;
  readonly answer?: WorkflowAnswer | undefined;
}

/** The workflow that waits for the decision which this request brings; null for any other request. */
async function findKept(context: AgentContext): Promise<{
  readonly kept: KeptWorkflow;
  readonly settle: () => Promise<void>;
} | null> {
  const decision = await findDecision(context);
  if (decision === null) return null;
  const kept = decision.state as KeptWorkflow;
  const decisions = { ...kept.decisions, [kept.asked]: decision.approved };
  return { kept: { ...kept, decisions }, settle: decision.settle };
}

async function runOnce(
  options: WorkflowResponderOptions,
  messageId: string | undefined,
  context: AgentContext,
): Promise<AnswerOutcome> {
  const found = messageId === undefined ? await findKept(context) : null;
  const upTo = found?.kept.message_id ?? messageId;
  const { run, input } = await prepare(options, upTo, found?.kept, context);
  const { runWorkflow, upstream } = options;
  // An exception of a workflow that is not async becomes a rejection.
  const work = upstream.within(run, () => Promise.resolve().then(() => runWorkflow(input)));
  const ended = work.then(
    (result) => ({ result }),
    (error: unknown) => ({ error }),
  );
  const end = await abortable(Promise.race([run.paused, ended]), context.signal);
  if ('questions' in end) {
    askForApproval(end.questions, end.kept, context);
    await found?.settle();
    return 'paused';
  }
  if ('error' in end) throw end.error;
  await say(end.result, run, options, context);
  keepState(input.state, context);
  await found?.settle();
  return 'complete';
}

async function prepare(
  {
    history = 'messages',
    historyTokens,
    maxOutputTokens = defaultMaxOutputTokens,
    approvals = 'ask',
    onUsage,
  }: WorkflowResponderOptions,
  upTo: string | undefined,
  kept: KeptWorkflow | undefined,
  context: AgentContext,
): Promise<{ readonly run: WorkflowRun; readonly input: WorkflowInput }> {
  const { signal, thread, store, user, caller, page, locale, headers } = context;
  const entries = await loadHistory({
    threadId: thread.id,
    store,
    context,
    upTo,
    maxTokens: historyTokens,
  });
  const items = entries.map(({ item }) => item);
  const message = lastMessage(items);
  const conversation = await withFiles(entries, undefined, context);
  const run = new WorkflowRun({
    context,
    message,
    messageId: upTo ?? null,
    history: history === 'messages' ? conversation.slice(0, -1) : [],
    maxOutputTokens,
    onUsage,
    approvals,
    kept,
  });
  const input: WorkflowInput = {
    input_as_text: history === 'transcript' ? transcript(items) : message,
    message,
    history: conversation,
    signal,
    user,
    thread_id: thread.id,
    caller,
    page,
    locale,
    headers,
    state: stateOf(thread.metadata),
    approvalRequest: run.approvalRequest,
  };
  return { run, input };
}

/** In the metadata of the thread, which no client gets. */
const stateKey = 'workflow_state';

/** A copy: an approval calls the workflow again, from the state that it began with. */
const stateOf = ({ [stateKey]: state }: AgentContext['thread']['metadata']) =>
  structuredClone((state ?? {}) as Record<string, unknown>);

function keepState(state: Record<string, unknown>, { thread }: AgentContext): void {
  if (isDeepStrictEqual(state, stateOf(thread.metadata))) return;
  thread.metadata[stateKey] = JSON.parse(JSON.stringify(state)) as unknown;
}

/** Says the workflow's result, unless an agent has said it already. */
async function say(
  result: unknown,
  run: WorkflowRun,
  { answer: textOf }: WorkflowResponderOptions,
  { thread, newId, now, emit }: AgentContext,
): Promise<void> {
  const chosen = await textOf?.(result);
  const found = typeof chosen === 'string' ? toOutputText(chosen) : outputText(result);
  if (found.type === 'blocked') {
    run.retract();
    throw new AgentFailure('guardrail');
  }
  const answer = found.type === 'empty' && !run.hasSpoken ? modelText(run.lastText) : found;
  // Data alone, such as the state of a loop, says nothing to a visitor whom an agent has answered.
  if (answer.type !== 'text' && run.hasSpoken) return;
  if (answer.type === 'empty' || answer.type === 'blocked') throw new AgentFailure('no_answer');
  const sources = answer.type === 'text' ? (answer.annotations ?? []) : [];
  if (run.hasSaid(answer.text)) run.cite(answer.text, sources);
  else new Messages({ threadId: thread.id, newId, now, emit }).add(answer.text, sources);
}

/**
 * A responder that calls a function from text to answer, such as the `runWorkflow` that Agent Builder exports.
 * What its agents say is streamed; its result is said at the end, unless it is what an agent has said. When the visitor
 * leaves, the requests that the workflow makes with the SDK's default client end, and its result is dropped.
 */
export async function createWorkflowResponder(
  options: WorkflowResponderOptions,
): Promise<Responder> {
  const sdk = await loadSdk();
  const generateTitle = createTitleGenerator(
    sdk,
    createModelProvider(sdk, options.upstream),
    options.model ?? defaultModel,
    options.onUsage,
  );
  return {
    respond: (thread, message, context) =>
      streamAnswer({ thread, message, context }, options, generateTitle, (answer) =>
        runOnce(options, message?.id, answer),
      ),
  };
}

type ModelRequest = Parameters<Model['getResponse']>[0];
type ModelOutput = Awaited<ReturnType<Model['getResponse']>>['output'];

interface Answered {
  readonly output: ModelOutput;
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number };
}

/** The text of a model's answer; null when it only calls tools. */
function answerOf(output: ModelOutput): string | null {
  const texts = output.flatMap((item) =>
    'role' in item && item.role === 'assistant'
      ? item.content.flatMap((part) => (part.type === 'output_text' ? part.text : []))
      : [],
  );
  return texts.length === 0 ? null : texts.join('');
}

function userTextOf(item: AgentInputItem | undefined): string | null {
  if (item === undefined || !('role' in item) || item.role !== 'user') return null;
  if (typeof item.content === 'string') return item.content;
  return item.content.map((part) => (part.type === 'input_text' ? part.text : '')).join('');
}

/**
 * The request with the conversation before it, if it begins with the run's message, as every request of an
 * exported workflow does; not if the workflow has put the conversation there itself.
 */
function withHistory(
  request: ModelRequest,
  { options: { message, history } }: WorkflowRun,
): ModelRequest {
  const input: AgentInputItem[] =
    typeof request.input === 'string'
      ? [{ type: 'message', role: 'user', content: request.input }]
      : request.input;
  const hasHistory = isDeepStrictEqual(input.slice(0, history.length), history);
  if (hasHistory || userTextOf(input[0]) !== message) return request;
  return { ...request, input: [...history, ...input] };
}

/** Models that get the conversation and the bounds of the workflow run that calls them, and note their answers in it. */
export function workflowModels(provider: ModelProvider): ModelProvider {
  const prepare = (request: ModelRequest): ModelRequest => {
    const run = currentWorkflowRun();
    if (run === undefined) return request;
    const { modelSettings } = request;
    const maxTokens = modelSettings.maxTokens ?? run.options.maxOutputTokens;
    return withHistory({ ...request, modelSettings: { ...modelSettings, maxTokens } }, run);
  };
  const note = ({ output, usage }: Answered, model: string | undefined) => {
    const run = currentWorkflowRun();
    if (run === undefined) return;
    const { inputTokens, outputTokens } = usage;
    run.options.onUsage?.({ inputTokens, outputTokens, model });
    run.lastText = answerOf(output) ?? run.lastText;
  };
  const wrap = (model: Model, name: string | undefined): Model => ({
    getResponse: async (request) => {
      const response = await model.getResponse(prepare(request));
      note(response, name);
      return response;
    },
    async *getStreamedResponse(request) {
      for await (const event of model.getStreamedResponse(prepare(request))) {
        if (event.type === 'response_done') note(event.response, name);
        yield event;
      }
    },
    getRetryAdvice: (args) => model.getRetryAdvice?.(args),
  });
  return { getModel: async (name) => wrap(await provider.getModel(name), name) };
}
