import { html, nothing, type TemplateResult } from 'lit';
import type { Appearance } from '../appearance.js';
import { formatNumber } from '../strings/index.js';
import { chatIcon, chevronIcon } from './icons.js';

export interface LauncherView extends Appearance {
  readonly open: boolean;
  /** Number of answers since the panel was closed. */
  readonly unread: number;
  /** Text beside the icon while the panel is closed. */
  readonly launcherLabel: string | undefined;
  readonly onToggle: () => void;
  /** The pointer comes, leaves or presses, or the bubble gets the focus. */
  readonly onIntent: (event: FocusEvent | PointerEvent) => void;
  readonly onKeydown: (event: KeyboardEvent) => void;
}

/** The bubble. */
export const launcher = (view: LauncherView): TemplateResult => {
  const { strings, unread, open } = view;
  // Intl is slow to start with, and most bubbles never count.
  const count = unread ? formatNumber(unread, view.language) : '';
  const text = open ? undefined : view.launcherLabel;
  // Speech input finds a control by the words that it shows.
  const label = text ?? view.label;
  return html`
    <button
      part="launcher"
      class="root launcher ${text ? 'labelled' : ''} ${view.corner} ${view.colorScheme}"
      type="button"
      aria-label=${unread ? `${label}, ${strings.unread}: ${count}` : label}
      aria-expanded=${open}
      aria-controls="panel"
      aria-haspopup="dialog"
      ?hidden=${open && view.isModal}
      @click=${view.onToggle}
      @keydown=${view.onKeydown}
      @pointerenter=${view.onIntent}
      @pointerleave=${view.onIntent}
      @pointerdown=${view.onIntent}
      @focus=${view.onIntent}
    >
      <slot name="launcher-icon">${open ? chevronIcon : chatIcon}</slot>
      ${text ? html`<span .textContent=${text}></span>` : nothing}
      ${unread ? html`<span part="badge" class="badge" aria-hidden="true" .textContent=${count}></span>` : nothing}
    </button>
  `;
};
