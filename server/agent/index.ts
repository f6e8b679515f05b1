export { createAgentResponder, defaultModel } from './agent-responder.js';
export type { AgentContext } from './answer-stream.js';
export { toAgentInput, type AgentInputHooks } from './model-input.js';
export { createResponder, type ConfiguredResponder } from './create-responder.js';
export type { AgentFailureCode } from './failures.js';
export { clientTool, withStep, type StepOptions } from './tools.js';
