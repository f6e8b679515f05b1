export { AgentModuleError, loadAgentModule, type AgentModule } from './agent-module.js';
export {
  createAgentResponder,
  defaultInstructions,
  defaultModel,
  type AgentResponderOptions,
} from './agent-responder.js';
export type { AgentContext, OnFailure, ResponderOptions } from './answer-stream.js';
export {
  createResponder,
  type AgentConfig,
  type ConfiguredResponder,
  type CreateResponderOptions,
} from './create-responder.js';
export { AgentFailure, type AgentFailureCode, type FailureTexts } from './failures.js';
export type { StoreImage } from './images.js';
export { clientTool, type ClientToolOptions } from './tools.js';
export { createUpstream, type Upstream, type UpstreamOptions } from './upstream.js';
