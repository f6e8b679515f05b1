import { html, nothing, type TemplateResult } from 'lit';
import type { LoadingOptions } from '../controllers/chat.js';
import { sendIcon } from './icons.js';
import type { View } from './view.js';

/** Else a press on the button would take the focus from the text, and close the keyboard of a phone. */
const keepFocus = (event: Event): void => event.preventDefault();

/** Takes text until ChatKit is ready, in the place and look of ChatKit's composer. */
export const composer = (
  { strings, draft }: View,
  { composer: { placeholder } = {}, disclaimer, theme }: LoadingOptions,
): TemplateResult => {
  const radius = typeof theme === 'object' ? theme.radius : nothing;
  return html`<div class="foot">
    <div class="composer ${radius}">
      <textarea
        rows="1"
        aria-label=${strings.message}
        placeholder=${placeholder ?? strings.placeholder}
        autocomplete="off"
        enterkeyhint="send"
        @input=${draft.onInput}
        @compositionend=${draft.onCompositionEnd}
        @keydown=${draft.onKey}
        @keypress=${draft.onKey}
        @keyup=${draft.onKey}
      ></textarea>
      <button
        class="send"
        type="button"
        aria-label=${strings.send}
        title=${strings.send}
        aria-disabled=${draft.text.trim() && draft.canSend ? nothing : 'true'}
        @mousedown=${keepFocus}
        @click=${draft.onSend}
      >
        ${sendIcon}
      </button>
    </div>
    ${disclaimer ? html`<div class="disclaimer" .textContent=${disclaimer.text}></div>` : nothing}
  </div>`;
};

/** The messages that are sent when ChatKit is ready, where it shows them then. */
export const queue = ({ strings, draft }: View): TemplateResult => html`
  <div class="queue">
    ${draft.waiting.map(({ text }) => html`<p class="bubble" .textContent=${text}></p>`)}
    <small .textContent=${strings.queued}></small>
  </div>
`;
