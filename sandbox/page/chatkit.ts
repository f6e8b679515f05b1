import { createChatKitElement } from './chatkit-element.js';

const tag = 'openai-chatkit';

// `currentScript` is set only while the script runs. The frame's URL is relative to the script's, which keeps
// a scenario in the path.
const script = document.currentScript;
if (!(script instanceof HTMLScriptElement) || script.src === '') {
  throw new Error(
    'ChatKit must be loaded by <script src>: it finds its frame beside its own address.',
  );
}
if (!customElements.get(tag)) {
  customElements.define(tag, createChatKitElement(new URL('index.html', script.src)));
}
