import type { Chat } from './chat.js';
import type { Composer, ComposerValue } from './composer.js';
import type { History } from './history.js';
import { toMessageInput, type MessageParams } from './message-input.js';

export interface PageMethodTargets {
  readonly chat: Chat;
  readonly composer: Composer;
  readonly history: History;
  focusComposer(): void;
}

type Method = (...args: readonly unknown[]) => unknown;

/** The methods of `<openai-chatkit>`, as the page may call them by name. */
export function pageMethods(to: PageMethodTargets): ReadonlyMap<string, Method> {
  const { chat, composer, history } = to;
  const methods: Record<string, Method> = {
    focusComposer: () => to.focusComposer(),
    setThreadId: (threadId) => {
      if (threadId !== null && typeof threadId !== 'string') {
        throw new TypeError('setThreadId takes a thread id or null.');
      }
      return chat.open(threadId);
    },
    sendUserMessage: (params) => {
      const { newThread = false, ...message } = params as MessageParams & { newThread?: boolean };
      return chat.send(toMessageInput(message), { newThread });
    },
    setComposerValue: (value) => composer.setValue(value as ComposerValue),
    sendCustomAction: (action, itemId) => chat.act(action, itemId as string | undefined),
    showHistory: () => history.open(),
    hideHistory: () => history.close(),
    fetchUpdates: async () => {
      await chat.refresh();
      if (history.state.kind === 'open') await history.reload();
    },
  };
  return new Map(Object.entries(methods));
}
