import { html, nothing, unsafeCSS, type PropertyValues, type TemplateResult } from 'lit';
import { appearanceOf, type Appearance } from './appearance.js';
import { connectedChats, enterQueue, leaveQueue } from './call-queue.js';
import type { ChatKitEvents, OpenAIChatKit } from './chatkit/index.js';
import { ChatController } from './controllers/chat.js';
import { CountdownController } from './controllers/countdown.js';
import { DraftController } from './controllers/draft.js';
import { HotkeyController } from './controllers/hotkey.js';
import { ModalController } from './controllers/modal.js';
import { PageController } from './controllers/page.js';
import { PanelController } from './controllers/panel.js';
import { PreloadController } from './controllers/preload.js';
import type { ChatState, ChatStateKind } from './controllers/state.js';
import { StringsController } from './controllers/strings.js';
import { TeaserController } from './controllers/teaser.js';
import { VisitorController } from './controllers/visitor.js';
import { TaskPilotChatError } from './errors.js';
import { dispatch, type TypedListeners } from './events.js';
import { warnOfMisspelt } from './misspelt.js';
import { isSupported } from './platform.js';
import { PropertiesElement } from './properties.js';
import { ownScript } from './script.js';
import { handled } from './single-flight.js';
import { styles } from './taskpilot-chat.styles.js';
import { launcher } from './views/launcher.js';
import { panel } from './views/panel.js';
import { teaser } from './views/teaser.js';

/**
 * @tag taskpilot-chat
 * @summary An AI assistant for any page: a bubble that opens OpenAI's ChatKit, or the chat itself inline.
 *
 * @attr {boolean} [open=false] - whether the panel is shown
 * @attr {boolean} [defer-hydration=false] - set by frameworks that render on a server: nothing starts until it is removed
 * @attr {string} nonce - CSP nonce for ChatKit's script; by default that of the widget's script tag
 *
 * @fires taskpilot-open - before opening; cancelable
 * @fires taskpilot-close - before closing; cancelable
 * @fires taskpilot-state - `{state}` has changed
 * @fires taskpilot-ready - the visitor can type
 * @fires taskpilot-error - `{error}`, a `TaskPilotChatError`
 * @fires taskpilot-session - `{session_id, expires_at, reused}`
 * @fires taskpilot-unread - `{count}` of answers since the panel was closed; 0 when it opens
 *
 * @slot launcher-icon - instead of the bubble's icon
 * @slot header - instead of the panel's title
 * @slot error - instead of the sentence and button of a failure
 *
 * @csspart launcher - the bubble
 * @csspart badge - number of unread answers
 * @csspart teaser - message beside the bubble
 * @csspart panel - the dialog, or the region of an inline chat
 * @csspart header - title and buttons
 * @csspart close - button in the header
 * @csspart body - container of ChatKit
 * @csspart loading - skeleton
 * @csspart error - shown instead of ChatKit after a failure
 * @csspart retry - button of a failure
 * @csspart contact - link of a failure, see `contact`
 *
 * @cssprop [--taskpilot-chat-accent=#4f46e5] - colour of bubble, buttons and focus ring
 * @cssprop [--taskpilot-chat-width=400px] - of the panel
 * @cssprop [--taskpilot-chat-height=min(680px, 100dvh - 112px)] - of the panel
 * @cssprop [--taskpilot-chat-offset-x=20px] - distance to the side of the viewport
 * @cssprop [--taskpilot-chat-offset-y=20px] - distance to its bottom or top
 * @cssprop [--taskpilot-chat-z-index=2147483000] - of bubble and panel
 * @cssprop [--taskpilot-chat-radius=16px] - corners of the panel
 * @cssprop [--taskpilot-chat-launcher-size=56px] - of the bubble
 * @cssprop [--taskpilot-chat-font=system-ui, sans-serif] - font family
 */
export class TaskPilotChat extends PropertiesElement {
  static override readonly styles = unsafeCSS(styles);

  static {
    // Their accessors are written below.
    this.createProperty('open', { type: Boolean, noAccessor: true });
    this.createProperty('retry', { attribute: false, noAccessor: true });
    this.createProperty('deferHydration', {
      type: Boolean,
      attribute: 'defer-hydration',
      noAccessor: true,
    });
  }

