import { installQueue } from './call-queue.js';
import { chatTag, embed } from './embed.js';
import type { TaskPilotChatEvent } from './events.js';
import { TaskPilotChat } from './taskpilot-chat.js';

export * from './index.js';

declare global {
  /** The element's events bubble. */
  interface DocumentEventMap {
    'taskpilot-open': TaskPilotChatEvent<'taskpilot-open'>;
    'taskpilot-close': TaskPilotChatEvent<'taskpilot-close'>;
    'taskpilot-state': TaskPilotChatEvent<'taskpilot-state'>;
    'taskpilot-ready': TaskPilotChatEvent<'taskpilot-ready'>;
    'taskpilot-error': TaskPilotChatEvent<'taskpilot-error'>;
    'taskpilot-session': TaskPilotChatEvent<'taskpilot-session'>;
    'taskpilot-unread': TaskPilotChatEvent<'taskpilot-unread'>;
  }
  interface HTMLElementTagNameMap {
    'taskpilot-chat': TaskPilotChat;
  }
}

// A page may load the widget twice. A server has no document, though Lit gives it a `customElements`.
if ('document' in globalThis && !customElements.get(chatTag)) {
  // Before elements that are on the page are upgraded: what the page has queued comes first.
  installQueue();
  // `embed` is what a second copy of the script calls instead of starting a second widget.
  customElements.define(chatTag, Object.assign(TaskPilotChat, { embed }));
}
