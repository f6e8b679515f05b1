import { installQueue } from './call-queue.js';
import { chatTag, embed } from './embed.js';
import { TaskPilotChat } from './taskpilot-chat.js';

export * from './index.js';

declare global {
  interface HTMLElementTagNameMap {
    'taskpilot-chat': TaskPilotChat;
  }
}

// A page may load the widget twice; a server has no elements.
if ('customElements' in globalThis && !customElements.get(chatTag)) {
  // Before elements that are on the page are upgraded: what the page has queued comes first.
  installQueue();
  // `embed` is what a second copy of the script calls instead of starting a second widget.
  customElements.define(chatTag, Object.assign(TaskPilotChat, { embed }));
}
