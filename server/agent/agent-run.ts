import type {
  Agent,
  ModelProvider,
  ModelSettings,
  Runner,
  RunToolApprovalItem,
} from '@openai/agents';
import { createHash } from 'node:crypto';
import type { ClientToolCallItem, InferenceOptions } from '../chatkit/index.js';
import type { AgentContext } from './agent-context.js';
import { answerText } from './output-text.js';
import type { Outcome } from './answer-stream.js';
import { className } from './classify.js';
import { isClientTool } from './tools.js';
import { directModels } from './direct-model.js';
import { AgentFailure } from './failures.js';
import { loadHistory } from './model-input.js';
import type { StoreImage } from './images.js';
import { toInput } from './item-input.js';
import { RunEvents } from './run-events.js';
import type { Sdk } from './sdk.js';

export interface AgentRun {
  readonly sdk: Sdk;
  readonly agent: Agent;
  readonly modelProvider: ModelProvider;
  /** For an agent that names none. */
  readonly model: string;
  /** Models that a page may ask for. */
  readonly models: readonly string[];
  readonly historyTokens: number;
  readonly storeImage: StoreImage;
}

/** OpenAI's abuse reports name a user by this; it says nothing about who that is. */
const pseudonym = (user: string): string => createHash('sha256').update(user).digest('hex');

/** Settings that hold for one answer, above the agent's own. */
function settingsFor(agent: Agent, user: string, options: InferenceOptions): ModelSettings {
  const { tools, model, modelSettings } = agent;
  const tool = tools.find(({ name }) => name === options.tool_choice?.id);
  const isOwnModel = typeof model !== 'string';
  return {
    // Of several calls in the page at once, the protocol could tell the output of one alone.
    ...(tools.some(isClientTool) &&
      modelSettings.parallelToolCalls === undefined && { parallelToolCalls: false }),
    ...(tool !== undefined && { toolChoice: tool.name }),
    ...(!isOwnModel && {
      providerData: { safety_identifier: pseudonym(user), ...modelSettings.providerData },
    }),
  };
}

/** The agent for one answer: with another model, if the page may ask for it. */
function agentFor({ agent, models }: AgentRun, { model }: InferenceOptions): Agent {
  return model !== undefined && models.includes(model) ? agent.clone({ model }) : agent;
}

/** What the page is to do, when the run stopped for it. */
function clientToolCall(
  interruptions: readonly RunToolApprovalItem[],
  { thread, newId, now }: AgentContext,
): ClientToolCallItem | null {
  const [first] = interruptions.filter(({ agent, name }) =>
    agent.tools.some((tool) => tool.name === name && isClientTool(tool)),
  );
  if (first === undefined) {
    if (interruptions.length > 0) throw new AgentFailure('approval_unsupported');
    return null;
  }
  const { rawItem } = first;
  return {
    type: 'client_tool_call',
    id: newId('tool_call'),
    thread_id: thread.id,
    created_at: now(),
    status: 'pending',
    call_id: 'callId' in rawItem ? rawItem.callId : newId('tool_call'),
    name: first.name ?? '',
    arguments: parseArguments(first.arguments),
  };
}

function parseArguments(json: string | undefined): Record<string, unknown> {
  const value: unknown = json === undefined || json === '' ? {} : JSON.parse(json);
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : { value };
}

/** They run beside the model, and the SDK sees that one failed when an event passes through it. */
const hasInputGuardrails = ({ inputGuardrails }: Agent): boolean => inputGuardrails.length > 0;

/** Lets the agent answer the thread, and tells the context what is to be seen of it. */
export async function runAgent(
  run: AgentRun,
  upTo: string | undefined,
  inference: InferenceOptions,
  context: AgentContext,
): Promise<Outcome> {
  const { sdk, modelProvider, model } = run;
  const items = await loadHistory({
    threadId: context.thread.id,
    store: context.store,
    context,
    upTo,
    budget: run.historyTokens,
  });
  const agent = agentFor(run, inference);
  const events = new RunEvents(agent, context, run.storeImage);
  const runner: Runner = new sdk.Runner({
    modelProvider: hasInputGuardrails(agent)
      ? modelProvider
      : directModels(modelProvider, events.showResponse),
    model,
    modelSettings: settingsFor(agent, context.user, inference),
    tracingDisabled: true,
    traceIncludeSensitiveData: false,
  });
  try {
    const result = await runner.run(agent, items.flatMap(toInput), {
      stream: true,
      context,
      signal: context.signal,
    });
    for await (const event of result) {
      const shown = events.show(event);
      if (shown !== undefined) await shown;
    }
    if (context.signal.aborted) return 'complete';
    await result.completed;
    events.finish();
    const call = clientToolCall(result.interruptions, context);
    if (call !== null) {
      context.emit({ type: 'thread.item.done', item: call });
      return 'paused';
    }
    if (events.wantsWords) sayOutput(result.finalOutput, events);
    return 'complete';
  } catch (error) {
    // What the model said instead has been shown already.
    if (className(error) === 'ModelRefusalError' && !events.wantsWords) {
      events.finish();
      return 'complete';
    }
    if (className(error).includes('Tripwire')) events.takeBack();
    throw error;
  }
}

function sayOutput(output: unknown, events: RunEvents): void {
  const answer = answerText(output);
  if (answer.type === 'stopped') throw new AgentFailure('guardrail');
  if (answer.type === 'nothing') throw new AgentFailure('no_answer');
  events.say(answer.text);
}
