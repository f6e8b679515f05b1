/** The widget's own few texts; ChatKit has its own. */
export const en = {
  chat: 'Chat',
  close: 'Close',
  newChat: 'New chat',
  history: 'History',
  loading: 'Connecting…',
  slow: 'Still connecting…',
  ready: 'The chat is ready.',
  retry: 'Try again',
  unread: 'New messages',
  offline: 'You seem to be offline. The chat comes back when your connection does.',
  busy: 'The chat is very busy right now. Please wait a moment.',
  signIn: 'Please sign in to use the chat.',
  refused: 'The chat is not available on this page.',
  failed: 'The chat could not be opened right now.',
};

export type ChatStrings = typeof en;
