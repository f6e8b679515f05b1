import { css, html, LitElement } from 'lit';
import { shared } from './styles.js';

/** Asks before something is done that cannot be undone. */
export class AdminConfirm extends LitElement {
  static override styles = [
    shared,
    css`
      dialog {
        max-inline-size: min(28rem, calc(100vw - 32px));
        border: 1px solid var(--line);
        border-radius: 12px;
        background: var(--ground);
        color: var(--text);
        padding: 20px;
      }
      dialog::backdrop {
        background: rgb(0 0 0 / 50%);
      }
      p {
        overflow-wrap: anywhere;
      }
    `,
  ];
  static override properties = { question: { state: true }, action: { state: true } };
  declare question: string;
  declare action: string;
  #settle: (confirmed: boolean) => void = () => undefined;

  constructor() {
    super();
    this.question = '';
    this.action = '';
  }

  /** Whether the operator has agreed. */
  async ask(question: string, action: string): Promise<boolean> {
    this.question = question;
    this.action = action;
    await this.updateComplete;
    const dialog = this.renderRoot.querySelector('dialog');
    if (dialog === null) return false;
    dialog.returnValue = '';
    dialog.showModal();
    return new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  readonly #onClose = (event: Event): void =>
    this.#settle((event.target as HTMLDialogElement).returnValue === 'yes');

  override render() {
    return html`<dialog aria-labelledby="question" @close=${this.#onClose}>
      <p id="question">${this.question}</p>
      <form method="dialog" class="row">
        <button value="no" autofocus>Cancel</button>
        <button value="yes" class="danger">${this.action}</button>
      </form>
    </dialog>`;
  }
}
