import type { ChatKitEvents } from '@openai/chatkit';

export const chatKitTag = 'openai-chatkit';

/** OpenAI's CDN; the script has no versions and may be loaded from nowhere else. */
export const defaultChatKitSrc = 'https://cdn.platform.openai.com/deployments/chatkit/chatkit.js';

/** A mapped type, so that an event that ChatKit gains breaks the compilation here. */
const known: Record<keyof ChatKitEvents, true> = {
  'chatkit.ready': true,
  'chatkit.error': true,
  'chatkit.effect': true,
  'chatkit.deeplink': true,
  'chatkit.response.start': true,
  'chatkit.response.end': true,
  'chatkit.history.open': true,
  'chatkit.history.close': true,
  'chatkit.thread.change': true,
  'chatkit.thread.load.start': true,
  'chatkit.thread.load.end': true,
  'chatkit.tool.change': true,
  'chatkit.log': true,
};

export const chatKitEventNames = Object.keys(known) as (keyof ChatKitEvents)[];
