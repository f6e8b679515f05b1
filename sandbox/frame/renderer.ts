import { render } from 'lit/html.js';
import type { Chat } from './chat.js';
import type { Composer } from './composer.js';
import type { History } from './history.js';
import type { FrameOptions } from './option-checks.js';
import { copyText } from './views/answer-actions.js';
import { app } from './views/app.js';
import type { WidgetAction, WidgetItem } from './wire.js';

/** The state and commands of the views. */
export interface ViewModel {
  readonly options: FrameOptions;
  readonly chat: Chat;
  readonly composer: Composer;
  readonly history: History;
  /** Whether the visitor has scrolled up from the latest message. */
  readonly isScrolledAway: boolean;
  toLatest(): void;
  /** Sends what is in the composer. */
  submit(): void;
  copy(button: HTMLElement, text: string): void;
  /** Calls the page's `onClick` of a header button. */
  headerAction(side: 'leftAction' | 'rightAction'): void;
  widgetAction(item: WidgetItem, action: WidgetAction): void;
}

/** Distance from the end, in pixels, within which new text keeps the conversation scrolled down. */
const nearEnd = 48;

/** Renders the views and manages what templates cannot: scroll position, focus and announcements. */
export class Renderer {
  readonly #root: HTMLElement;
  readonly #announcer: HTMLElement;
  readonly #onScroll: () => void;
  readonly #resized = new ResizeObserver(() => {
    if (this.#isAtEnd) this.#toEnd();
  });
  #isAtEnd = true;
  #shown: { readonly thread: string | null; readonly isAnswering: boolean } = {
    thread: null,
    isAnswering: false,
  };

  constructor(body: HTMLElement, onScroll: () => void) {
    this.#onScroll = onScroll;
    this.#root = document.createElement('div');
    this.#root.className = 'root';
    this.#announcer = document.createElement('div');
    this.#announcer.className = 'hidden';
    this.#announcer.ariaLive = 'polite';
    body.append(this.#root, this.#announcer);
    this.#root.addEventListener('click', ({ target }) => this.#onClick(target));
    this.#root.addEventListener('scroll', () => this.#measure(), { capture: true, passive: true });
  }

  get isScrolledAway(): boolean {
    return !this.#isAtEnd;
  }

  render(view: ViewModel): void {
    const focused = document.activeElement;
    const isByKeyboard = focused?.matches(':focus-visible') === true;
    render(app(view), this.#root);
    this.#syncHistory(view);
    this.#sizeComposer();
    if (isByKeyboard && !focused.isConnected) this.#catchFocus();
    this.#follow(view);
  }

  /** Removes everything rendered. */
  clear(): void {
    render(null, this.#root);
    this.#announcer.textContent = '';
  }

  focusComposer(): void {
    this.#composer?.focus({ preventScroll: true });
  }

  /** Announces text to screen readers. */
  announce(text: string): void {
    this.#announcer.textContent = text;
  }

  toLatest(): void {
    this.#isAtEnd = true;
    this.#toEnd();
    this.#onScroll();
  }

  /** The copy buttons of code blocks are not part of a template. */
  #onClick(target: EventTarget | null): void {
    const button = target instanceof Element ? target.closest<HTMLElement>('.copy-code') : null;
    const code = button?.closest('.code')?.querySelector('pre');
    if (button && code) {
      void copyText(button, code.textContent, (said) => this.announce(said));
    }
  }

  get #scroller(): HTMLElement | null {
    return this.#root.querySelector<HTMLElement>('.scroller');
  }

  get #composer(): HTMLTextAreaElement | null {
    return this.#root.querySelector<HTMLTextAreaElement>('.composer textarea');
  }

  get #dialog(): HTMLDialogElement | null {
    return this.#root.querySelector<HTMLDialogElement>('dialog.history');
  }

  #toEnd(): void {
    const scroller = this.#scroller;
    scroller?.scrollTo({ top: scroller.scrollHeight, behavior: 'instant' });
  }

  #measure(): void {
    const scroller = this.#scroller;
    if (!scroller) return;
    const { scrollHeight, scrollTop, clientHeight } = scroller;
    const isAtEnd = scrollHeight - scrollTop - clientHeight < nearEnd;
    if (isAtEnd === this.#isAtEnd) return;
    this.#isAtEnd = isAtEnd;
    this.#onScroll();
  }

  /** Fits the height to the text in browsers without `field-sizing`. */
  #sizeComposer(): void {
    const composer = this.#composer;
    if (!composer || CSS.supports('field-sizing', 'content')) return;
    composer.style.height = 'auto';
    composer.style.height = `${composer.scrollHeight}px`;
  }

  #syncHistory({ history }: ViewModel): void {
    const dialog = this.#dialog;
    const isOpen = history.state.kind === 'open';
    if (!dialog || dialog.open === isOpen) return;
    if (isOpen) dialog.showModal();
    else dialog.close();
  }

  /** Moves the focus when its element was removed while navigating by keyboard. */
  #catchFocus(): void {
    const dialog = this.#dialog;
    if (dialog?.open) dialog.focus();
    else this.focusComposer();
  }

  /** Keeps the latest text in view, unless the visitor has scrolled up. */
  #follow({ chat, options }: ViewModel): void {
    const before = this.#shown;
    const isAnswering = chat.state.turn.kind === 'answering';
    this.#shown = { thread: chat.threadId, isAnswering };
    const isOther = before.thread !== chat.threadId;
    if (isOther || (isAnswering && !before.isAnswering)) this.#isAtEnd = true;
    if (this.#isAtEnd && (isOther || options.thread?.autoScroll !== false)) this.#toEnd();
    const scroller = this.#scroller;
    if (scroller) this.#resized.observe(scroller);
  }
}
