import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import type { Answer, Api, ReadThread, Subject } from './api.js';
import type { AdminConfirm } from './confirm.js';
import { renderAnswer, renderItem } from './items.js';
import { deletedEvent, userEvent } from './list.js';
import { Loader, messageOf } from './loader.js';
import { shared } from './styles.js';
import { failureOf, formatTime } from './texts.js';

/**
 * Each answer by the item after which it is shown: the message that it answers; without one, what was there last when it
 * began.
 */
function placeAnswers({ items, answers }: ReadThread): Map<string, Answer[]> {
  const placed = new Map<string, Answer[]>();
  for (const answer of answers) {
    const asked =
      items.find(({ id }) => id === answer.messageId) ??
      items.findLast(({ created_at: at }) => Date.parse(at) <= answer.startedAt);
    if (asked !== undefined) placed.set(asked.id, [...(placed.get(asked.id) ?? []), answer]);
  }
  return placed;
}

/** The view of a conversation: its items, its answers and their figures. */
export class AdminReader extends LitElement {
  static override styles = [
    shared,
    css`
      .back {
        display: inline-block;
        margin-block-end: 12px;
      }
      dl {
        display: grid;
        grid-template-columns: max-content 1fr;
        gap: 2px 16px;
        margin: 0 0 16px;
      }
      dt {
        color: var(--faint);
      }
      dd {
        margin: 0;
        overflow-wrap: anywhere;
      }
      .actions {
        margin-block-end: 20px;
      }
      .item {
        border: 1px solid var(--line);
        border-radius: 12px;
        padding: 10px 14px;
        margin-block-end: 10px;
        max-inline-size: 52rem;
      }
      .item h2 {
        font-size: 0.9rem;
        margin: 0 0 4px;
      }
      .item time {
        font-weight: 400;
        margin-inline-start: auto;
      }
      .user_message {
        background: var(--raised);
        margin-inline-start: clamp(0px, 6vw, 64px);
      }
      .hidden {
        border-style: dashed;
      }
      .text {
        white-space: pre-wrap;
        overflow-wrap: anywhere;
        margin: 0;
      }
      blockquote {
        margin: 0 0 6px;
        padding-inline-start: 10px;
        border-inline-start: 3px solid var(--line);
        color: var(--faint);
      }
      ol,
      ul {
        margin: 0;
        padding-inline-start: 24px;
      }
      pre {
        overflow: auto;
        max-block-size: 24rem;
        background: var(--raised);
        padding: 8px;
        border-radius: 6px;
        margin: 4px 0;
      }
      summary {
        cursor: pointer;
        color: var(--accent);
      }
      .answer {
        font-size: 0.9rem;
        margin: 0 0 10px 0;
        padding-inline-start: 4px;
      }
      .loading {
        min-block-size: 60vh;
      }
    `,
  ];
  static override properties = {
    api: { attribute: false },
    threadId: { attribute: false },
    readOnly: { type: Boolean, attribute: 'read-only' },
    busy: { state: true },
    failure: { state: true },
  };
  declare api: Api;
  declare threadId: string;
  declare readOnly: boolean;
  declare busy: boolean;
  /** Of an export or a deletion. */
  declare failure: string;
  readonly #thread = new Loader<ReadThread>(this);

