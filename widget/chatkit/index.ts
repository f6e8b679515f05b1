/** For types only: the rest of the widget has them from here. */
export type { ChatKitEvents, OpenAIChatKit, StartScreenPrompt } from '@openai/chatkit';
export { chatKitApi, type ChatKitApi, type ChatKitApiHooks } from './api.js';
export { loadChatKit, type LoadOptions } from './load.js';
export { mountChatKit, type MountedChatKit } from './mount.js';
export { defaultChatKitSrc } from './names.js';
export {
  toChatKitOptions,
  type ChatKitAttributes,
  type ChatKitSurroundings,
  type PageOptions,
} from './options.js';
