import type { ReactiveController, ReactiveControllerHost } from 'lit';

export interface PageHost extends ReactiveControllerHost, HTMLElement {
  onOnline(): void;
  onHotkey(event: KeyboardEvent): void;
}

/** Watches what of the page and the browser changes the widget's look; leaves no listener behind. */
export class PageController implements ReactiveController {
  readonly #host: PageHost;
  #controller: AbortController | null = null;

  constructor(host: PageHost) {
    this.#host = host;
    host.addController(this);
  }

  /** Whether the panel takes the whole screen, as on a phone. */
  get small(): boolean {
    return matchMedia('(max-width: 480px), (max-height: 400px)').matches;
  }

  hostConnected(): void {
    const host = this.#host;
    const { signal } = (this.#controller = new AbortController());
    const update = (): void => host.requestUpdate();
    for (const query of [
      '(prefers-color-scheme: dark)',
      '(max-width: 480px)',
      '(max-height: 400px)',
    ]) {
      matchMedia(query).addEventListener('change', update, { signal });
    }
    // A page's own theme or language switch shows in attributes of its root or body.
    const observer = new MutationObserver(update);
    observer.observe(document.documentElement, { attributes: true });
    if (document.body as HTMLElement | null) observer.observe(document.body, { attributes: true });
    signal.addEventListener('abort', () => observer.disconnect(), { once: true });
    // The on-screen keyboard of a phone takes a part of the viewport.
    visualViewport?.addEventListener('resize', update, { signal });
    addEventListener('online', () => host.onOnline(), { signal });
    addEventListener('keydown', (event) => host.onHotkey(event), { signal });
  }

  hostDisconnected(): void {
    this.#controller?.abort();
    this.#controller = null;
  }
}

/** @param hotkey such as `mod+/`: `mod` is the command key on a Mac, else control */
export function matchesHotkey(hotkey: string | undefined, event: KeyboardEvent): boolean {
  if (!hotkey) return false;
  const parts = hotkey.toLowerCase().split('+');
  const mac = /mac|iphone|ipad/i.test(navigator.platform);
  const wants = (name: string): boolean => parts.includes(name);
  return (
    event.key.toLowerCase() === parts.at(-1) &&
    event.ctrlKey === (wants('ctrl') || (wants('mod') && !mac)) &&
    event.metaKey === (wants('meta') || (wants('mod') && mac)) &&
    event.altKey === wants('alt')
  );
}
