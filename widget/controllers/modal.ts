import type { ReactiveController } from 'lit';
import type { ControllerHost } from './page.js';

/** Marks the history entry of an open panel, in the state that the page has there. */
const marker = 'taskpilotChat';

const isMarked = (): boolean =>
  (history.state as Partial<Record<typeof marker, unknown>> | null)?.[marker] === true;

/** The document has one history: the panels that cover it share the entry. */
const covering = new Set<ModalController>();
/** Whether `history.back()` has been called and has not happened yet. */
let isReturning = false;
/** Where the page was when the entry was made. */
let href = '';

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
    // The capturing phase comes before the listeners of routers; Chrome has only the order in which they were added.
    window.addEventListener('popstate', this, true);
  }

  hostDisconnected(): void {
    this.#leave();
    // Else the step back that is under way removes it.
    if (!isReturning) window.removeEventListener('popstate', this, true);
  }

  hostUpdated(): void {
    if (this.#host.isConnected && this.#isModal()) this.#enter();
    else this.#leave();
  }

  handleEvent(event: Event): void {
    if (!this.#host.isConnected) window.removeEventListener('popstate', this, true);
    const wasReturning = isReturning;
    isReturning = false;
    if (!wasReturning && (!covering.size || isMarked())) return;
    if (location.href === href) event.stopImmediatePropagation();
    if (!wasReturning) for (const panel of covering) panel.#close();
    // Opened again meanwhile, or kept open by the page.
    if ([...covering].some((panel) => panel.#isModal())) this.#pushEntry();
  }

  #enter(): void {
    if (covering.has(this)) return;
    covering.add(this);
    this.#scroll = { left: scrollX, top: scrollY, behavior: 'instant' };
    document.adoptedStyleSheets.push(this.#styleSheet);
    if (!isReturning) this.#pushEntry();
  }

  #leave(): void {
    if (!covering.delete(this)) return;
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter(
      (sheet) => sheet !== this.#styleSheet,
    );
    // Where the body scrolls by itself, hiding the overflow of the root has lost the position.
    if (location.href === href) scrollTo(this.#scroll);
    if (covering.size || isReturning || !isMarked()) return;
    isReturning = true;
    history.back();
  }

  #pushEntry(): void {
    href = location.href;
    // A reload in an open panel has left its entry.
    if (isMarked()) return;
    try {
      history.pushState({ ...(history.state as object | null), [marker]: true }, '');
    } catch {
      // Some sandboxed frames forbid it; Back then leaves the page, as without a panel.
    }
  }
}
