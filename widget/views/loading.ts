import { html, type TemplateResult } from 'lit';
import type { LoadingOptions } from '../controllers/chat.js';

const line = (kind = ''): TemplateResult => html`<div class="line ${kind}"></div>`;

/**
 * A skeleton of what ChatKit shows first, each part in its place: a conversation, or greeting and prompts.
 *
 * @param slow a text that the style sheet shows after some seconds
 */
export const loading = (
  { initialThread, startScreen }: LoadingOptions,
  slow: string,
): TemplateResult => {
  const slowLine = html`<div class="slow" aria-hidden="true" .textContent=${slow}></div>`;
  return html`<div part="loading" class="skeleton">
    ${
      initialThread
        ? html`${line('question')}${line()}${line()}${line('short')}${slowLine}`
        : html`<div class="greeting">
              ${
                startScreen?.greeting
                  ? html`<span .textContent=${startScreen.greeting}></span>`
                  : line()
              }${slowLine}
            </div>
            <div class="prompts" aria-hidden="true">
              ${startScreen?.prompts?.map(({ label }) => html`<div class="prompt" .textContent=${label}></div>`)}
            </div>`
    }
  </div>`;
};
