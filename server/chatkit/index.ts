export type { OnRevoked } from './answers.js';
export type { AttachmentContext, AttachmentStore } from './attachments.js';
export {
  CustomStreamError,
  ChatKitProblem,
  RequestError,
  StreamError,
  type ChatKitProblemCode,
  type HttpProblem,
} from './errors.js';
export { chatkitServer, type ChatKitCaller, type ChatKitServerPluginOptions } from './http.js';
export { hiddenContextEvent, messageEvent, type ItemEventOptions } from './item-events.js';
export { acceptJsonOnly } from './json-body.js';
export { quotaExceeded, type ChatKitLimits } from './limits.js';
export { MemoryStore } from './memory-store.js';
export * from './protocol/index.js';
export {
  newId,
  type IdKind,
  type NewId,
  type RequestContext,
  type Responder,
  type ResponderContext,
  type SyncActionResult,
} from './responder.js';
export {
  ChatKitServer,
  type ChatKitServerOptions,
  type ProcessContext,
  type ProcessResult,
} from './server.js';
export {
  defaultPageBytes,
  NotFoundError,
  type AttachmentRecord,
  type ErrorEvent,
  type Feedback,
  type KeyedRequest,
  type PageRequest,
  type RenewedLease,
  type RequestClaim,
  type Store,
  type StoreActions,
  type StoreContext,
  type StoredRequest,
} from './store.js';
export type { AudioInput, Transcriber } from './transcription.js';
export { parseRequest } from './validation.js';
export { widgetTemplate, type WidgetTemplate } from './widget-template.js';
export { diffWidget, streamWidget, type StreamWidgetOptions } from './widgets.js';