  /** Assigned before each rendering. */
  #appearance!: Appearance;
  /** Whether the chat has been shown or started. */
  #isUsed = false;

  declare addEventListener: TypedListeners;
  declare removeEventListener: TypedListeners;

  readonly #chat: ChatController = new ChatController(this, {
    scriptOptions: () => ({
      src: this.chatkitSrc,
      origins:
        this.getAttribute('chatkit-src') === this.chatkitSrc
          ? [location.origin, ownScript()?.origin]
          : undefined,
      nonce: this.nonce || ownScript()?.nonce,
    }),
    client: () => this.#visitor.client,
    settings: () => [
      this,
      {
        ...this.#appearance,
        accent: this.#page?.accent ?? '',
        thread: this.#visitor.thread,
        lastThread: this.#visitor.lastThread,
      },
    ],
    onThreadLost: (id) => this.#visitor.onThreadLost(id),
    onBackend: (selfHosted) => this.#visitor.onBackend(selfHosted),
    onState: (state) => this.#onState(state),
    onError: (error) => this.#onError(error),
    onChatKitEvent: (event) => this.#onChatKitEvent(event),
  });
  readonly #page = isSupported ? new PageController(this) : null;
  readonly #countdown = new CountdownController(this);
  readonly #draft: DraftController = new DraftController(
    this,
    this.#chat,
    () => !this.#countdown.seconds && navigator.onLine,
  );
  readonly #panel = new PanelController(this, this.#chat);
  readonly #preload = new PreloadController(this, () => this.#chat.startOnce());
  readonly #visitor: VisitorController = new VisitorController(this, this.#chat, () => {
    this.#draft.clear();
    if (this.#appearance.isInline) this.#preload.restart();
  });
  readonly #teaser = new TeaserController(this);
  readonly #strings = new StringsController(this, () => this.#appearance.locale);

  constructor() {
    super();
    new HotkeyController(this, () => this.toggle());
    if (!isSupported) return;
    new ModalController(
      this,
      () => this.#panel.isOpen && this.#appearance.isModal,
      () => this.#panel.toggle(false, true),
    );
  }

  /** Whether the panel is shown; setting it can be prevented by the page. */
  get open(): boolean {
    return this.hasAttribute('open');
  }

  set open(value: boolean | null | undefined) {
    // Before it is connected, or upgraded, nobody could prevent it: connectedCallback opens the panel.
    if (value && !connectedChats.has(this)) this.toggleAttribute('open', true);
    else this.#panel.toggle(value ?? false);
  }

  /** State of the chat; the panel can be open in each of them. */
  get state(): ChatStateKind {
    return this.#chat.state.kind;
  }

  /** The failure, in the state `error`. */
  get error(): TaskPilotChatError | null {
    const { state } = this.#chat;
    return state.kind === 'error' ? state.error : null;
  }

  /** The live ChatKit element. */
  get chatkit(): OpenAIChatKit | null {
    return this.#chat.element;
  }

  /** The framework that has rendered the element on a server has given it its properties and listeners. */
  private set deferHydration(isDeferred: boolean) {
    if (!isDeferred && this.isConnected) this.connectedCallback();
  }

  override connectedCallback(): void {
    if (this.hasAttribute('defer-hydration') || connectedChats.has(this)) return;
    super.connectedCallback();
    enterQueue(this);
    warnOfMisspelt(this, TaskPilotChat.observedAttributes);
    if (this.open) this.show();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    leaveQueue(this);
  }

  protected override willUpdate(): void {
    this.#appearance = appearanceOf(this, this.#panel.isPage, (...wanted) =>
      this.#strings.textsFor(...wanted),
    );
    this.#isUsed ||= this.#panel.isShown || this.state !== 'idle';
    if (!this.hasUpdated) void handled(this.#visitor.restore());
  }

  protected override updated(changed: PropertyValues): void {
    this.#visitor.hostChanged(changed);
    if (changed.has('thread')) {
      this.#visitor.thread = undefined;
      if (this.chatkit) this.#chat.showThread(this.thread ?? null);
    }
    if (!this.#panel.isOpen) return;
    if (changed.has('open')) {
      this.#visitor.unread = 0;
      void this.#chat.start();
    }
    this.#chat.startOnce();
  }

  /** Opens the panel, unless the page prevents `taskpilot-open`. */
  show(): void {
    this.#panel.toggle(true);
  }

  /** Closes the panel, unless the page prevents `taskpilot-close`. */
  hide(): void {
    this.#panel.toggle(false);
  }

  /** Opens or closes the panel. */
  toggle(): void {
    this.#panel.toggle(!this.#panel.isOpen);
  }

  /**
   * Opens the panel, waits until the chat is ready, and sends a message of the visitor.
   *
   * @throws {TaskPilotChatError} as all methods that return a promise
   * @example await chat.sendMessage('What is due today?');
   */
  sendMessage(text: string): Promise<void> {
    this.show();
    return this.#draft.send(text);
  }

  /** Fills ChatKit's composer, without sending. */
  setComposer(text: string): Promise<void> {
    return this.#draft.fill(text);
  }

  /** Shows an empty chat. */
  newThread(): Promise<void> {
    return this.setThread(null);
  }

  /** Shows the thread with the id; null is an empty chat. */
  setThread(id: string | null): Promise<void> {
    return this.#chat.call((chatkit) => chatkit.setThreadId(id));
  }

  /** Moves the focus into ChatKit's composer. */
  focusComposer(): Promise<void> {
    return this.#chat.call((chatkit) => chatkit.focusComposer());
  }

  /** Starts again after a failure; does nothing in other states. */
  get retry(): () => Promise<void> {
    return this.#retry;
  }

  // Frameworks set the property of an attribute's name, which is a method here: they mean `retryButton`.
  set retry(value: boolean | '' | (() => Promise<void>)) {
    this.retryButton = value === '' || value === true;
  }

  /**
   * For a log-out: forgets secret and thread in every tab, ends the session at the service, removes ChatKit's element,
   * closes the panel. A service that cannot be reached does not hinder it.
   */
  async resetSession(): Promise<void> {
    await Promise.all([this.#visitor.reset(), this.updateComplete]);
  }

  readonly #retry = async (): Promise<void> => {
    await this.#chat.start();
  };

  #onState(state: ChatState): void {
    this.#draft.onState(state);
    dispatch(this, 'taskpilot-state', { state: state.kind });
    if (state.kind !== 'ready') return;
    dispatch(this, 'taskpilot-ready', undefined);
    if (this.#panel.isOpen) this.#panel.onReady();
  }

  #onError(error: TaskPilotChatError): void {
    if (this.#chat.isLeaving) return;
    console.error(`[taskpilot-chat] ${error.code}: ${error.message}`);
    this.#countdown.start(error.retryAfterSeconds ?? 0);
    dispatch(this, 'taskpilot-error', { error });
  }

  #onChatKitEvent({ type, detail }: CustomEvent<unknown>): void {
    if (this.#chat.isLeaving) return;
    const { isShown } = this.#panel;
    this.#draft.onChatKitEvent(type, isShown);
    if (type === 'chatkit.thread.change') {
      this.#visitor.thread = (detail as ChatKitEvents['chatkit.thread.change']['detail']).threadId;
    } else if (type === 'chatkit.response.end' && !isShown) {
      this.#visitor.unread++;
    } else if (type === 'chatkit.error') {
      const { error } = detail as ChatKitEvents['chatkit.error']['detail'];
      this.#onError(new TaskPilotChatError('chatkit_error', { cause: error }));
    }
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
  }

  protected override render(): TemplateResult {
    const view = {
      ...this.#appearance,
      host: this,
      chat: this.#chat,
      countdown: this.#countdown,
      draft: this.#draft,
      panel: this.#panel,
      preload: this.#preload,
      teaser: this.#teaser,
      visitor: this.#visitor,
      isUsed: this.#isUsed,
    };
    const hasLauncher = !view.isInline && !view.isPage;
    return html`${hasLauncher ? launcher(view) : nothing}${
      hasLauncher && this.teaser ? teaser(view) : nothing
    }${panel(view)}`;
  }
}
