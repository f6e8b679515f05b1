import type { LitElement, ReactiveController, ReactiveControllerHost } from 'lit';
import { contextOf, darkSystem, pageColorScheme, smallScreen } from '../appearance.js';

/** An element of Lit, as far as the controllers need it. */
export type ControllerHost = ReactiveControllerHost & HTMLElement & Pick<LitElement, 'renderRoot'>;

type Host = ControllerHost & {
  readonly accentColor?: string | undefined;
  readonly layout: string;
};

const parentOf = (node: Element): Element | null =>
  node.assignedSlot ??
  node.parentElement ??
  (node.getRootNode() as Partial<ShadowRoot>).host ??
  null;

const effects = [
  'transform',
  'translate',
  'rotate',
  'scale',
  'filter',
  'backdropFilter',
  'perspective',
] as const;
const hints = /layout|paint|strict|content|transform|filter/;

/** Whether an ancestor makes fixed positions relative to itself instead of the viewport. */
function hasBrokenFixed(element: Element): boolean {
  for (let node = parentOf(element); node; node = parentOf(node)) {
    const style = getComputedStyle(node);
    // Browsers without a property give undefined.
    const isMoved = effects.some((name) => (style[name] || 'none') !== 'none');
    if (isMoved || hints.test(`${style.contain} ${style.willChange}`)) {
      return true;
    }
  }
  return false;
}

/** Names of the custom properties that a value reads. */
const variablesIn = (value = ''): string[] => value.match(/--[\w-]+/g) ?? [];

/** Puts a floating part into the top layer, where no ancestor counts, or takes it out again. */
function toTopLayer(part: HTMLElement, isOnTop: boolean): void {
  if (isOnTop && !part.popover) {
    part.popover = 'manual';
    // WebKit moves a box to the top layer only if it was not rendered before.
    part.getClientRects();
  }
  if (part.popover && part.matches(':popover-open') !== isOnTop) part.togglePopover();
  if (!isOnTop) part.popover = null;
}

/**
 * Updates the host when something changes its look from outside, and keeps the custom properties whose values only a
 * script knows. They are in a style sheet: a `style` attribute would change the page's own element.
 */
export class PageController implements ReactiveController {
  /** `accentColor` as a colour without variables; empty where it is none. */
  accent = '';
  readonly #styleSheet = new CSSStyleSheet();
  readonly #values: Record<string, string> = {};
  #declarations = '';
  readonly #host: Host;
  #connection = new AbortController();
  /** The look of the last update. */
  #shown = '';

  constructor(host: Host) {
    host.addController(this);
    this.#host = host;
  }

  hostConnected(): void {
    const { adoptedStyleSheets } = this.#host.renderRoot as ShadowRoot;
    if (!adoptedStyleSheets.includes(this.#styleSheet)) adoptedStyleSheets.push(this.#styleSheet);
    this.#connection = new AbortController();
    const { signal } = this.#connection;
    const update = (): void => this.#host.requestUpdate();
    // Themes and languages are switched by attributes of the root element or the body.
    // Many pages change these in each frame, for example a custom property while they scroll.
    const observer = new MutationObserver(() => {
      if (this.#look() !== this.#shown) update();
    });
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

  hostUpdate(): void {
    const host = this.#host;
    const { accentColor = '' } = host;
    this.accent = '';
    const values: Record<string, string> = { color: '', '--_accent': '' };
    if (accentColor) {
      const context = getComputedStyle(contextOf(host));
      // Beside the body the element inherits nothing from it.
      values['color'] = context.color;
      for (const name of variablesIn(accentColor)) values[name] = context.getPropertyValue(name);
      if (CSS.supports('color', accentColor)) values['--_accent'] = accentColor;
    }
    this.#set(values);
    if (accentColor) {
      const style = getComputedStyle(host);
      // A variable may be missing, or be something else.
      const isColor = CSS.supports('color', style.getPropertyValue('--_accent'));
      if (isColor) this.accent = style.columnRuleColor;
    }
    this.#set({ '--_own': this.accent });
  }

  /** Reads everything before it writes: a read after a write makes the browser compute all styles at once. */
  hostUpdated(): void {
    const host = this.#host;
    // Lengths of the viewport do not know the zoom of the page.
    const zoom = Number(getComputedStyle(document.documentElement).zoom) || 1;
    const isOnTop = hasBrokenFixed(host);
    this.#shown = this.#look(isOnTop);
    // The panel must not follow a zoomed viewport, but leaves room for the keyboard there too.
    const { height = 0, offsetTop = 0, scale = 1 } = visualViewport ?? {};
    this.#set({
      '--_height': height ? `${height * scale}px` : '',
      '--_top': scale === 1 ? `${offsetTop}px` : '',
      zoom: host.layout !== 'inline' && zoom !== 1 ? `${1 / zoom}` : '',
    });
    if (!host.isConnected) return;
    for (const part of host.renderRoot.querySelectorAll<HTMLElement>('.root')) {
      toTopLayer(part, isOnTop && !part.matches('.inline'));
    }
  }

  /** What the page determines of the widget's look, as far as attributes of root element and body can change it. */
  #look(isOnTop = hasBrokenFixed(this.#host)): string {
    const host = this.#host;
    const { documentElement } = document;
    const { zoom } = getComputedStyle(documentElement);
    const context = getComputedStyle(contextOf(host));
    return [
      ...[documentElement, document.body].map(({ lang }) => lang),
      context.direction,
      context.color,
      ...variablesIn(host.accentColor).map((name) => context.getPropertyValue(name)),
      getComputedStyle(host).columnRuleColor,
      pageColorScheme(host),
      isOnTop,
      zoom,
    ].join();
  }

  /** A write makes the browser compute styles again, whether the values are other ones or not. */
  #set(values: Readonly<Record<string, string>>): void {
    Object.assign(this.#values, values);
    // What the element's own style sheet resets is important there.
    const declarations = Object.entries(this.#values)
      .filter(([, value]) => value)
      .map(([name, value]) => `${name}:${value}${name.startsWith('--') ? '' : '!important'}`)
      .join(';');
    if (declarations === this.#declarations) return;
    this.#declarations = declarations;
    // WebKit does not see a second change of the same rule.
    this.#styleSheet.replaceSync(`:host{${declarations}}`);
  }

  hostDisconnected(): void {
    this.#connection.abort();
  }
}
