export type { AgentContext } from './agent-context.js';
export { AgentModuleError, loadAgentModule, type AgentModule } from './agent-module.js';
export {
  createAgentResponder,
  type AgentResponderOptions,
  type AnsweringOptions,
} from './agent-responder.js';
export type { OnFailure } from './answer-stream.js';
export { clientTool, type ClientToolOptions } from './tools.js';
export {
  createResponder,
  type AgentConfig,
  type Answerer,
  type CreateResponderOptions,
} from './create-responder.js';
export { defaultInstructions, defaultModel } from './default-agent.js';
export { AgentFailure, type AgentFailureCode, type FailureTexts } from './failures.js';
export type { StoreImage } from './images.js';
export { createUpstream, type Upstream, type UpstreamOptions } from './upstream.js';
