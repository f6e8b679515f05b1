import { html, nothing, type TemplateResult } from 'lit';
import { formatNumber } from '../strings/index.js';
import { chatIcon, chevronIcon } from './icons.js';
import type { View } from './view.js';

/** The bubble. */
export const launcher = (view: View): TemplateResult => {
  const { strings, visitor, panel, preload } = view;
  const { unread } = visitor;
  // Intl is slow to start with, and most bubbles never count.
  const count = unread && formatNumber(unread, view.language);
  // The text beside the icon while the panel is closed.
  const text = panel.isOpen ? undefined : view.host.launcherLabel;
  // Speech input finds a control by the words that it shows.
  const label = text ?? view.label;
  return html`
    <button
      part="launcher"
      class="root launcher ${text ? 'labelled' : ''} ${view.corner} ${view.colorScheme}"
      type="button"
      aria-label=${unread ? `${label}, ${strings.unread}: ${count}` : label}
      aria-expanded=${panel.isOpen}
      aria-controls="panel"
      aria-haspopup="dialog"
      ?hidden=${panel.isOpen && view.isModal}
      @click=${panel.onToggle}
      @keydown=${panel.onKeydown}
      @pointerenter=${preload.onIntent}
      @pointerleave=${preload.onIntent}
      @pointerdown=${preload.onIntent}
      @focus=${preload.onIntent}
    >
      <slot name="launcher-icon">${panel.isOpen ? chevronIcon : chatIcon}</slot>
      ${text ? html`<span .textContent=${text}></span>` : nothing}
      ${unread ? html`<span part="badge" class="badge" aria-hidden="true" .textContent=${count}></span>` : nothing}
    </button>
  `;
};
