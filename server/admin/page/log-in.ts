import { css, html, LitElement, nothing } from 'lit';
import { Api, type Session } from './api.js';
import { messageOf } from './loader.js';
import { shared } from './styles.js';

/** Told when a token was accepted. */
export class LogInEvent extends Event {
  readonly token: string;
  readonly session: Session;

  constructor(token: string, session: Session) {
    super('log-in', { bubbles: true, composed: true });
    this.token = token;
    this.session = session;
  }
}

/** Asks for a token. */
export class AdminLogIn extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: block;
        max-inline-size: 26rem;
        margin: 12vh auto 0;
      }
      form {
        display: grid;
        gap: 12px;
      }
    `,
  ];
  static override properties = {
    notice: {},
    busy: { state: true },
    failure: { state: true },
  };
  /** Why the operator has to log in again; empty at the first time. */
  declare notice: string;
  declare busy: boolean;
  declare failure: string;

  constructor() {
    super();
    this.notice = '';
    this.busy = false;
    this.failure = '';
  }

  async #submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const value = new FormData(event.target as HTMLFormElement).get('token');
    const token = typeof value === 'string' ? value.trim() : '';
    // A header cannot hold anything else.
    if (!/^[!-~]+$/.test(token)) {
      this.failure = 'A token has letters, digits and signs only.';
      return;
    }
    this.busy = true;
    try {
      const session = await new Api(token).session();
      this.dispatchEvent(new LogInEvent(token, session));
    } catch (error) {
      const message = messageOf(error);
      this.failure = message.includes('ADMIN_TOKEN') ? 'This token is not accepted.' : message;
    } finally {
      this.busy = false;
    }
  }

  override render() {
    const text = this.failure || this.notice;
    return html`<h1>TaskPilot Chat: conversations</h1>
      <form @submit=${this.#submit}>
        <label for="token">Token (<code>ADMIN_TOKEN</code> or a read-only one)</label>
        <input
          id="token"
          name="token"
          type="password"
          autocomplete="current-password"
          required
          dir="ltr"
          aria-describedby="failure"
        />
        <div id="failure" role="alert" class="bad">${text || nothing}</div>
        <button class="primary" ?disabled=${this.busy}>Log in</button>
        <p class="faint">
          The token stays in this tab until it is closed. What you read, export and delete is
          recorded in the audit log.
        </p>
      </form>`;
  }
}
