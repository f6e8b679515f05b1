import type { Responder } from '../chatkit/index.js';
import { loadAgentModule, type LoadOptions } from './agent-module.js';
import {
  createAgentResponder,
  type AgentResponderOptions,
  type AnsweringOptions,
} from './agent-responder.js';
import type { Fetch } from './retrying-fetch.js';
import { createUpstream } from './upstream.js';
import { createWorkflowResponder } from './workflow-responder.js';

/** As the service's configuration has it: `AGENT_*`. */
export interface AgentConfig {
  readonly module: string | undefined;
  readonly model: string | undefined;
  readonly instructions: string | undefined;
  /** `AGENT_API_KEY`: takes the place of `OPENAI_API_KEY` for the agent. */
  readonly apiKey?: string | undefined;
}

export interface CreateResponderOptions extends AnsweringOptions {
  readonly openai: {
    /** `OPENAI_API_KEY` */
    readonly apiKey: string | undefined;
    readonly baseUrl: string;
    readonly fetch?: Fetch;
  };
  readonly api?: AgentResponderOptions['api'];
  readonly load?: Omit<LoadOptions, 'upstream'>;
}

/** Who answers, and what the session endpoint has to know of them. */
export interface Answerer {
  readonly responder: Responder;
  readonly kind: 'default' | 'agent' | 'workflow' | 'responder';
  /** Whether it answers although OpenAI refuses the service's own key. */
  readonly ownCredentials: boolean;
  /** Why nobody would answer, or null. */
  readonly notReady: string | null;
}

const noKey = 'The agent has no key: set OPENAI_API_KEY or AGENT_API_KEY.';

/**
 * Makes the one who answers of the service's configuration.
 *
 * @throws {AgentModuleError} one line about what is wrong with `AGENT_MODULE`
 */
export async function createResponder(
  config: AgentConfig,
  { openai, load, ...options }: CreateResponderOptions,
): Promise<Answerer> {
  const apiKey = config.apiKey ?? openai.apiKey;
  const upstreamOptions = { ...openai, apiKey };
  const credentials = {
    ownCredentials: config.apiKey !== undefined,
    notReady: apiKey === undefined ? noKey : null,
  };
  const { model, instructions } = config;
  if (config.module === undefined) {
    const responder = await createAgentResponder({
      ...options,
      openai: upstreamOptions,
      model,
      instructions,
    });
    return { responder, kind: 'default', ...credentials };
  }
  const upstream = createUpstream(upstreamOptions);
  const module = await loadAgentModule(config.module, { ...load, upstream });
  switch (module.type) {
    case 'responder':
      return {
        responder: module.responder,
        kind: 'responder',
        ownCredentials: true,
        notReady: null,
      };
    case 'workflow': {
      const responder = await createWorkflowResponder({
        ...options,
        ...module,
        ...(apiKey === undefined && { titles: 'first-words' }),
        model,
        upstream,
      });
      // It may ask another provider, with a key that it has found itself.
      return { responder, kind: 'workflow', ...credentials, notReady: null };
    }
    case 'agent': {
      const { agent, sdk } = module;
      const responder = await createAgentResponder({
        ...options,
        openai: upstreamOptions,
        model,
        agent,
        sdk,
      });
      const asksOpenAI = typeof agent.model === 'string';
      return {
        responder,
        kind: 'agent',
        ...credentials,
        ...(!asksOpenAI && { notReady: null }),
      };
    }
  }
}
