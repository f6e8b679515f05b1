export {
  ChatKitServer,
  type ChatKitServerOptions,
  type ProcessContext,
  type ProcessResult,
} from './server.js';
export { CustomStreamError, RequestError, StreamError } from './errors.js';
export { newId, type IdKind, type NewId } from './ids.js';
export { MemoryStore } from './memory-store.js';
export { chatkitServer, type ChatKitCaller, type ChatKitServerPluginOptions } from './http.js';
export { parseRequest } from './parse-request.js';
export type { RequestContext, Responder, ResponderContext, SyncActionResult } from './responder.js';
export {
  NotFoundError,
  type PageRequest,
  type Store,
  type StoreActions,
  type StoreContext,
} from './store.js';
export { diffWidget, streamWidget, type StreamWidgetOptions } from './widgets.js';
export * from './protocol/index.js';
