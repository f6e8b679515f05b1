import { html, nothing, type TemplateResult } from 'lit';
import type { Appearance } from '../appearance.js';
import { closeIcon, iconButton } from './icons.js';

export interface TeaserView extends Appearance {
  /** The message while it is shown. */
  readonly teaser: string | undefined;
  readonly onToggle: () => void;
  readonly onDismiss: () => void;
}

/**
 * A message beside the bubble. Its live region is there before the message: what comes together with its region is not
 * announced.
 */
export const teaser = (view: TeaserView): TemplateResult => {
  const { teaser: text, strings } = view;
  return html`
    <div class="root teaser ${view.corner} ${view.colorScheme}" part=${text ? 'teaser' : nothing}>
      <div role="status">
        ${
          text
            ? html`<button dir="auto" .textContent=${text} @click=${view.onToggle}></button>`
            : nothing
        }
      </div>
      ${text ? iconButton(strings.dismiss, closeIcon, view.onDismiss) : nothing}
    </div>
  `;
};
