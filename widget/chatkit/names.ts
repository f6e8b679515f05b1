import type { ChatKitEvents } from '@openai/chatkit';

export const chatKitTag = 'openai-chatkit';

/** OpenAI's CDN; the script has no versions and may be loaded from nowhere else. */
export const defaultChatKitSrc = 'https://cdn.platform.openai.com/deployments/chatkit/chatkit.js';

type Suffix = keyof ChatKitEvents extends `chatkit.${infer Name}` ? Name : never;

/** A mapped type, so that an event that ChatKit gains breaks the compilation here. */
const known: Record<Suffix, 1> = {
  ready: 1,
  error: 1,
  effect: 1,
  deeplink: 1,
  'response.start': 1,
  'response.end': 1,
  'history.open': 1,
  'history.close': 1,
  'thread.change': 1,
  'thread.load.start': 1,
  'thread.load.end': 1,
  'tool.change': 1,
  log: 1,
};

export const chatKitEventNames = Object.keys(known).map(
  (suffix) => `chatkit.${suffix}` as keyof ChatKitEvents,
);
