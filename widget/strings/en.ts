/** The widget's own few texts; ChatKit has its own. */
export const en = {
  chat: 'Chat',
  close: 'Close',
  newChat: 'New chat',
  history: 'History',
  expand: 'Make larger',
  shrink: 'Make smaller',
  dismiss: 'Dismiss',
  loading: 'Connecting…',
  slow: 'Still connecting…',
  ready: 'The chat is ready.',
  /** Announced to screen readers when an answer is complete. */
  reply: 'New reply.',
  /** Accessible name of the composer that takes text until ChatKit is ready. */
  message: 'Message',
  placeholder: 'Message the AI',
  send: 'Send',
  /** Below a message that is sent as soon as the chat is ready. */
  queued: 'Waiting to be sent…',
  retry: 'Try again',
  contact: 'Contact us',
  unread: 'New messages',
  offline: 'You are offline. The chat comes back with your connection.',
  session_rate_limited: 'The chat is busy. Please try again in a moment.',
  /** `{time}` becomes a duration such as "57 seconds". */
  wait: 'The chat is busy. Please try again in {time}.',
  session_unauthenticated: 'Please sign in to use the chat.',
  session_forbidden: 'The chat is not available on this page.',
  waiting: 'The connection is interrupted. Messages are sent when it is back.',
  threadLost: 'The earlier conversation is not available any more. This is a new one.',
  failed: 'The chat could not be opened.',
};

export type ChatStrings = typeof en;

/** What the file of another language has: the bubble's text is in `index.ts`, for it is shown before the file is fetched. */
export type LanguageStrings = Omit<ChatStrings, 'chat'>;
