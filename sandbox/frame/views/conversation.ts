import { html, nothing, type TemplateResult } from 'lit/html.js';
import { repeat } from 'lit/directives/repeat.js';
import type { Conversation, Notice } from '../chat-state.js';
import type { ViewModel } from '../renderer.js';
import type { Item } from '../wire.js';
import { answerActions } from './answer-actions.js';
import { itemView } from './item.js';
import { markdown } from './markdown.js';
import { alertIcon, promptIcon } from './icons.js';
import { toMessageInput } from '../composer.js';

function startScreen({ options, chat }: ViewModel): TemplateResult {
  const { greeting = 'What can I help with today?', prompts = [] } = options.startScreen ?? {};
  const send = (prompt: (typeof prompts)[number]['prompt']): void => {
    const content = typeof prompt === 'string' ? { text: prompt } : { content: prompt };
    void chat.send(toMessageInput(content));
  };
  return html`<section class="start" aria-label="Start">
    <h2>${greeting}</h2>
    <ul class="prompts">
      ${prompts.map(
        ({ label, prompt }) =>
          html`<li>
            <button type="button" class="prompt" @click=${() => send(prompt)}>
              ${promptIcon}<span>${label}</span>
            </button>
          </li>`,
      )}
    </ul>
  </section>`;
}

/** An error message, with a retry button where a retry can help. */
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

/** A placeholder with the outline of a conversation. */
const skeleton = html`<div class="skeleton" role="status">
  <span class="hidden">The conversation is loading</span>
  <div class="line question"></div>
  <div class="line"></div>
  <div class="line"></div>
  <div class="line short"></div>
</div>`;

const noticeView = ({ level, title, message }: Notice): TemplateResult =>
  html`<div class="notice ${level}" role="status">
    ${title === '' ? nothing : html`<strong>${title}</strong>`}
    <div class="text">${markdown(message)}</div>
  </div>`;

function earlier({ chat }: ViewModel, conversation: Conversation) {
  if (conversation.kind !== 'open' || conversation.earlier.kind === 'none') return nothing;
  const isLoading = conversation.earlier.kind === 'loading';
  return html`<button
    type="button"
    class="plain earlier"
    aria-disabled=${isLoading}
    @click=${() => void chat.loadEarlier()}
  >
    ${isLoading ? 'Loading…' : 'Show earlier messages'}
  </button>`;
}

/** The progress text, until the answer's own text is visible. */
function progress(view: ViewModel, items: readonly Item[]) {
  const { turn } = view.chat.state;
  if (turn.kind === 'stopped') return html`<p class="muted">You stopped this answer.</p>`;
  if (turn.kind !== 'answering') return nothing;
  const last = items.at(-1);
  const hasVisibleText =
    last?.type === 'assistant_message' &&
    turn.streaming.has(last.id) &&
    last.content.some(({ text }) => text !== '');
  if (hasVisibleText && turn.progress === null) return nothing;
  return html`<p class="progress"><span class="caret"></span>${turn.progress}</p>`;
}

function failure(view: ViewModel) {
  const { turn } = view.chat.state;
  if (turn.kind !== 'failed') return nothing;
  return problem(turn.message, turn.canRetry ? () => view.chat.retry() : null);
}

function log(view: ViewModel, items: readonly Item[]): TemplateResult {
  const { conversation, finished } = view.chat.state;
  // A finished answer gets a new node, so that a log announces it once and as a whole.
  const keyOf = ({ id, type }: Item): string =>
    type === 'assistant_message' && finished.has(id) ? `finished ${id}` : id;
  return html`<div
    class="log"
    role="log"
    aria-live="polite"
    aria-relevant="additions"
    aria-label="Conversation"
  >
    ${earlier(view, conversation)} ${repeat(items, keyOf, (item) => itemView(view, item))}
    ${progress(view, items)} ${failure(view)} ${answerActions(view, items)}
  </div>`;
}

function inside(view: ViewModel): TemplateResult {
  const { access, conversation } = view.chat.state;
  if (access === 'refused') {
    return problem('The chat could not connect.', () => void view.chat.reconnect());
  }
  switch (conversation.kind) {
    case 'loading':
      return skeleton;
    case 'failed': {
      const { threadId, message } = conversation;
      return problem(message, () => void view.chat.open(threadId));
    }
    case 'open':
      return conversation.items.length === 0 ? startScreen(view) : log(view, conversation.items);
  }
}

export const conversation = (view: ViewModel): TemplateResult =>
  html`${inside(view)}${view.chat.state.notices.map(noticeView)}`;
