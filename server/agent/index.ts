export { accumulateText } from './accumulate-text.js';
export { createAgentResponder, defaultModel, type AgentInput } from './agent-responder.js';
export type { AgentContext } from './answer-stream.js';
export { toAgentInput } from './attached-files.js';
export type { HistoryOwner } from './kept-history.js';
export type { AgentInputHooks, InputPart } from './model-input.js';
export { createResponder, type ConfiguredResponder } from './create-responder.js';
export type { AgentFailureCode } from './failures.js';
export type { ModelCitation, ReadCitation } from './response-events.js';
export {
  createAgentContext,
  streamAgentResponse,
  type StreamAgentOptions,
  type StreamedRun,
} from './stream-agent-response.js';
export { clientTool, contextOf, withStep, type StepOptions } from './tools.js';
