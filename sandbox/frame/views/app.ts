import { html, nothing, type TemplateResult } from 'lit/html.js';
import type { ViewModel } from '../renderer.js';
import { composer } from './composer.js';
import { conversation } from './conversation.js';
import { attachFrom, canAttach } from './files.js';
import { historyPanel } from './history.js';
import { composeIcon, downIcon, historyIcon } from './icons.js';

export function app(view: ViewModel): TemplateResult {
  return html`<main
      aria-label=${view.options.frameTitle ?? 'Chat'}
      @dragover=${(event: DragEvent) => onDragOver(view, event)}
      @dragleave=${(event: DragEvent) => markDropping(event, false)}
      @drop=${(event: DragEvent) => onDrop(view, event)}
    >
      ${header(view)}
      <div class="scroller" tabindex="-1">
        <div class="column-of-text">
          <p class="sandbox">Local sandbox, not OpenAI</p>
          ${conversation(view)}
        </div>
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

function markDropping({ currentTarget }: DragEvent, isDropping: boolean): void {
  (currentTarget as HTMLElement).toggleAttribute('data-dropping', isDropping);
}

function onDragOver(view: ViewModel, event: DragEvent): void {
  if (!canAttach(view) || !event.dataTransfer?.types.includes('Files')) return;
  // Without it, the browser would open the file instead of the chat.
  event.preventDefault();
  markDropping(event, true);
}

function onDrop(view: ViewModel, event: DragEvent): void {
  markDropping(event, false);
  if (attachFrom(view, event.dataTransfer)) event.preventDefault();
}

/** `sidebar-open-left` → “Sidebar open left”: all that is known of what the page's button does. */
function nameOf(icon: string): string {
  const words = icon.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function pageAction(view: ViewModel, side: 'leftAction' | 'rightAction') {
  const action = view.options.header?.[side];
  if (!action) return nothing;
  return html`<button
    type="button"
    class="quiet page-action"
    @click=${() => view.headerAction(side)}
  >
    ${nameOf(action.icon)}
  </button>`;
}

export function titleOf({ options, chat }: ViewModel): string {
  const { conversation } = chat.state;
  const thread = conversation.kind === 'open' ? conversation.thread : null;
  return options.header?.title?.text ?? thread?.title ?? options.frameTitle ?? 'Chat';
}

export function header(view: ViewModel): TemplateResult {
  const { options, chat, history } = view;
  if (options.header?.enabled === false) return html`<h1 class="hidden">${titleOf(view)}</h1>`;
  const hasTitle = options.header?.title?.enabled !== false;
  return html`<header>
    ${pageAction(view, 'leftAction')}
    <h1 class=${hasTitle ? 'title' : 'hidden'}>${titleOf(view)}</h1>
    <div class="tools">
      <button
        type="button"
        class="tool"
        aria-label="New chat"
        title="New chat"
        @click=${() => void chat.open(null)}
      >
        ${composeIcon}
      </button>
      ${
        options.history?.enabled === false
          ? nothing
          : html`<button
              type="button"
              class="tool"
              aria-label="History"
              title="History"
              aria-haspopup="dialog"
              @click=${() => void history.open()}
            >
              ${historyIcon}
            </button>`
      }
      ${pageAction(view, 'rightAction')}
    </div>
  </header>`;
}
