import type { ReactiveController } from 'lit';
import { pageStorage, readStored, writeStored } from '../storage.js';
import { warnOnce } from '../warn.js';
import type { ControllerHost } from './page.js';

type Host = ControllerHost & {
  readonly open: boolean;
  readonly layout: string;
  readonly teaser: string | undefined;
  readonly teaserDelay: number;
  readonly persist: 'session' | 'local' | 'none';
};

const defaultDelaySeconds = 5;

/** Shows the teaser some seconds after the page, once per visitor, unless the panel has been opened. */
export class TeaserController implements ReactiveController {
  readonly #host: Host;
  #state: 'waiting' | 'shown' | 'done' = 'waiting';
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(host: Host) {
    host.addController(this);
    this.#host = host;
  }

  /** The message to show now. */
  get text(): string | undefined {
    const { open, teaser } = this.#host;
    return this.#state === 'shown' && !open ? teaser : undefined;
  }

  hostConnected(): void {
    window.addEventListener('keydown', this);
  }

  hostDisconnected(): void {
    window.removeEventListener('keydown', this);
    this.#cancel();
  }

  hostUpdated(): void {
    const { isConnected, layout, open, teaser, teaserDelay } = this.#host;
    const isWanted = isConnected && teaser && layout !== 'inline' && this.#state !== 'done';
    if (!isWanted) this.#cancel();
    else if (open) this.#finish('done');
    else if (this.#state === 'waiting' && this.#timer === undefined) this.#schedule(teaserDelay);
  }

  handleEvent({ key, defaultPrevented }: KeyboardEvent): void {
    if (key === 'Escape' && !defaultPrevented && this.#state === 'shown') this.dismiss();
  }

  readonly dismiss = (): void => {
    const root = this.#host.renderRoot as ShadowRoot;
    const hadFocus = root.activeElement?.closest('.teaser');
    this.#finish('done');
    if (hadFocus) root.querySelector<HTMLElement>('.launcher')?.focus({ preventScroll: true });
  };

  #schedule(seconds: number): void {
    if ('shown' in readStored(this.#storage, this.#key)) {
      this.#state = 'done';
      return;
    }
    const isDelay = seconds >= 0;
    if (!isDelay) warnOnce('teaser-delay takes seconds');
    const delay = isDelay ? seconds : defaultDelaySeconds;
    this.#timer = setTimeout(() => this.#finish('shown'), delay * 1000);
  }

  #cancel(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #finish(state: 'shown' | 'done'): void {
    this.#cancel();
    this.#state = state;
    writeStored(this.#storage, this.#key, { shown: true });
    this.#host.requestUpdate();
  }

  get #storage(): Storage | null {
    return pageStorage(this.#host.persist);
  }

  get #key(): string {
    return `taskpilot-chat:teaser:${this.#host.id}`;
  }
}
