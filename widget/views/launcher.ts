import { html, nothing, type TemplateResult } from 'lit';
import { chatIcon, chevronIcon } from './icons.js';

export interface LauncherView {
  name: string;
  open: boolean;
  /** The panel lies over it. */
  covered: boolean;
  placement: string;
  unread: number;
  onClick: () => void;
  /** Hover, focus or touch: the visitor is about to click. */
  onIntent: () => void;
  onKeydown: (event: KeyboardEvent) => void;
}

/** The bubble. */
export const launcher = (view: LauncherView): TemplateResult => html`
  <button
    part="launcher"
    class="launcher corner ${view.placement}"
    type="button"
    aria-label=${view.name}
    aria-expanded=${view.open ? 'true' : 'false'}
    aria-controls="panel"
    aria-haspopup="dialog"
    ?hidden=${view.covered}
    @click=${view.onClick}
    @keydown=${view.onKeydown}
    @pointerenter=${view.onIntent}
    @focus=${view.onIntent}
    @touchstart=${{ handleEvent: view.onIntent, passive: true }}
  >
    <slot name="launcher-icon">${view.open ? chevronIcon : chatIcon}</slot>
    ${
      view.unread && !view.open
        ? html`<span part="badge" class="badge" aria-hidden="true">${view.unread}</span>`
        : nothing
    }
  </button>
`;
