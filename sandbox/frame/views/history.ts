import { html, nothing, type TemplateResult } from 'lit/html.js';
import { ref } from 'lit/directives/ref.js';
import { repeat } from 'lit/directives/repeat.js';
import { usableLocale } from '../appearance.js';
import type { History, ThreadList } from '../history.js';
import type { ViewModel } from '../renderer.js';
import type { ThreadInfo } from '../wire.js';
import { checkIcon, closeIcon, deleteIcon, renameIcon } from './icons.js';
import { problem } from './conversation.js';

type Loaded = Extract<ThreadList, { kind: 'loaded' }>;

const titleOf = ({ title }: ThreadInfo): string => title ?? 'New chat';

function dateOf(view: ViewModel, { created_at }: ThreadInfo) {
  const date = new Date(created_at);
  if (Number.isNaN(date.getTime())) return nothing;
  const format = new Intl.DateTimeFormat(usableLocale(view.options.locale), {
    dateStyle: 'medium',
    timeStyle: 'short',
  });
  return html`<time datetime=${date.toISOString()}>${format.format(date)}</time>`;
}

/** A stable reference, so that `ref` calls it once per element and not on each render. */
const takeFocus = (element: Element | undefined): void => {
  // `ref` calls it before the element is connected.
  queueMicrotask(() => {
    if (element instanceof HTMLElement) element.focus();
    if (element instanceof HTMLInputElement) element.select();
  });
};

const tool = (name: string, icon: TemplateResult, onClick: () => void): TemplateResult =>
  html`<button type="button" class="tool small" aria-label=${name} title=${name} @click=${onClick}>
    ${icon}
  </button>`;

function renaming(history: History, thread: ThreadInfo): TemplateResult {
  return html`<form
    class="thread"
    @submit=${(event: SubmitEvent) => {
      event.preventDefault();
      const data = new FormData(event.currentTarget as HTMLFormElement);
      const title = data.get('title');
      if (typeof title === 'string' && title.trim() !== '') {
        void history.rename(thread.id, title.trim());
      }
    }}
  >
    <input
      ${ref(takeFocus)}
      name="title"
      aria-label="Title"
      maxlength="200"
      .value=${titleOf(thread)}
      @keydown=${(event: KeyboardEvent) => {
        if (event.key !== 'Escape') return;
        // Cancels the renaming without closing the dialog.
        event.preventDefault();
        history.edit(null);
      }}
    />
    <button type="submit" class="tool small" aria-label="Save" title="Save">${checkIcon}</button>
    ${tool('Cancel', closeIcon, () => history.edit(null))}
  </form>`;
}

function deleting(history: History, thread: ThreadInfo): TemplateResult {
  return html`<div class="thread asking" role="group" aria-label="Delete ${titleOf(thread)}">
    <span>Delete this conversation?</span>
    <button type="button" class="plain danger" @click=${() => void history.remove(thread.id)}>
      Delete
    </button>
    <button ${ref(takeFocus)} type="button" class="quiet" @click=${() => history.edit(null)}>
      Keep
    </button>
  </div>`;
}

function row(view: ViewModel, list: Loaded, thread: ThreadInfo): TemplateResult {
  const { chat, history, options } = view;
  const { id } = thread;
  const edited = list.editing?.threadId === id ? list.editing.kind : null;
  if (edited === 'renaming') return renaming(history, thread);
  if (edited === 'deleting') return deleting(history, thread);
  const title = titleOf(thread);
  return html`<div class="thread" aria-busy=${edited === 'saving'}>
    <button
      type="button"
      class="open"
      aria-current=${chat.threadId === id ? 'true' : nothing}
      @click=${() => {
        history.close();
        void chat.open(id);
      }}
    >
      <span class="thread-title">${title}</span>${dateOf(view, thread)}
    </button>
    ${
      options.history?.showRename === false
        ? nothing
        : tool(`Rename ${title}`, renameIcon, () =>
            history.edit({ kind: 'renaming', threadId: id }),
          )
    }
    ${
      options.history?.showDelete === false
        ? nothing
        : tool(`Delete ${title}`, deleteIcon, () =>
            history.edit({ kind: 'deleting', threadId: id }),
          )
    }
  </div>`;
}

function threads(view: ViewModel, list: ThreadList): TemplateResult {
  const { history } = view;
  if (list.kind === 'loading') return html`<p class="muted" role="status">Loading…</p>`;
  if (list.kind === 'failed') {
    return problem('The conversations could not be loaded.', () => void history.reload());
  }
  if (list.threads.length === 0) return html`<p class="muted">No conversations yet.</p>`;
  const more = { idle: 'Show more', loading: 'Loading…', failed: 'Try again' }[list.more];
  return html`${list.problem === null ? nothing : problem(list.problem, null)}
    <ul class="threads">
      ${repeat(
        list.threads,
        ({ id }) => id,
        (thread) => html`<li>${row(view, list, thread)}</li>`,
      )}
    </ul>
    ${
      list.after === null
        ? nothing
        : html`<button type="button" class="plain earlier" @click=${() => void history.loadMore()}>
            ${more}
          </button>`
    }`;
}

/** A modal dialog, which traps the focus and closes on Escape. It stays in the document. */
export function historyPanel(view: ViewModel): TemplateResult {
  const { history } = view;
  return html`<dialog
    class="history"
    tabindex="-1"
    aria-label="History"
    @cancel=${(event: Event) => {
      event.preventDefault();
      history.close();
    }}
    @close=${() => history.close()}
    @click=${(event: Event) => {
      // A click on the backdrop has the dialog as its target.
      if (event.target === event.currentTarget) history.close();
    }}
  >
    <div class="history-body">
      <div class="history-head">
        <h2>History</h2>
        ${tool('Close history', closeIcon, () => history.close())}
      </div>
      ${history.state.kind === 'open' ? threads(view, history.state.list) : nothing}
    </div>
  </dialog>`;
}
