export {
  ChatKitServer,
  type ChatKitServerOptions,
  type NewId,
  type ProcessResult,
  type RequestContext,
  type Responder,
} from './chatkit-server.js';
export { parseRequest, RequestError, type ChatKitRequest } from './requests.js';
export {
  MemoryStore,
  NotFoundError,
  type PageRequest,
  type Store,
  type StoreContext,
} from './store.js';
export type * from './types.js';
