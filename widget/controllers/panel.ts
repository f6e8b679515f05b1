import type { ReactiveController } from 'lit';
import { dispatch } from '../events.js';
import { isSupported, matchesMedia } from '../platform.js';
import type { TaskPilotChat } from '../taskpilot-chat.js';
import type { ChatController } from './chat.js';

const quietly = { preventScroll: true };

/** On a touch screen the focus in a composer would bring up the keyboard before the visitor has read anything. */
const isTouch = (): boolean => matchesMedia('(pointer: coarse)');

/** Opens and closes the panel, moves the focus into it and back, and keeps it in a panel that covers the page. */
export class PanelController implements ReactiveController {
  readonly #host: TaskPilotChat;
  readonly #chat: ChatController;
  #isOpen = false;
  /** Whether the panel was open when the element first came into the page. */
  #wasOpenAtStart: boolean | undefined;
  /** While an event asks the page whether the panel may open or close. */
  #isAsking = false;
  /** What has happened since the last update. */
  #toggled: 'opened' | 'closed' | null = null;
  /** Whether the focus comes along, wherever it is. */
  #takesFocus = false;
  #wasInPanel = false;
  /** The element of the page that had the focus before. */
  #opener: Element | null = null;

  constructor(host: TaskPilotChat, chat: ChatController) {
    host.addController(this);
    this.#host = host;
    this.#chat = chat;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Whether the visitor can see the chat. */
  get isShown(): boolean {
    return this.#isOpen || this.#host.layout === 'inline';
  }

  /** Whether the chat is the page: nothing closes it. */
  get isPage(): boolean {
    return this.#wasOpenAtStart === true && this.#host.layout === 'fullscreen';
  }

  /**
   * Opens or closes the panel, unless the page prevents it. The focus follows with the next update.
   *
   * @param byWidget by a control of the widget; else the focus comes along only when the visitor did something
   */
  toggle(open: boolean, byWidget = false): void {
    const host = this.#host;
    if (open === this.#isOpen || this.#isAsking) return;
    this.#isAsking = true;
    const isAllowed =
      !(this.isPage && !open) &&
      dispatch(host, open ? 'taskpilot-open' : 'taskpilot-close', undefined, true);
    this.#isAsking = false;
    if (isAllowed) {
      this.#isOpen = open;
      this.#toggled = open ? 'opened' : 'closed';
      this.#takesFocus = byWidget || (open && isSupported && navigator.userActivation.isActive);
      const { activeElement } = host.getRootNode() as Document;
      if (open) this.#opener = byWidget || activeElement === host ? null : activeElement;
    }
    host.toggleAttribute('open', this.#isOpen);
    if (isAllowed) host.requestUpdate('open', !open);
  }

  /** A control of the widget opens or closes the panel. */
  readonly onToggle = (): void => this.toggle(!this.#isOpen, true);

  readonly onKeydown = (event: KeyboardEvent): void => {
    const isClosable = this.#isOpen && this.#host.layout !== 'inline' && !this.isPage;
    if (event.key !== 'Escape' || !isClosable) return;
    // A dialog of the page around the chat would close too.
    event.preventDefault();
    event.stopPropagation();
    this.toggle(false, true);
  };

  /** The visitor can type now. */
  onReady(): void {
    if (this.#panel && this.#panel === this.#active) this.#focusChat();
  }

  readonly onRetry = (): void => {
    // The button that has the focus is about to disappear.
    this.#focusPanel();
    void this.#chat.start();
  };

  #focusPanel(): void {
    const composer = isTouch() ? null : this.#panel?.querySelector('textarea');
    (composer ?? this.#panel)?.focus(quietly);
  }

  /** The first stop follows the last one, and the last one precedes the first. */
  readonly onGuard = ({ target }: FocusEvent): void => {
    const isBackwards = (target as Element).matches(':first-child');
    const buttons = this.#host.renderRoot.querySelectorAll<HTMLElement>('.panel button');
    if (isBackwards && this.#isReady) this.#focusComposer();
    else buttons[isBackwards ? buttons.length - 1 : 0]?.focus();
  };

  hostConnected(): void {
    this.#wasOpenAtStart ??= this.#host.open;
  }

  hostUpdate(): void {
    this.#wasInPanel = this.#panel?.contains(this.#active) ?? false;
  }

  hostUpdated(): void {
    const toggled = this.#toggled;
    this.#toggled = null;
    if (toggled === 'opened' && this.#takesFocus) {
      this.#focusPanel();
      if (this.#isReady) this.#focusChat();
    } else if (toggled === 'closed' && (this.#takesFocus || this.#wasInPanel)) {
      (this.#opener as HTMLElement | null)?.focus(quietly);
      // The opener may be gone, or have been the body.
      if (!this.#opener?.matches(':focus')) {
        this.#host.renderRoot.querySelector<HTMLElement>('.launcher')?.focus(quietly);
      }
    } else if (this.#wasInPanel && !this.#active) {
      // What had the focus is gone.
      this.#focusPanel();
    }
  }

  /** Nothing is rendered before the first update. */
  get #panel(): HTMLElement | null {
    return this.#host.renderRoot.querySelector('.panel');
  }

  get #active(): Element | null {
    return (this.#host.renderRoot as ShadowRoot).activeElement;
  }

  get #isReady(): boolean {
    return this.#chat.state.kind === 'ready';
  }

  #focusChat(): void {
    if (isTouch()) return;
    void this.#host.updateComplete.then(() => this.#focusComposer());
  }

  #focusComposer(): void {
    // When ChatKit refuses, the focus stays where it is, which harms nobody.
    this.#chat.element?.focusComposer().catch(() => undefined);
  }
}
