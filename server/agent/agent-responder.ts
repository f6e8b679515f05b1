import type { Agent, ModelProvider } from '@openai/agents';
import type { Responder } from '../chatkit/index.js';
import { runAgent, type AgentRun } from './agent-run.js';
import { streamAnswer, type AnswerOptions, type OnFailure } from './answer-stream.js';
import { defaultInstructions, defaultModel } from './default-agent.js';
import type { FailureTexts } from './failures.js';
import { imageAsDataUrl, type StoreImage } from './images.js';
import { loadSdk, type Sdk } from './sdk.js';
import { titleInstructions, type MakeTitle } from './title.js';
import { createUpstream, type Upstream, type UpstreamOptions } from './upstream.js';

/** What holds for every kind of agent. */
export interface AnsweringOptions {
  /** Hears of every failure; the visitor is told only what helps them. */
  readonly onFailure: OnFailure;
  /** For a whole answer, in milliseconds; 120,000 by default. */
  readonly deadlineMs?: number;
  /** How much of a thread the model is told, in tokens as `estimateTokens` sees them; 64,000 by default. */
  readonly historyTokens?: number;
  /** `model` by default: a short side call for each new thread. */
  readonly titles?: 'model' | 'first-words';
  /** How long a complete answer waits for its title, in milliseconds; 3000 by default. */
  readonly titleWaitMs?: number;
  /** Sentences for the visitor, in the visitor's language. */
  readonly texts?: FailureTexts;
}

/** An `Agent` of the SDK, whatever its context and output. */
export interface AnyAgent {
  readonly name: string;
  readonly model: unknown;
  readonly tools: unknown;
  readonly outputType: unknown;
  clone(config: never): unknown;
}

export interface AgentResponderOptions extends AnsweringOptions {
  /** Who answers; without it, an agent is made of `instructions` and `model`. */
  readonly agent?: AnyAgent;
  readonly instructions?: string | undefined;
  /** For agents that name none, and for titles. */
  readonly model?: string | undefined;
  /** Models that a page may ask for with its model picker; none by default. */
  readonly models?: readonly string[];
  readonly openai: UpstreamOptions;
  /** How the model is asked: `chat-completions` for servers that do not know the Responses API. */
  readonly api?: 'responses' | 'chat-completions' | undefined;
  readonly storeImage?: StoreImage;
  /** The copy of `@openai/agents` that made the agent; the service's own by default. */
  readonly sdk?: Sdk;
}

const defaultDeadlineMs = 120_000;
export const defaultHistoryTokens = 64_000;
const titleTimeoutMs = 10_000;
const defaultTitleWaitMs = 3000;

export function answering(options: AnsweringOptions, makeTitle: MakeTitle | null): AnswerOptions {
  return {
    deadlineMs: options.deadlineMs ?? defaultDeadlineMs,
    title: {
      make: options.titles === 'first-words' ? null : makeTitle,
      timeoutMs: titleTimeoutMs,
      graceMs: options.titleWaitMs ?? defaultTitleWaitMs,
    },
    texts: options.texts ?? {},
    onFailure: options.onFailure,
  };
}

/** Asks a model for a title. */
export function titleMaker(
  sdk: Sdk,
  modelProvider: ModelProvider,
  model: NonNullable<Agent['model']>,
): MakeTitle {
  const runner = new sdk.Runner({ modelProvider, tracingDisabled: true });
  const agent = new sdk.Agent({
    name: 'Title',
    instructions: titleInstructions,
    model,
    modelSettings: {
      ...(typeof model === 'string' && sdk.getDefaultModelSettings(model)),
      store: false,
    },
  });
  return async (message, signal) => {
    const { finalOutput } = await runner.run(agent, message, { signal, maxTurns: 1 });
    return finalOutput ?? '';
  };
}

/** The models at the end of an upstream, for one copy of the SDK. */
export const providerOf = (
  sdk: Sdk,
  { client }: Upstream,
  api?: AgentResponderOptions['api'],
): ModelProvider =>
  new sdk.OpenAIProvider({ openAIClient: client, useResponses: api !== 'chat-completions' });

function defaultAgent(sdk: Sdk, instructions = defaultInstructions, model: string): Agent {
  return new sdk.Agent({
    name: 'TaskPilot',
    instructions,
    model,
    // The whole thread is sent each time, so that OpenAI need not keep a copy of it.
    modelSettings: { ...sdk.getDefaultModelSettings(model), store: false },
  });
}

/** An agent of the Agents SDK as the one who answers. */
export async function createAgentResponder(options: AgentResponderOptions): Promise<Responder> {
  const own = await loadSdk();
  const sdk = options.sdk ?? own;
  const model = options.model ?? defaultModel;
  const agent =
    (options.agent as Agent | undefined) ?? defaultAgent(sdk, options.instructions, model);
  const upstream = createUpstream(options.openai);
  const run: AgentRun = {
    sdk,
    agent,
    modelProvider: providerOf(sdk, upstream, options.api),
    model,
    models: options.models ?? [],
    historyTokens: options.historyTokens ?? defaultHistoryTokens,
    storeImage: options.storeImage ?? imageAsDataUrl,
  };
  const titleModel = agent.model === '' ? model : agent.model;
  const makeTitle = titleMaker(own, providerOf(own, upstream, options.api), titleModel);
  const settings = answering(options, makeTitle);
  return {
    respond: (thread, message, context) =>
      streamAnswer({ thread, message, context }, settings, (emit, signal) =>
        runAgent(run, message?.id, message?.inference_options ?? {}, {
          ...context,
          signal,
          thread,
          emit,
        }),
      ),
  };
}
