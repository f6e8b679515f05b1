/** The session client without the element, for pages that use ChatKit themselves. */
export { chatKitApi, type ChatKitApiHooks } from './chatkit/api.js';
export type { PageContext } from './chatkit/context.js';
export { errorCodes, TaskPilotChatError, type TaskPilotChatErrorCode } from './errors.js';
export * from './session/index.js';
