/** The only door to OpenAI's element for the rest of the widget. */
export type {
  ChatKitEvents,
  ChatKitOptions,
  OpenAIChatKit,
  StartScreenPrompt,
} from '@openai/chatkit';
export { chatKitApi } from './api.js';
export type { PageContext } from './context.js';
export { chatKitTag, defaultChatKitSrc, loadChatKit, type LoadOptions } from './load.js';
export { mountChatKit, type MountedChatKit } from './mount.js';
export {
  copyOptions,
  isEqual,
  refuseApi,
  offerable,
  toChatKitOptions,
  type ChatKitAttributes,
  type ChatKitSurroundings,
  type PageOptions,
} from './options.js';
