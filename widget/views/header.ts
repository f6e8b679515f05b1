import { html, nothing, type TemplateResult } from 'lit';
import type { ChatStrings } from '../strings/index.js';
import { closeIcon, historyIcon, newChatIcon } from './icons.js';

export interface HeaderView {
  label: string;
  strings: ChatStrings;
  ready: boolean;
  history: boolean;
  onNewChat: () => void;
  onHistory: () => void;
  onClose: () => void;
}

const iconButton = (
  name: string,
  icon: TemplateResult,
  onClick: () => void,
  part: string | typeof nothing = nothing,
): TemplateResult =>
  html`<button type="button" part=${part} aria-label=${name} title=${name} @click=${onClick}>
    ${icon}
  </button>`;

/** The widget's own header: there in every state, so that the chat can always be closed. */
export const header = ({ strings, ...view }: HeaderView): TemplateResult => html`
  <header part="header">
    <slot name="header"
      ><span class="title" role="heading" aria-level="2">${view.label}</span></slot
    >
    ${
      view.ready && view.history
        ? iconButton(strings.history, historyIcon, view.onHistory)
        : nothing
    }
    ${view.ready ? iconButton(strings.newChat, newChatIcon, view.onNewChat) : nothing}
    ${iconButton(strings.close, closeIcon, view.onClose, 'close')}
  </header>
`;
