/** Everything but the registration: importing it has no side effect, and works on a server. */
export type { CallQueue, QueuedCall } from './call-queue.js';
export type { ChatStateKind } from './controllers/state.js';
export type { PageContext, PageOptions } from './chatkit/index.js';
export { errorCodes, TaskPilotChatError, type TaskPilotChatErrorCode } from './errors.js';
export {
  TaskPilotChatEvent,
  type TaskPilotChatEventDetails,
  type TaskPilotChatEventMap,
  type TaskPilotChatEventName,
} from './events.js';
export type { ChatStrings } from './strings/index.js';
export { TaskPilotChat } from './taskpilot-chat.js';
