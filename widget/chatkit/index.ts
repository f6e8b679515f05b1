export { chatKitApi, type ChatKitApiHooks } from './chatkit-api.js';
export { loadChatKit } from './load-chatkit.js';
export { mountChatKit, type MountedChatKit } from './mount-chatkit.js';
export { chatKitEventNames, chatKitTag, defaultChatKitSrc } from './names.js';
export { toChatKitOptions, type ChatKitSettings, type PageOptions } from './to-chatkit-options.js';
