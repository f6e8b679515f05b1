import type {
  Agent,
  AgentInputItem,
  ModelProvider,
  ModelSettings,
  Runner,
  RunState,
} from '@openai/agents';
import { createHash } from 'node:crypto';
import type { InferenceOptions } from '../chatkit/index.js';
import type { AgentContext, AnswerOutcome, OnUsage } from './answer-stream.js';
import type { Answer } from './answer.js';
import {
  approvalQuestion,
  askForApproval,
  decide,
  type ApprovalPolicy,
  type Decision,
} from './approvals.js';
import type { StoreImage } from './images.js';
import type { KeptAt, OnResponses } from './kept-history.js';
import type { ReadCitation } from './response-events.js';
import { RunEvents, runModels } from './run-events.js';
import { endRun, isAnswered, writeRun } from './stream-agent-response.js';
import { clientToolCall, isClientTool } from './tools.js';
import type { Sdk } from './upstream.js';

/** OpenAI asks for a stable id of the end user, for its abuse reports; a hash of it is enough. */
const safetyIdentifier = (user: string): string => createHash('sha256').update(user).digest('hex');

/** How an agent is run. */
export interface AgentRun {
  readonly sdk: Sdk;
  readonly agent: Agent;
  readonly modelProvider: ModelProvider;
  /** For an agent without a model. */
  readonly model: string;
  readonly storeImage: StoreImage | undefined;
  readonly citation: ReadCitation | undefined;
  readonly maxOutputTokens: number;
  readonly onUsage: OnUsage | undefined;
  readonly approvals: ApprovalPolicy;
  readonly maxTurns: number | undefined;
  readonly tracing: boolean;
}

/** Settings of one answer; what an agent sets itself comes first. */
function modelSettingsFor(
  { agent, maxOutputTokens }: AgentRun,
  user: string,
  options: InferenceOptions,
): ModelSettings {
  const { tools, model, modelSettings } = agent;
  const tool = tools.find(({ name }) => name === options.tool_choice?.id);
  return {
    maxTokens: maxOutputTokens,
    // The protocol returns the output of one tool in the page at a time.
    ...(tools.some(isClientTool) &&
      modelSettings.parallelToolCalls === undefined && { parallelToolCalls: false }),
    ...(tool !== undefined && { toolChoice: tool.name }),
    // A model that is an object may be of another provider.
    ...(typeof model === 'string' && {
      providerData: { safety_identifier: safetyIdentifier(user), ...modelSettings.providerData },
    }),
  };
}

/** What a run begins with: the conversation, or the decision that it has waited for. */
type RunInput = AgentInputItem[] | Decision;

/** One answer of an agent. */
export interface AgentTurn {
  readonly input: RunInput;
  /** What the page has chosen. */
  readonly inference: InferenceOptions;
  readonly context: AgentContext;
  readonly answer: Answer;
  /** What OpenAI has of the conversation. */
  readonly history?: KeptAt | undefined;
  readonly onResponses?: OnResponses | undefined;
}

/** Runs the agent, and emits its answer to the context. */
export async function runAgent(
  run: AgentRun,
  { input, inference, context, answer, history, onResponses }: AgentTurn,
): Promise<AnswerOutcome> {
  const { sdk, agent, modelProvider, model } = run;
  const events = new RunEvents(agent, answer, run);
  // Input guardrails run beside the model; the SDK checks their result with each event that passes its loop.
  const write = agent.inputGuardrails.length > 0 ? null : events.writeResponse;
  const runner: Runner = new sdk.Runner({
    modelProvider: runModels(modelProvider, write),
    model,
    modelSettings: modelSettingsFor(run, context.user, inference),
    tracingDisabled: !run.tracing,
    traceIncludeSensitiveData: false,
  });
  let next = Array.isArray(input) ? input : await decidedState(run, input, context);
  if (!Array.isArray(next)) {
    for (const call of next.getInterruptions()) events.resumeCall(call);
  }
  try {
    for (;;) {
      const result = await runner.run(agent, next, {
        stream: true,
        context,
        signal: context.signal,
        ...history,
        ...(run.maxTurns !== undefined && { maxTurns: run.maxTurns }),
      });
      try {
        if (!(await writeRun(result, events, answer, context.signal))) return 'complete';
      } finally {
        const named = typeof agent.model === 'string' ? agent.model || model : undefined;
        for (const { usage } of result.rawResponses) {
          const { inputTokens, outputTokens } = usage;
          run.onUsage?.({ inputTokens, outputTokens, model: named });
        }
      }
      const { interruptions: calls, state } = result;
      const isAllowed = run.approvals === 'allow' && clientToolCall(calls, context) === null;
      if (calls.length > 0 && isAllowed) {
        decide(
          state,
          calls,
          calls.map(() => true),
        );
        next = state;
        continue;
      }
      const isPaused = endRun(result, events, context) !== null;
      if (isPaused || calls.length === 0) {
        const end = isPaused ? 'paused' : 'complete';
        onResponses?.(result.rawResponses, end);
        return end;
      }
      const questions = calls.map((call) => approvalQuestion(call, context.locale));
      askForApproval(questions, serialise(state), context);
      return 'paused';
    }
  } catch (error) {
    if (!isAnswered(error, events, answer)) throw error;
    events.end();
    return 'complete';
  }
}

/** The state without the context, which has the store and the signal: the run that goes on has one of its own. */
function serialise(state: RunState<AgentContext, Agent>): string {
  const json = state.toJSON();
  return JSON.stringify({ ...json, context: { ...json.context, context: {} } });
}

/** The state in which a run waited, with the visitor's decision about its calls of tools. */
async function decidedState(
  { sdk, agent }: AgentRun,
  { state: kept, approved }: Decision,
  context: AgentContext,
): Promise<RunState<AgentContext, Agent>> {
  const state: RunState<AgentContext, Agent> = await sdk.RunState.fromStringWithContext(
    agent,
    String(kept),
    new sdk.RunContext(context),
    { contextStrategy: 'replace' },
  );
  decide(state, state.getInterruptions(), approved);
  return state;
}
