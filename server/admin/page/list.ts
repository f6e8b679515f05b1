import { css, html, LitElement, nothing, type PropertyValues } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Api, ListedThread, ThreadFilter, ThreadPage } from './api.js';
import { Loader } from './loader.js';
import { shared } from './styles.js';
import { failureOf, formatDay } from './texts.js';

/** Asks the list to leave out a conversation, or those of a user, which have been deleted. */
export const deletedEvent = 'taskpilot-admin-deleted';
/** Asks the list for the conversations of a user. */
export const userEvent = 'taskpilot-admin-user';

function filterOf(form: HTMLFormElement): ThreadFilter {
  const data = new FormData(form);
  const texts = ['text', 'user', 'from', 'to'].flatMap((name) => {
    const value = data.get(name);
    const text = typeof value === 'string' ? value.trim() : '';
    return text === '' ? [] : [[name, text]];
  });
  return {
    ...(Object.fromEntries(texts) as ThreadFilter),
    ...(data.has('disliked') && { disliked: true }),
    ...(data.has('failed') && { failed: true }),
  };
}

/** All conversations, the last changed first, with search and filters. */
export class AdminList extends LitElement {
  static override styles = [
    shared,
    css`
      form {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(min(15rem, 100%), 1fr));
        gap: 10px 12px;
        align-items: end;
        margin-block-end: 16px;
      }
      label {
        display: grid;
        gap: 2px;
        font-size: 0.9rem;
      }
      label.check {
        display: inline-flex;
        gap: 6px;
        align-items: center;
        min-block-size: 38px;
      }
      input:not([type='checkbox']) {
        inline-size: 100%;
      }
      ul {
        list-style: none;
        padding: 0;
        margin: 0 0 16px;
        border-block-start: 1px solid var(--line);
      }
      ul[aria-busy='true'] {
        min-block-size: 50vh;
      }
      li {
        border-block-end: 1px solid var(--line);
        content-visibility: auto;
        contain-intrinsic-size: auto 67px;
      }
      li a {
        display: block;
        padding: 9px 8px;
        text-decoration: none;
        color: inherit;
        outline-offset: -2px;
      }
      li a:hover {
        background: var(--raised);
      }
      .title {
        display: block;
        font-weight: 600;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .about {
        display: flex;
        gap: 4px 12px;
        font-size: 0.9rem;
        block-size: 1.6em;
        overflow: hidden;
      }
      .user {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .about > :not(.user) {
        flex: none;
      }
    `,
  ];
  static override properties = {
    api: { attribute: false },
    retentionDays: { attribute: false },
    found: { state: true },
  };
  declare api: Api;
  declare retentionDays: number | null;
  /** What has been found so far, page after page. */
  declare found: readonly ListedThread[];
  #filter: ThreadFilter = {};
  readonly #page = new Loader<ThreadPage>(this);

  constructor() {
    super();
    this.retentionDays = null;
    this.found = [];
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener(deletedEvent, this.#onDeleted);
    document.addEventListener(userEvent, this.#onUser);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener(deletedEvent, this.#onDeleted);
    document.removeEventListener(userEvent, this.#onUser);
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('api')) this.#start();
  }

  get #form(): HTMLFormElement | null {
    return this.renderRoot.querySelector('form');
  }

  #start(): void {
    this.#load(null);
  }

  #load(cursor: string | null): void {
    const filter = this.#filter;
    this.#page.load(async (signal) => {
      const page = await this.api.list(filter, cursor, signal);
      this.found = cursor === null ? page.threads : [...this.found, ...page.threads];
      return page;
    }, true);
  }

  readonly #onSubmit = (event: SubmitEvent): void => {
    event.preventDefault();
    this.#apply();
  };

  readonly #apply = (): void => {
    const form = this.#form;
    if (form?.reportValidity() !== true) return;
    this.#filter = filterOf(form);
    this.#start();
  };

  readonly #clear = (): void => {
    this.#form?.reset();
    this.#apply();
  };

  readonly #onDeleted = (): void => this.#start();

  readonly #onUser = (event: Event): void => {
    const form = this.#form;
    if (form === null) return;
    form.reset();
    const input = form.elements.namedItem('user');
    if (input instanceof HTMLInputElement) input.value = (event as CustomEvent<string>).detail;
    this.#apply();
  };

  override render() {
    const { state } = this.#page;
    return html`<h1>Conversations</h1>
      <form role="search" aria-label="Conversations" @submit=${this.#onSubmit}>
        <label
          >Search title, user and messages
          <input name="text" type="search" maxlength="200" dir="auto"
        /></label>
        <label>User, exactly <input name="user" maxlength="256" dir="auto" /></label>
        <label>Last change from (UTC) <input name="from" type="date" /></label>
        <label>to <input name="to" type="date" /></label>
        <div class="row">
          <label class="check"
            ><input name="disliked" type="checkbox" @change=${this.#apply} /> Thumbs-down</label
          >
          <label class="check"
            ><input name="failed" type="checkbox" @change=${this.#apply} /> Failed</label
          >
        </div>
        <div class="row">
          <button class="primary">Search</button>
          <button type="button" @click=${this.#clear}>Clear</button>
        </div>
      </form>
      ${failureOf(state, this.#page.retry)}
      <ul aria-label="Conversations found" aria-busy=${state.type === 'loading'}>
        ${repeat(this.found, ({ id }) => id, renderThread)}
      </ul>
      ${this.#renderEnd()}`;
  }

  #renderEnd() {
    const { state } = this.#page;
    if (state.type === 'failed') return nothing;
    if (state.type === 'loading') return html`<p class="faint" role="status">Loading …</p>`;
    const { next, searchedTo } = state.value;
    const isSearch = this.#filter.text !== undefined;
    if (next !== null) {
      return html`<div class="row">
        <button @click=${() => this.#load(next)}>
          ${isSearch ? 'Search further' : 'Show more'}
        </button>
        <span class="faint" role="status"
          >${
            isSearch && searchedTo !== null
              ? `${this.found.length} found so far, searched back to ${formatDay(searchedTo)}.`
              : nothing
          }</span
        >
      </div>`;
    }
    return html`<p class="faint" role="status">${this.#emptyText()}</p>`;
  }

  #emptyText(): string {
    if (this.found.length > 0) return 'This is the end of the list.';
    if (Object.keys(this.#filter).length > 0) return 'No conversation matches.';
    const days = this.retentionDays;
    const kept = days === null ? '' : ` Conversations are kept for ${days} days.`;
    return `There are no conversations yet. Those of hosted sessions are kept by OpenAI.${kept}`;
  }
}

const renderThread = ({ id, user, title, activeOn, disliked, failed }: ListedThread) =>
  html`<li>
    <a href=${`#/thread/${encodeURIComponent(id)}`}>
      <span class="title" dir="auto">${title ?? 'Without a title'}</span>
      <span class="about faint">
        <span>${formatDay(activeOn)}</span>
        ${disliked ? html`<span class="badge bad">thumbs-down</span>` : nothing}
        ${failed ? html`<span class="badge bad">failed</span>` : nothing}
        <span class="user" dir="auto">${user}</span>
      </span>
    </a>
  </li>`;
