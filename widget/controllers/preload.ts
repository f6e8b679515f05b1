import type { ReactiveController } from 'lit';
import { isSupported } from '../platform.js';
import type { ControllerHost } from './page.js';

/** When ChatKit and a session are fetched. */
export type Preload = 'intent' | 'none' | 'idle' | 'eager';

/** How long a pointer rests on the bubble before that counts as intent. */
const dwellMs = 80;

type Host = ControllerHost & { readonly preload: Preload; readonly layout: string };

/** Starts the chat before it is opened, as far as the `preload` attribute wants that. */
export class PreloadController implements ReactiveController {
  readonly #host: Host;
  readonly #start: () => void;
  /** The attributes that the current schedule follows. */
  #scheduled = '';
  #cancel = (): void => undefined;
  #dwell: ReturnType<typeof setTimeout> | undefined;

  constructor(host: Host, start: () => void) {
    host.addController(this);
    this.#host = host;
    this.#start = start;
  }

  /** The pointer has come to the bubble, left or pressed it, or the bubble has got the focus. */
  readonly onIntent = (event: FocusEvent | PointerEvent): void => {
    clearTimeout(this.#dwell);
    const { preload, renderRoot } = this.#host;
    // A touch may become a scroll of the page; one that does not is a click, which opens the panel.
    const isTouch = (event as Partial<PointerEvent>).pointerType === 'touch';
    // A focus that comes back from the panel is no sign of interest.
    const isReturn = renderRoot.contains(event.relatedTarget as Node | null);
    if (preload === 'none' || isTouch || isReturn || event.type === 'pointerleave') return;
    if (event.type === 'pointerenter') this.#dwell = setTimeout(this.#start, dwellMs);
    else this.#start();
  };

  hostUpdated(): void {
    if (this.#host.isConnected && this.#scheduled !== this.#wanted) this.restart();
  }

  hostDisconnected(): void {
    clearTimeout(this.#dwell);
    this.#cancel();
    this.#scheduled = '';
  }

  /** Waits for the next occasion, also after an earlier one. */
  restart(): void {
    if (!isSupported) return;
    this.#cancel();
    this.#scheduled = this.#wanted;
    this.#cancel = this.#schedule();
  }

  get #wanted(): string {
    const { preload, layout } = this.#host;
    return `${preload} ${layout}`;
  }

  /** Returns the function that cancels it. */
  #schedule(): () => void {
    const { preload, layout } = this.#host;
    const { connection } = navigator as { connection?: { saveData?: boolean } };
    const isEarly = !connection?.saveData;
    if (isEarly && preload === 'eager') {
      this.#start();
    } else if (isEarly && preload === 'idle') {
      // Safari has no idle callbacks.
      const canIdle = 'requestIdleCallback' in window;
      const handle = canIdle ? requestIdleCallback(this.#start) : setTimeout(this.#start);
      return () => (canIdle ? cancelIdleCallback : clearTimeout)(handle as number);
    } else if (preload !== 'none' && layout === 'inline') {
      // An inline chat is used where it is: coming into view is intent.
      const observer = new IntersectionObserver((entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) this.#start();
      });
      observer.observe(this.#host);
      return () => observer.disconnect();
    }
    return () => undefined;
  }
}
