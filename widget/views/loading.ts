import { html, nothing, type TemplateResult } from 'lit';
import type { ChatStrings } from '../strings/index.js';

/** A skeleton in the shape of what comes. */
export const loading = (slow: boolean, strings: ChatStrings): TemplateResult => html`
  <div part="loading" class="view">
    <div class="line"></div>
    <div class="line"></div>
    ${slow ? html`<div class="slow" aria-hidden="true">${strings.slow}</div>` : nothing}
    <div class="pill"></div>
  </div>
`;
