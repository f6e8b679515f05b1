import type { ReactiveController } from 'lit';
import type { ControllerHost } from './page.js';

/** Marks the history entry of an open panel, in the state that the page has there. */
const marker = 'taskpilotChat';

const isMarked = (): boolean =>
  (history.state as Partial<Record<typeof marker, unknown>> | null)?.[marker] === true;

/**
 * While a panel covers the page: the page behind it does not scroll, and the browser's Back closes the panel. For that the
 * panel has a history entry with the URL and the state of the page. Steps between the two are kept from routers as far as the
 * browser allows; one that hears of them finds itself where it is.
 */
export class ModalController implements ReactiveController {
  readonly #host: ControllerHost;
  readonly #isModal: () => boolean;
  readonly #close: () => void;
  readonly #styleSheet = new CSSStyleSheet();
  #isActive = false;
  /** Whether `history.back()` has been called and not yet happened. */
  #isReturning = false;
  /** Where the page was when the panel was opened. */
  #href = '';
  #scroll: ScrollToOptions = {};

  /**
   * @param isModal whether the panel is open and covers the page
   * @param close closes it, unless the page prevents that
   */
  constructor(host: ControllerHost, isModal: () => boolean, close: () => void) {
    host.addController(this);
    this.#host = host;
    this.#isModal = isModal;
    this.#close = close;
    this.#styleSheet.replaceSync('html{overflow:hidden!important}');
  }

  hostConnected(): void {
    // It has happened while nobody listened.
    if (!isMarked()) this.#isReturning = false;
    // The capturing phase comes before the listeners of routers; Chrome has only the order in which they were added.
    window.addEventListener('popstate', this, true);
  }

  hostDisconnected(): void {
    window.removeEventListener('popstate', this, true);
    this.#leave();
  }

  hostUpdated(): void {
    if (this.#host.isConnected && this.#isModal()) this.#enter();
    else this.#leave();
  }

  handleEvent(event: Event): void {
    const isReturning = this.#isReturning;
    this.#isReturning = false;
    if (!isReturning && (!this.#isActive || isMarked())) return;
    if (location.href === this.#href) event.stopImmediatePropagation();
    if (!isReturning) this.#close();
    // Opened again meanwhile, or kept open by the page.
    if (this.#isActive && this.#isModal()) this.#pushEntry();
  }

  #enter(): void {
    if (this.#isActive) return;
    this.#isActive = true;
    this.#scroll = { left: scrollX, top: scrollY, behavior: 'instant' };
    document.adoptedStyleSheets.push(this.#styleSheet);
    if (!this.#isReturning) this.#pushEntry();
  }

  #leave(): void {
    if (!this.#isActive) return;
    this.#isActive = false;
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter(
      (sheet) => sheet !== this.#styleSheet,
    );
    // Where the body scrolls by itself, hiding the overflow of the root has lost the position.
    if (location.href === this.#href) scrollTo(this.#scroll);
    if (!isMarked()) return;
    this.#isReturning = true;
    history.back();
  }

  #pushEntry(): void {
    this.#href = location.href;
    // A reload in an open panel has left its entry.
    if (isMarked()) return;
    try {
      history.pushState({ ...(history.state as object | null), [marker]: true }, '');
    } catch {
      // Some sandboxed frames forbid it; Back then leaves the page, as without a panel.
    }
  }
}
