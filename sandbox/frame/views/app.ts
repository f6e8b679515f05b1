import { html, type TemplateResult } from 'lit/html.js';
import type { ViewModel } from '../view-model.js';
import { composer } from './composer.js';
import { conversation } from './conversation.js';
import { header } from './header.js';
import { historyPanel } from './history.js';
import { downIcon } from './icons.js';

export function app(view: ViewModel): TemplateResult {
  return html`<main aria-label=${view.options.frameTitle ?? 'Chat'}>
      ${header(view)}
      <div class="scroller" tabindex="-1">
        <div class="column-of-text">${conversation(view)}</div>
      </div>
      <div class="over-composer">
        <button
          type="button"
          class="to-latest"
          aria-label="To the latest message"
          title="To the latest message"
          ?hidden=${!view.isScrolledAway}
          @click=${() => view.toLatest()}
        >
          ${downIcon}
        </button>
      </div>
      ${composer(view)}
    </main>
    ${historyPanel(view)}`;
}
