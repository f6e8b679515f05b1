/** The only door to OpenAI's element for the rest of the widget. */
export type { ChatKitEvents, OpenAIChatKit, StartScreenPrompt } from '@openai/chatkit';
export { chatKitApi, type ChatKitApi } from './api.js';
export { chatKitTag, defaultChatKitSrc, loadChatKit, type LoadOptions } from './load.js';
export { mountChatKit, type MountedChatKit } from './mount.js';
export {
  toChatKitOptions,
  type ChatKitAttributes,
  type ChatKitSurroundings,
  type PageOptions,
} from './options.js';
