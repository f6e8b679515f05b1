import { installQueue } from './call-queue.js';
import { embed } from './embed.js';
import { chatTag } from './names.js';
import { TaskPilotChat } from './taskpilot-chat.js';

export * from './index.js';

declare global {
  interface HTMLElementTagNameMap {
    'taskpilot-chat': TaskPilotChat;
  }
}

// Another copy of the widget may have been first; a server has no elements.
if ('customElements' in globalThis && !customElements.get(chatTag)) {
  // A second script tag finds its way here instead of starting a second widget.
  customElements.define(chatTag, Object.assign(TaskPilotChat, { embed }));
  installQueue();
}
