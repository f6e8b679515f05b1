import { html, nothing, type TemplateResult } from 'lit';
import { closeIcon, iconButton } from './icons.js';
import type { View } from './view.js';

/**
 * A message beside the bubble. Its live region is there before the message: what comes together with its region is not
 * announced.
 */
export const teaser = (view: View): TemplateResult => {
  const { text, dismiss } = view.teaser;
  return html`
    <div class="root teaser ${view.corner} ${view.colorScheme}" part=${text ? 'teaser' : nothing}>
      <div role="status">
        ${
          text
            ? html`<button dir="auto" .textContent=${text} @click=${view.panel.onToggle}></button>`
            : nothing
        }
      </div>
      ${text ? iconButton(view.strings.dismiss, closeIcon, dismiss) : nothing}
    </div>
  `;
};
