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

// Another copy of the widget may have been first.
if (!customElements.get(chatTag)) {
  customElements.define(chatTag, TaskPilotChat);
  // A second script tag finds its way here instead of starting a second widget.
  installQueue(chatTag, { embed: (script: Element | null) => embed(chatTag, script) });
}
