import type { Responder } from '../chatkit/index.js';
import { loadAgentModule, type LoadOptions } from './agent-module.js';
import { createAgentResponder, defaultModel } from './agent-responder.js';
import type { ApprovalPolicy } from './approvals.js';
import { mappedModel, type ModelMap } from './model-map.js';
import type { AgentApi } from './compatible-models.js';
import type { ResponderOptions } from './answer-stream.js';
import { routedHandlers, routedResponder } from './routed-responder.js';
import { createUpstream, type UpstreamOptions } from './upstream.js';
import { createWorkflowResponder } from './workflow-responder.js';

/** The `AGENT_*` variables of the service's configuration. */
export interface AgentConfig {
  readonly module: string | undefined;
  readonly model: string | undefined;
  readonly instructions: string | undefined;
  /** Models that a page may choose. */
  readonly models?: readonly string[] | undefined;
  /** How much of a thread the model gets, in estimated tokens. */
  readonly historyTokens?: number | undefined;
  /** Tokens of one answer of a model, for agents that set no bound themselves. */
  readonly maxOutputTokens?: number | undefined;
  /** `responses` by default. */
  readonly api?: AgentApi | undefined;
  /** For Azure OpenAI, see `UpstreamOptions`. */
  readonly azureApiVersion?: string | undefined;
  /** `AGENT_API_KEY`, which the agent uses in place of `OPENAI_API_KEY`. */
  readonly apiKey?: string | undefined;
  /** Models to use in place of those that agents name. */
  readonly modelMap?: ModelMap | undefined;
  /** What happens when an agent wants an approval; `ask` by default. */
  readonly approvals?: ApprovalPolicy | undefined;
}

export interface CreateResponderOptions extends ResponderOptions {
  /** With `OPENAI_API_KEY` as the key. */
  readonly openai: Omit<UpstreamOptions, 'timing'>;
  readonly load?: Omit<LoadOptions, 'upstream'>;
}

/** The responder that the configuration asks for, and what the session endpoint has to know about it. */
export interface ConfiguredResponder {
  readonly responder: Responder;
  readonly kind: 'default' | 'agent' | 'workflow' | 'responder';
  /** Whether it can answer when OpenAI refuses `OPENAI_API_KEY`. */
  readonly ownCredentials: boolean;
  /** Why it cannot answer, or null. */
  readonly notReady: string | null;
  /** The names of the models that it uses, as far as they are known. */
  readonly models: readonly string[];
  /** What the operator should know about it, a line each. */
  readonly warnings: readonly string[];
}

const noKey = 'The agent has no key: set OPENAI_API_KEY or AGENT_API_KEY.';

/**
 * Creates the responder that the configuration asks for: the default agent, or what `AGENT_MODULE` exports.
 *
 * @throws {AgentModuleError} if the module cannot be used
 *
 * @example
 * const { responder } = await createResponder(
 *   { module: './agent.mjs', model: undefined, instructions: undefined },
 *   {
 *     openai: { apiKey: process.env.OPENAI_API_KEY, baseUrl: 'https://api.openai.com/v1' },
 *     onFailure: ({ code, message }) => log.error({ code }, message),
 *   },
 * );
 */
export async function createResponder(
  config: AgentConfig,
  { openai, load, ...others }: CreateResponderOptions,
): Promise<ConfiguredResponder> {
  const {
    model = defaultModel,
    models = [],
    instructions,
    historyTokens,
    maxOutputTokens,
    approvals,
  } = config;
  const options: ResponderOptions = {
    ...others,
    ...(historyTokens !== undefined && { historyTokens }),
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    ...(approvals !== undefined && { approvals }),
  };
  const apiKey = config.apiKey ?? openai.apiKey;
  const { api, azureApiVersion, modelMap } = config;
  const upstreamOptions: UpstreamOptions = { ...openai, apiKey, api, azureApiVersion, modelMap };
  const known = (names: readonly string[], warnings: readonly string[] = []) => ({
    models: [...new Set(names.map((name) => mappedModel(modelMap ?? {}, name)))],
    warnings,
  });
  const ownCredentials = config.apiKey !== undefined;
  const notReady = apiKey === undefined ? noKey : null;
  if (config.module === undefined) {
    const responder = await createAgentResponder({
      ...options,
      openai: upstreamOptions,
      model,
      models,
      instructions,
    });
    return { responder, kind: 'default', ownCredentials, notReady, ...known([model]) };
  }
  const upstream = createUpstream(upstreamOptions);
  const module = await loadAgentModule(config.module, { ...load, upstream });
  switch (module.type) {
    case 'responder':
      return {
        responder: routedResponder(module.responder, upstream),
        kind: 'responder',
        ownCredentials: true,
        notReady: null,
        ...known([]),
      };
    case 'workflow': {
      const responder = await createWorkflowResponder({
        ...options,
        ...module,
        ...(apiKey === undefined && { titles: 'first-words' }),
        model,
        upstream,
      });
      // It may use another provider, with a key of its own.
      return {
        responder: { ...responder, ...routedHandlers(module.handlers, upstream) },
        kind: 'workflow',
        ownCredentials,
        notReady: null,
        ...known([model, ...module.models], module.warnings),
      };
    }
    case 'agent': {
      const { agent, sdk, input, history } = module;
      const responder = await createAgentResponder({
        ...options,
        openai: upstreamOptions,
        model,
        models,
        agent,
        sdk,
        input,
        history,
      });
      const usesOpenAI = typeof agent.model === 'string';
      return {
        responder: { ...responder, ...routedHandlers(module.handlers, upstream) },
        kind: 'agent',
        ownCredentials,
        notReady: usesOpenAI ? notReady : null,
        ...known(typeof agent.model === 'string' ? [agent.model === '' ? model : agent.model] : []),
      };
    }
  }
}