  constructor() {
    super();
    this.readOnly = false;
    this.busy = false;
    this.failure = '';
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('threadId') && !changed.has('api')) return;
    const { threadId } = this;
    this.#thread.load((signal) => this.api.read(threadId, null, signal));
  }

  #more(shown: ReadThread, after: string): void {
    this.#thread.load(async (signal) => {
      const page = await this.api.read(this.threadId, after, signal);
      return { ...page, items: [...shown.items, ...page.items] };
    }, true);
  }

  /** Does something with a conversation or a user, and says when that fails. */
  async #act(work: () => Promise<void>): Promise<void> {
    this.busy = true;
    this.failure = '';
    try {
      await work();
    } catch (error) {
      this.failure = messageOf(error);
    } finally {
      this.busy = false;
    }
  }

  #export(subject: Subject, name: string): Promise<void> {
    return this.#act(async () => {
      const url = URL.createObjectURL(await this.api.export(subject));
      const link = document.createElement('a');
      link.href = url;
      link.download = `${name.replace(/[^\w.@-]+/g, '_')}.json`;
      link.click();
      URL.revokeObjectURL(url);
    });
  }

  async #delete(subject: Subject, question: string): Promise<void> {
    const confirm = this.renderRoot.querySelector<AdminConfirm>('admin-confirm');
    if ((await confirm?.ask(question, 'Delete')) !== true) return;
    await this.#act(async () => {
      await this.api.delete(subject);
      document.dispatchEvent(new Event(deletedEvent));
      location.hash = '#/';
    });
  }

  #showUser(user: string): void {
    document.dispatchEvent(new CustomEvent(userEvent, { detail: user }));
    location.hash = '#/';
  }

  override render() {
    const { state, value } = this.#thread;
    return html`<a class="back" href="#/">All conversations</a>
      ${failureOf(state, this.#thread.retry)}
      ${
        value === undefined
          ? html`<h1>Conversation</h1>
              ${
                state.type === 'loading'
                  ? html`<p class="loading faint" role="status">Loading …</p>`
                  : nothing
              }`
          : this.#renderThread(value)
      }
      <admin-confirm></admin-confirm>`;
  }

  #renderThread(read: ReadThread) {
    const { id, user, title, createdAt, activeOn, disliked, failed } = read.thread;
    const { next } = read;
    return html`<h1 dir="auto">${title ?? 'Without a title'}</h1>
      <dl>
        <dt>User</dt>
        <dd dir="auto">${user}</dd>
        <dt>Conversation</dt>
        <dd dir="ltr"><code>${id}</code></dd>
        <dt>Begun</dt>
        <dd>${formatTime(createdAt)}</dd>
        <dt>Last change</dt>
        <dd>
          ${activeOn} (UTC) ${disliked ? html`<span class="badge bad">thumbs-down</span>` : nothing}
          ${failed ? html`<span class="badge bad">failed</span>` : nothing}
        </dd>
      </dl>
      ${this.#renderActions(id, user)}
      ${this.failure ? html`<p class="note bad" role="alert">${this.failure}</p>` : nothing}
      ${renderItems(read)}
      ${
        next === null
          ? nothing
          : html`<button
              ?disabled=${this.#thread.state.type === 'loading'}
              @click=${() => this.#more(read, next)}
            >
              Show more
            </button>`
      }`;
  }

  #renderActions(id: string, user: string) {
    const { busy } = this;
    return html`<div class="row actions">
      <button @click=${() => this.#showUser(user)}>Conversations of this user</button>
      <button ?disabled=${busy} @click=${() => this.#export({ thread: id }, id)}>
        Export conversation
      </button>
      <button ?disabled=${busy} @click=${() => this.#export({ user }, user)}>Export user</button>
      ${
        this.readOnly
          ? html`<span class="faint">This token cannot delete.</span>`
          : html`<button
                class="danger"
                ?disabled=${busy}
                @click=${() =>
                  this.#delete(
                    { thread: id },
                    'Delete this conversation for good? Its messages, feedback and figures go with it.',
                  )}
              >
                Delete conversation
              </button>
              <button
                class="danger"
                ?disabled=${busy}
                @click=${() =>
                  this.#delete(
                    { user },
                    `Delete all conversations of ${user} for good, and end this user’s sessions?`,
                  )}
              >
                Delete user
              </button>`
      }
    </div>`;
  }
}

function renderItems(read: ReadThread): TemplateResult {
  const answers = placeAnswers(read);
  const feedback = new Map(read.feedback.map(({ item_id: id, kind }) => [id, kind]));
  if (read.items.length === 0) return html`<p class="faint">It has no messages.</p>`;
  return html`${read.items.map(
    (item) =>
      html`${renderItem(item, feedback.get(item.id))}${(answers.get(item.id) ?? []).map(
        renderAnswer,
      )}`,
  )}`;
}
