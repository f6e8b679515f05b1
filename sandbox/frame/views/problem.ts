import { html, nothing, type TemplateResult } from 'lit/html.js';
import { alertIcon } from './icons.js';

/** One sentence, and a button where trying again can help. */
export function problem(message: string, onRetry: (() => void) | null): TemplateResult {
  return html`<div class="problem" role="alert">
    ${alertIcon}
    <p>${message}</p>
    ${
      onRetry
        ? html`<button type="button" class="plain" @click=${onRetry}>Try again</button>`
        : nothing
    }
  </div>`;
}
