import type { LitElement, ReactiveController, ReactiveControllerHost } from 'lit';
import { darkSystem, readableOn, smallScreen } from '../appearance.js';

/** An element of Lit, as far as the controllers need it. */
export type ControllerHost = ReactiveControllerHost & HTMLElement & Pick<LitElement, 'renderRoot'>;

type Host = ControllerHost & { readonly accentColor?: string | undefined };

/**
 * Updates the host when something changes its look from outside, and keeps the custom properties whose values only a
 * script knows. They are in a style sheet: a `style` attribute would change the page's own element.
 */
export class PageController implements ReactiveController {
  readonly #styleSheet = new CSSStyleSheet();
  readonly #host: Host;
  #connection = new AbortController();

  constructor(host: Host) {
    host.addController(this);
    this.#host = host;
    this.#styleSheet.replaceSync(':host{}');
  }

  hostConnected(): void {
    const { adoptedStyleSheets } = this.#host.renderRoot as ShadowRoot;
    if (!adoptedStyleSheets.includes(this.#styleSheet)) adoptedStyleSheets.push(this.#styleSheet);
    this.#connection = new AbortController();
    const { signal } = this.#connection;
    const update = (): void => this.#host.requestUpdate();
    // Themes and languages are switched by attributes of the root element or the body.
    const observer = new MutationObserver(update);
    for (const root of [document.documentElement, document.body as HTMLElement | null]) {
      if (root) observer.observe(root, { attributes: true });
    }
    signal.addEventListener('abort', () => observer.disconnect());
    for (const query of [darkSystem, smallScreen]) {
      matchMedia(query).addEventListener('change', update, { signal });
    }
    // The on-screen keyboard takes a part of the viewport, and may scroll it.
    visualViewport?.addEventListener('resize', update, { signal });
    visualViewport?.addEventListener('scroll', update, { signal });
    // Style sheets may load later than the widget.
    window.addEventListener('load', update, { signal });
    update();
  }

  hostUpdated(): void {
    const { accentColor = '', renderRoot } = this.#host;
    const [rule] = this.#styleSheet.cssRules;
    const { style } = rule as CSSStyleRule;
    style.setProperty('--_own', CSS.supports('color', accentColor) ? accentColor : '');
    const panel = renderRoot.querySelector('.panel');
    if (panel) style.setProperty('--_ink', readableOn(getComputedStyle(panel).outlineColor));
    // The panel must not follow a zoomed viewport.
    const viewport = visualViewport?.scale === 1 ? visualViewport : null;
    style.setProperty('--_height', viewport ? `${viewport.height}px` : '');
    style.setProperty('--_top', viewport ? `${viewport.offsetTop}px` : '');
  }

  hostDisconnected(): void {
    this.#connection.abort();
  }
}
