export { buildApp, type AppDependencies } from './app.js';
export { ConfigError, readConfig, type Config } from './config.js';
export { loadEnvironment } from './environment.js';
export type { Authenticator, Caller } from './auth/index.js';
export { taskpilotChat, type RouteName, type TaskPilotChatOptions } from './plugin.js';
export { Problem, type ProblemBody, type ProblemCode } from './problems.js';
export { serve } from './serve.js';
export type { SessionAnswer, SessionBackend } from './sessions/backend.js';
export * from './chatkit/index.js';
export {
  accumulateText,
  clientTool,
  contextOf,
  createAgentContext,
  createAgentResponder,
  streamAgentResponse,
  toAgentInput,
  withStep,
  type AgentContext,
  type AgentInput,
  type AgentInputHooks,
  type HistoryOwner,
  type InputPart,
  type ModelCitation,
  type ReadCitation,
  type StepOptions,
  type StreamAgentOptions,
  type StreamedRun,
} from './agent/index.js';
export {
  LazyStore,
  openStore,
  StorageError,
  type OpenStore,
  type StorageOptions,
} from './storage/index.js';
