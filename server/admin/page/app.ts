import { css, html, LitElement, nothing } from 'lit';
import { Api, ApiError, type Session } from './api.js';
import type { LogInEvent } from './log-in.js';
import { shared } from './styles.js';

const storageKey = 'taskpilot-admin-token';

type Access =
  | { readonly type: 'checking' }
  | { readonly type: 'out'; readonly notice: string }
  | { readonly type: 'in'; readonly api: Api; readonly session: Session };

/** What the fragment of the address names; no token is ever in it. */
type Place =
  | { readonly view: 'list' | 'figures' | 'audit' }
  | { readonly view: 'thread'; readonly id: string };

function placeOf(hash: string): Place {
  const [, view = '', id = ''] = hash.split('/');
  if (view === 'thread' && id !== '') return { view, id: decodeURIComponent(id) };
  return view === 'figures' || view === 'audit' ? { view } : { view: 'list' };
}

const views = [
  ['list', 'Conversations', '#/'],
  ['figures', 'Figures', '#/figures'],
  ['audit', 'Audit log', '#/audit'],
] as const;

const elsewhere = {
  hosted:
    'This service has hosted sessions only: OpenAI keeps their conversations, and there is nothing to show here. Add self-hosted to CHATKIT_BACKENDS to keep conversations yourself.',
  elsewhere:
    'The application around this service keeps conversations in a store of its own, which this page cannot read.',
};

/** The operator's page. */
export class TaskPilotAdmin extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: block;
        max-inline-size: 72rem;
        margin: 0 auto;
        padding: 0 16px 48px;
      }
      header {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 4px 20px;
        padding: 10px 0;
        margin-block-end: 20px;
        border-block-end: 1px solid var(--line);
      }
      main:focus {
        outline: none;
      }
      nav {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 20px;
        margin-inline-end: auto;
      }
      nav a {
        padding: 8px 0;
        text-decoration: none;
        color: var(--text);
        border-block-end: 2px solid transparent;
      }
      nav a[aria-current] {
        color: var(--accent);
        border-color: var(--accent);
      }
    `,
  ];
  static override properties = {
    access: { state: true },
    place: { state: true },
  };
  declare access: Access;
  declare place: Place;
  /** Where the list was scrolled to. */
  #listTop = 0;

  constructor() {
    super();
    this.access = { type: 'checking' };
    this.place = placeOf(location.hash);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener('hashchange', this.#onHashChange);
    void this.#resume();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.removeEventListener('hashchange', this.#onHashChange);
  }

  /** A page that was reloaded has its token still. */
  async #resume(): Promise<void> {
    const token = sessionStorage.getItem(storageKey);
    if (token === null) {
      this.access = { type: 'out', notice: '' };
      return;
    }
    const api = this.#apiWith(token);
    try {
      this.access = { type: 'in', api, session: await api.session() };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#logOut(error.status === 401 ? 'Log in again.' : error.message);
    }
  }

  readonly #apiWith = (token: string): Api =>
    new Api(token, () => this.#logOut('The token is no longer accepted. Log in again.'));

  readonly #onLogIn = ({ token, session }: LogInEvent): void => {
    sessionStorage.setItem(storageKey, token);
    this.access = { type: 'in', api: this.#apiWith(token), session };
  };

  #logOut(notice = ''): void {
    sessionStorage.removeItem(storageKey);
    this.access = { type: 'out', notice };
  }

  readonly #onHashChange = (): void => {
    if (this.place.view === 'list') this.#listTop = window.scrollY;
    this.place = placeOf(location.hash);
  };

  override updated(changed: Map<PropertyKey, unknown>): void {
    if (!changed.has('place') || changed.get('place') === undefined) return;
    window.scrollTo(0, this.place.view === 'list' ? this.#listTop : 0);
    // Screen readers announce the new view.
    this.renderRoot.querySelector<HTMLElement>('main')?.focus({ preventScroll: true });
  }

  override render() {
    switch (this.access.type) {
      case 'checking':
        return html`<main><p class="faint" role="status">Loading …</p></main>`;
      case 'out':
        return html`<main>
          <admin-log-in .notice=${this.access.notice} @log-in=${this.#onLogIn}></admin-log-in>
        </main>`;
      case 'in':
        return this.#renderPage(this.access);
    }
  }

  #renderPage({ api, session }: Access & { type: 'in' }) {
    const { view } = this.place;
    const current = view === 'thread' ? 'list' : view;
    return html`<header>
        <nav aria-label="Views">
          ${views.map(
            ([name, label, href]) =>
              html`<a href=${href} aria-current=${name === current ? 'page' : nothing}
                >${label}</a
              >`,
          )}
        </nav>
        <span class="badge faint">${session.role === 'read' ? 'read only' : session.name}</span>
        <button @click=${() => this.#logOut()}>Log out</button>
      </header>
      <main tabindex="-1">
        ${
          session.conversations === 'stored'
            ? this.#renderView(api, session)
            : html`<h1>Conversations</h1>
                <p class="note">${elsewhere[session.conversations]}</p>`
        }
      </main>`;
  }

  #renderView(api: Api, session: Session) {
    const { place } = this;
    // The list stays while a conversation is read: coming back, it is as it was.
    return html`<admin-list
        .api=${api}
        .retentionDays=${session.retentionDays}
        ?hidden=${place.view !== 'list'}
      ></admin-list>
      ${
        place.view === 'thread'
          ? html`<admin-reader
              .api=${api}
              .threadId=${place.id}
              ?read-only=${session.role === 'read'}
            ></admin-reader>`
          : nothing
      }
      ${place.view === 'figures' ? html`<admin-figures .api=${api}></admin-figures>` : nothing}
      ${place.view === 'audit' ? html`<admin-audit .api=${api}></admin-audit>` : nothing}`;
  }
}
