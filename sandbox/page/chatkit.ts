import { createChatKitElement } from './chatkit-element.js';

const tag = 'openai-chatkit';

// Only while a classic script runs for the first time does it know where it came from; the frame lies
// beside it, so a scenario in the address of one is in the address of the other.
const script = document.currentScript;
if (!(script instanceof HTMLScriptElement) || script.src === '') {
  throw new Error(
    'ChatKit must be loaded by <script src>: it finds its frame beside its own address.',
  );
}
if (!customElements.get(tag)) {
  customElements.define(tag, createChatKitElement(new URL('index.html', script.src)));
}
