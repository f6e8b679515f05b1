import { css, html, LitElement, nothing, type PropertyValues } from 'lit';
import type { Api, AuditEntry, AuditPage } from './api.js';
import { Loader } from './loader.js';
import { shared } from './styles.js';
import { failureOf, formatTime } from './texts.js';

const actions: Readonly<Record<string, string>> = {
  log_in: 'Logged in',
  log_in_refused: 'Sent a wrong token',
  search_threads: 'Searched messages',
  read_thread: 'Read a conversation',
  export_thread: 'Exported a conversation',
  export_user: 'Exported a user',
  delete_thread: 'Deleted a conversation',
  delete_user: 'Deleted a user',
};

/** What operators have done. */
export class AdminAudit extends LitElement {
  static override styles = [
    shared,
    css`
      .scroll {
        margin-block-end: 16px;
      }
    `,
  ];
  static override properties = { api: { attribute: false }, entries: { state: true } };
  declare api: Api;
  /** Page after page. */
  declare entries: readonly AuditEntry[];
  readonly #page = new Loader<AuditPage>(this);

  constructor() {
    super();
    this.entries = [];
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('api')) this.#load(null);
  }

  #load(before: string | null): void {
    this.#page.load(async (signal) => {
      const page = await this.api.audit(before, signal);
      this.entries = before === null ? page.entries : [...this.entries, ...page.entries];
      return page;
    }, true);
  }

  override render() {
    const { state } = this.#page;
    const next = state.type === 'ready' ? state.value.next : null;
    return html`<h1 id="title">Audit log</h1>
      <p class="faint">
        What was done on this page, newest first; kept for 400 days. Users are named as in the
        service’s log, by a hash.
      </p>
      ${failureOf(state, this.#page.retry)}
      <div class="scroll" role="region" aria-labelledby="title" tabindex="0">
        <table>
          <thead>
            <tr>
              ${['Time', 'Act', 'Conversation or user', 'Token', 'Address'].map(
                (name) => html`<th scope="col">${name}</th>`,
              )}
            </tr>
          </thead>
          <tbody>
            ${this.entries.map(renderEntry)}
          </tbody>
        </table>
      </div>
      ${state.type === 'loading' ? html`<p class="faint" role="status">Loading …</p>` : nothing}
      ${next === null ? nothing : html`<button @click=${() => this.#load(next)}>Show more</button>`}`;
  }
}

const renderEntry = ({ at, actor, action, subject, address }: AuditEntry) =>
  html`<tr>
    <td>${formatTime(at)}</td>
    <td>${actions[action] ?? action}</td>
    <td dir="ltr">
      ${
        subject !== null && action.endsWith('_thread')
          ? html`<a href=${`#/thread/${encodeURIComponent(subject)}`}>${subject}</a>`
          : (subject ?? '')
      }
    </td>
    <td>${actor ?? 'none'}</td>
    <td dir="ltr">${address}</td>
  </tr>`;
