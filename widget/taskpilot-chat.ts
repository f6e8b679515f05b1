import type { ChatKitEvents, OpenAIChatKit, StartScreenPrompt } from '@openai/chatkit';
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import {
  colorSchemes,
  credentialModes,
  layouts,
  oneOf,
  persistences,
  positions,
  preloads,
  properties,
  sessionStorages,
} from './attributes.js';
import { drainQueue } from './call-queue.js';
import { ChatController, type ChatHost } from './chat-controller.js';
import type { ChatState, ChatStateKind } from './chat-state.js';
import { defaultChatKitSrc, type ChatKitSettings, type PageOptions } from './chatkit/index.js';
import { pageColorScheme, readableOn, type ColorScheme } from './color-scheme.js';
import { TaskPilotChatError } from './errors.js';
import {
  TaskPilotChatEvent,
  type TaskPilotChatEventDetails,
  type TaskPilotChatEventMap,
  type TaskPilotChatEventName,
} from './events.js';
import { matchesHotkey, PageController, type PageHost } from './page-controller.js';
import { pageStorage, readPageState, writePageState, type PageState } from './page-state.js';
import { getScriptNonce } from './script-nonce.js';
import type { SessionClientOptions } from './session/index.js';
import { isRightToLeft, stringsFor, type ChatStrings } from './strings/index.js';
import { styles } from './taskpilot-chat.styles.js';
import { header } from './views/header.js';
import { launcher } from './views/launcher.js';
import { loading } from './views/loading.js';
import { problem } from './views/problem.js';

/** After so long the visitor is told that the chat is still connecting. */
const slowMs = 3000;
/** How long a method of ChatKit may take. */
const methodTimeoutMs = 10_000;

/** Listeners get the element's own events, and ChatKit's, with their types. */
interface TypedListeners {
  <Name extends keyof TaskPilotChatEventMap>(
    type: Name,
    listener: (event: TaskPilotChatEventMap[Name]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  (
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
}

/** Properties that ChatKit has to hear of. */
const mapped = [
  'label',
  'greeting',
  'placeholder',
  'disclaimer',
  'prompts',
  'accentColor',
  'radius',
  'density',
  'layout',
  'history',
  'feedback',
  'retryButton',
  'options',
];
/** Properties that change the way to sessions. */
const sessionProperties = ['sessionEndpoint', 'credentials', 'sessionStorage', 'getAuthToken'];

/**
 * @summary An AI assistant for any page: a bubble that opens OpenAI's ChatKit, or the chat itself inline.
 *
 * @attr {string} session-endpoint - URL that answers a ChatKit session; `/api/chatkit/sessions`
 * @attr {string} chatkit-src - URL of ChatKit's script; OpenAI's CDN
 * @attr {"floating"|"inline"|"fullscreen"} layout - bubble and panel, filling its container, or bubble and a
 *   panel over the whole viewport
 * @attr {"bottom-end"|"bottom-start"|"top-end"|"top-start"} position - corner, mirrored in right-to-left pages
 * @attr {boolean} open - whether the panel is shown
 * @attr {"intent"|"none"|"idle"|"eager"} preload - when ChatKit and a session are fetched: at hover, focus or
 *   touch (inline: when it comes into view), at opening, when the page is idle, or at once
 * @attr {string} label - accessible name of bubble and panel, title of the panel
 * @attr {string} greeting - of ChatKit's start screen
 * @attr {string} placeholder - of ChatKit's composer
 * @attr {string} disclaimer - below ChatKit's composer
 * @attr {string} prompts - JSON array of texts or `{label, prompt, icon?}` for ChatKit's start screen
 * @attr {"auto"|"light"|"dark"} color-scheme - `auto` follows the page, then the system
 * @attr {string} accent-color - any CSS colour
 * @attr {"pill"|"round"|"soft"|"sharp"} radius - ChatKit's
 * @attr {"compact"|"normal"|"spacious"} density - ChatKit's
 * @attr {string} locale - BCP 47; the page's `lang`, then the browser's
 * @attr {string} thread - id of the thread to start in; the last one
 * @attr {"session"|"local"|"none"} persist - where open state and thread id are kept
 * @attr {"session"|"memory"} session-storage - whether a page change reuses the secret
 * @attr {"same-origin"|"include"|"omit"} credentials - of the session request
 * @attr {string} hotkey - opens and closes, such as `mod+/`
 * @attr {boolean} history - ChatKit's history panel
 * @attr {boolean} feedback - ChatKit's thumbs
 * @attr {boolean} retry - ChatKit's retry button
 * @attr {string} nonce - CSP nonce for ChatKit's script; the script tag's own
 *
 * @fires taskpilot-open - before opening; cancelable
 * @fires taskpilot-close - before closing; cancelable
 * @fires taskpilot-state - `{state}` has changed
 * @fires taskpilot-ready - the visitor can type
 * @fires taskpilot-error - `{error}`, a `TaskPilotChatError`
 * @fires taskpilot-session - `{session_id, expires_at, reused}`
 * @fires taskpilot-unread - `{count}` of answers since the panel was closed
 *
 * @slot launcher-icon - instead of the bubble's icon
 * @slot header - instead of the panel's title
 * @slot error - instead of the sentence and button of a failure
 *
 * @csspart launcher - the bubble
 * @csspart badge - number of unread answers
 * @csspart panel - what opens
 * @csspart header - title and buttons
 * @csspart close - button in the header
 * @csspart body - around ChatKit
 * @csspart loading - skeleton
 * @csspart error - what is shown instead of ChatKit after a failure
 * @csspart retry - button of a failure
 *
 * @cssprop --taskpilot-chat-accent - colour of bubble, buttons and focus ring
 * @cssprop --taskpilot-chat-width - of the panel
 * @cssprop --taskpilot-chat-height - of the panel
 * @cssprop --taskpilot-chat-offset-x - from the side of the viewport
 * @cssprop --taskpilot-chat-offset-y - from its bottom or top
 * @cssprop --taskpilot-chat-z-index - of bubble and panel
 * @cssprop --taskpilot-chat-radius - corners of the panel
 * @cssprop --taskpilot-chat-launcher-size - of the bubble
 * @cssprop --taskpilot-chat-font - font family
 */
export class TaskPilotChat extends LitElement implements ChatHost, PageHost {
  static override properties = properties;
  static override styles = styles;

  declare sessionEndpoint: string | undefined;
  declare chatkitSrc: string | undefined;
  declare layout: string | undefined;
  declare position: string | undefined;
  declare preload: string | undefined;
  declare label: string | undefined;
  declare greeting: string | undefined;
  declare placeholder: string | undefined;
  declare disclaimer: string | undefined;
  /** As an attribute a JSON array. */
  declare prompts: string | readonly (StartScreenPrompt | string)[] | undefined;
  declare colorScheme: string | undefined;
  declare accentColor: string | undefined;
  declare radius: string | undefined;
  declare density: string | undefined;
  declare locale: string | undefined;
  declare thread: string | null | undefined;
  declare persist: string | undefined;
  declare sessionStorage: string | undefined;
  declare credentials: string | undefined;
  declare hotkey: string | undefined;
  declare history: boolean | undefined;
  declare feedback: boolean | undefined;
  /** The attribute `retry`; the property of that name is the method. */
  declare retryButton: boolean | undefined;
  /** Any option of ChatKit but `api`; attributes win. */
  declare options: PageOptions | undefined;
  /** Token of the logged-in user, sent to the session endpoint as `Authorization: Bearer`. */
  declare getAuthToken: (() => string | Promise<string>) | undefined;
  /** Overrides of the widget's own texts. */
  declare strings: Partial<ChatStrings> | undefined;

  declare addEventListener: TypedListeners;

  readonly #chat = new ChatController(this);
  readonly #page = new PageController(this);
  #open = false;
  #unread = 0;
  #slow = false;
  #slowTimer: ReturnType<typeof setTimeout> | undefined;
  #kept: PageState = {};
  /** Whether the next opening takes the focus along. */
  #takesFocus = false;
  #applied = '';
  #rule: CSSStyleDeclaration | undefined;
  #cancelPreload = (): void => undefined;

  get open(): boolean {
    return this.#open;
  }

  set open(value: boolean) {
    if (value === this.#open) return;
    if (!this.#send(value ? 'taskpilot-open' : 'taskpilot-close', undefined, true)) {
      this.toggleAttribute('open', this.#open);
      return;
    }
    this.#open = value;
    this.requestUpdate('open', !value);
  }

  /** Where the chat stands. */
  get state(): ChatStateKind {
    return this.#chat.state.kind;
  }

  /** Why it stands there, in the state `error`. */
  get error(): TaskPilotChatError | null {
    const { state } = this.#chat;
    return state.kind === 'error' ? state.error : null;
  }

  /** The live ChatKit element. */
  get chatkit(): OpenAIChatKit | null {
    return this.#chat.element;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#kept = readPageState(oneOf(persistences, this.persist), this.id);
    if (this.#kept.open && this.#layout !== 'inline') this.open = true;
    this.#schedulePreload();
    if (this.#open) void this.#chat.start();
    drainQueue(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#cancelPreload();
    clearTimeout(this.#slowTimer);
  }

  protected override createRenderRoot(): HTMLElement | DocumentFragment {
    const root = super.createRenderRoot() as ShadowRoot;
    // For values that only a script knows; an inline style would need the page's permission.
    const sheet = new CSSStyleSheet();
    sheet.insertRule(':host{}');
    this.#rule = (sheet.cssRules[0] as CSSStyleRule).style;
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
    return root;
  }

  protected override updated(changed: PropertyValues): void {
    const has = (name: string): boolean => changed.has(name);
    if (sessionProperties.some(has)) this.#chat.changeClient();
    const applied = `${this.#scheme} ${this.#locale}`;
    if (applied !== this.#applied || has('accentColor')) this.#paint();
    if (applied !== this.#applied || mapped.some(has)) this.#chat.update();
    this.#applied = applied;
    if (has('thread') && this.chatkit)
      void this.setThread(this.thread ?? null).catch(() => undefined);
    this.#fitViewport();
    if (has('open') && (this.#open || changed.get('open') === true)) this.#afterToggle();
  }

  // Methods

  show(): void {
    this.#takesFocus ||= (navigator.userActivation as UserActivation | undefined)?.isActive ?? true;
    this.open = true;
    this.#takesFocus &&= this.isUpdatePending;
  }

  hide(): void {
    this.open = false;
  }

  toggle(): void {
    if (this.#open) this.hide();
    else this.show();
  }

  /**
   * Opens the chat, waits until it is ready, and sends.
   *
   * @throws {TaskPilotChatError} as all methods that return a promise
   */
  async sendMessage(text: string): Promise<void> {
    this.show();
    await this.#call((chatkit) => chatkit.sendUserMessage({ text }));
  }

  async setComposer(text: string): Promise<void> {
    await this.#call((chatkit) => chatkit.setComposerValue({ text }));
  }

  async newThread(): Promise<void> {
    await this.setThread(null);
  }

  async setThread(id: string | null): Promise<void> {
    await this.#call((chatkit) => chatkit.setThreadId(id));
  }

  async focusComposer(): Promise<void> {
    await this.#call((chatkit) => chatkit.focusComposer());
  }

  /** Tries again from the beginning after a failure. */
  async retry(): Promise<void> {
    await this.#chat.restart();
  }

  /** Log-out: forgets secret and thread, drops ChatKit's element, closes the panel. */
  async resetSession(): Promise<void> {
    this.#chat.reset();
    this.#unread = 0;
    this.#keep({ thread: null });
    this.hide();
    await this.updateComplete;
  }

  // What the controllers ask

  /** @internal */
  get frameContainer(): HTMLElement {
    const frame = this.renderRoot.querySelector<HTMLElement>('.frame');
    if (!frame) throw new Error('not rendered');
    return frame;
  }

  /** @internal */
  script(): { src: string; nonce: string | undefined } {
    return {
      src: this.chatkitSrc ?? defaultChatKitSrc,
      nonce: this.nonce ? this.nonce : getScriptNonce(),
    };
  }

  /** @internal */
  sessionOptions(): SessionClientOptions {
    return {
      endpoint: this.sessionEndpoint ?? '/api/chatkit/sessions',
      credentials: oneOf(credentialModes, this.credentials),
      getAuthToken: this.getAuthToken,
      storage:
        oneOf(sessionStorages, this.sessionStorage) === 'session' ? pageStorage('session') : null,
      onSession: (info) => this.#send('taskpilot-session', info),
    };
  }

  /** @internal */
  settings(): ChatKitSettings {
    const { accentColor } = this;
    if (accentColor && !CSS.supports('color', accentColor)) {
      throw new TaskPilotChatError('invalid_options', { detail: 'accent-color is no colour' });
    }
    return {
      ownHeader: this.#layout === 'inline',
      label: this.#label,
      colorScheme: this.#scheme,
      locale: this.#locale,
      greeting: this.greeting,
      placeholder: this.placeholder,
      disclaimer: this.disclaimer,
      prompts: this.#parsedPrompts(),
      accentColor,
      radius: this.radius,
      density: this.density,
      thread: this.thread ?? this.#kept.thread,
      history: this.history ?? false,
      feedback: this.feedback ?? false,
      retry: this.retryButton ?? false,
      options: this.options,
    };
  }

  /** @internal */
  onState({ kind }: ChatState): void {
    clearTimeout(this.#slowTimer);
    this.#slow = false;
    if (kind === 'loading') {
      this.#slowTimer = setTimeout(() => {
        this.#slow = true;
        this.requestUpdate();
      }, slowMs);
    }
    this.#send('taskpilot-state', { state: kind });
    if (kind !== 'ready') return;
    this.#send('taskpilot-ready', undefined);
    if (this.#open && this.#panel?.matches(':focus-within')) void this.#focusChat();
  }

  /** @internal */
  onError(error: TaskPilotChatError): void {
    console.error(`[taskpilot-chat] ${error.code}: ${error.message}`);
    this.#send('taskpilot-error', { error });
  }

  /** @internal */
  onChatKitEvent({ type, detail }: CustomEvent<unknown>): void {
    if (type === 'chatkit.thread.change') {
      const { threadId } = detail as ChatKitEvents['chatkit.thread.change']['detail'];
      this.#keep({ thread: threadId });
    } else if (type === 'chatkit.response.end' && !this.#shown) {
      this.#unread++;
      this.requestUpdate();
      this.#send('taskpilot-unread', { count: this.#unread });
    } else if (type === 'chatkit.error') {
      const { error } = detail as ChatKitEvents['chatkit.error']['detail'];
      this.onError(new TaskPilotChatError('chatkit_error', { cause: error }));
    }
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
  }

  /** @internal */
  onOnline(): void {
    if (this.error?.code === 'offline') void this.#chat.restart();
  }

  /** @internal */
  onHotkey(event: KeyboardEvent): void {
    if (event.defaultPrevented || !matchesHotkey(this.hotkey, event)) return;
    event.preventDefault();
    this.#onToggle();
  }

  // What is derived

  get #layout(): (typeof layouts)[number] {
    return oneOf(layouts, this.layout);
  }

  get #shown(): boolean {
    return this.#open || this.#layout === 'inline';
  }

  /** Whether the open panel leaves nothing of the page. */
  get #covers(): boolean {
    return this.#layout === 'fullscreen' || (this.#layout === 'floating' && this.#page.small);
  }

  get #locale(): string {
    const page = this.closest<HTMLElement>('[lang]')?.lang ?? document.documentElement.lang;
    return [this.locale, page, navigator.language].find(Boolean) ?? 'en';
  }

  get #scheme(): ColorScheme {
    const scheme = oneOf(colorSchemes, this.colorScheme);
    return scheme === 'auto' ? pageColorScheme(this) : scheme;
  }

  get #strings(): ChatStrings {
    return stringsFor(this.#locale, this.strings);
  }

  get #label(): string {
    return [this.label, this.#strings.chat].find(Boolean) ?? '';
  }

  get #panel(): HTMLElement | null {
    return this.renderRoot.querySelector('.panel');
  }

  #parsedPrompts(): ChatKitSettings['prompts'] {
    const { prompts } = this;
    if (typeof prompts !== 'string') return prompts;
    try {
      return JSON.parse(prompts) as ChatKitSettings['prompts'];
    } catch (cause) {
      throw new TaskPilotChatError('invalid_options', { detail: 'prompts is not JSON', cause });
    }
  }

  // What happens

  #send<Name extends TaskPilotChatEventName>(
    name: Name,
    detail: TaskPilotChatEventDetails[Name],
    cancelable = false,
  ): boolean {
    return this.dispatchEvent(new TaskPilotChatEvent(name, detail, cancelable));
  }

  #keep(state: PageState): void {
    Object.assign(this.#kept, state);
    writePageState(oneOf(persistences, this.persist), this.id, this.#kept);
  }

  async #call(action: (chatkit: OpenAIChatKit) => Promise<void>): Promise<void> {
    const chatkit = await this.#chat.start();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new TaskPilotChatError('chatkit_timeout')), methodTimeoutMs);
    });
    try {
      await Promise.race([action(chatkit), late]);
    } catch (cause) {
      throw cause instanceof TaskPilotChatError
        ? cause
        : new TaskPilotChatError('chatkit_error', { cause });
    } finally {
      clearTimeout(timer);
    }
  }

  #schedulePreload(): void {
    const preload = oneOf(preloads, this.preload);
    const start = (): void => void this.#chat.start();
    const { connection } = navigator as { connection?: { saveData?: boolean } };
    if (preload === 'eager' && !connection?.saveData) start();
    else if (preload === 'idle' && !connection?.saveData) {
      // Safari has no idle callbacks.
      const canIdle = 'requestIdleCallback' in globalThis;
      const handle = canIdle ? requestIdleCallback(start) : window.setTimeout(start, 1000);
      this.#cancelPreload = () => {
        if (canIdle) cancelIdleCallback(handle);
        else clearTimeout(handle);
      };
    } else if (preload !== 'none' && this.#layout === 'inline') {
      // An inline chat is meant to be used where it is: seeing it is intent enough.
      const observer = new IntersectionObserver((entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        observer.disconnect();
        start();
      });
      observer.observe(this);
      this.#cancelPreload = () => observer.disconnect();
    }
  }

  #afterToggle(): void {
    this.#keep({ open: this.#open });
    const focus = this.#takesFocus;
    this.#takesFocus = false;
    if (this.#open) {
      this.#unread = 0;
      this.requestUpdate();
      void this.#chat.start();
      if (!focus) return;
      this.#panel?.focus({ preventScroll: true });
      if (this.state === 'ready') void this.#focusChat();
    } else if (focus || this.#panel?.matches(':focus-within')) {
      this.renderRoot.querySelector<HTMLElement>('.launcher')?.focus({ preventScroll: true });
    }
  }

  /** On a touch screen the focus would bring up the keyboard before anything has been read. */
  async #focusChat(): Promise<void> {
    if (matchMedia('(pointer: coarse)').matches) return;
    await this.focusComposer().catch(() => undefined);
  }

  /** Colours that follow from others. */
  #paint(): void {
    const button = this.renderRoot.querySelector('.probe');
    const set = (name: string, value: string): void => this.#rule?.setProperty(name, value);
    set('--_attribute-accent', this.accentColor ?? '');
    if (button) set('--_on-accent', readableOn(getComputedStyle(button).backgroundColor));
  }

  #fitViewport(): void {
    const viewport = window.visualViewport;
    const zoomed = !viewport || viewport.scale > 1;
    this.#rule?.setProperty('--_viewport', zoomed ? '' : `${viewport.height}px`);
    this.#rule?.setProperty('--_viewport-top', zoomed ? '' : `${viewport.offsetTop}px`);
  }

  readonly #onToggle = (): void => {
    this.#takesFocus = true;
    this.toggle();
  };

  readonly #onIntent = (): void => {
    if (oneOf(preloads, this.preload) !== 'none') void this.#chat.start();
  };

  readonly #onRetry = (): void => {
    this.#panel?.focus({ preventScroll: true });
    void this.#chat.restart();
  };

  readonly #onKeydown = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || !this.#open || this.#layout === 'inline') return;
    event.stopPropagation();
    this.#takesFocus = true;
    this.hide();
  };

  readonly #onNewChat = (): void => void this.newThread().catch(() => undefined);

  readonly #onHistory = (): void =>
    void this.#call((chatkit) => chatkit.showHistory()).catch(() => undefined);

  /** Keeps the focus in a panel that covers the page: behind the last element comes the first one. */
  readonly #onGuard = (event: FocusEvent): void => {
    const isFirst = (event.target as HTMLElement).matches(':first-child');
    if (isFirst && this.state === 'ready') void this.focusComposer().catch(() => undefined);
    else this.renderRoot.querySelector<HTMLElement>('header button')?.focus();
  };

  protected override render(): TemplateResult {
    const layout = this.#layout;
    const inline = layout === 'inline';
    const covers = this.#covers;
    const strings = this.#strings;
    const { state } = this.#chat;
    const label = this.#label;
    const position = oneOf(positions, this.position);
    const placement = position
      .split('-')
      .filter((side) => side === 'top' || side === 'start')
      .join(' ');
    const guard = covers
      ? html`<div class="guard" tabindex="0" @focus=${this.#onGuard}></div>`
      : nothing;
    const status =
      state.kind === 'loading'
        ? this.#slow
          ? strings.slow
          : strings.loading
        : state.kind === 'ready'
          ? strings.ready
          : '';
    this.dataset['scheme'] = this.#scheme;

    return html`
      <div class="probe" hidden></div>
      ${
        inline
          ? nothing
          : launcher({
              name: label,
              open: this.#open,
              covered: covers && this.#open,
              placement,
              unread: this.#unread,
              onClick: this.#onToggle,
              onIntent: this.#onIntent,
              onKeydown: this.#onKeydown,
            })
      }
      <section
        id="panel"
        part="panel"
        class="panel corner ${placement} ${this.#shown ? 'open' : ''} ${
          inline ? 'inline' : covers ? 'cover' : ''
        }"
        role=${inline ? 'region' : 'dialog'}
        aria-label=${label}
        aria-modal=${covers ? 'true' : nothing}
        aria-busy=${state.kind === 'loading' ? 'true' : 'false'}
        dir=${isRightToLeft(this.#locale) ? 'rtl' : 'ltr'}
        tabindex="-1"
        @keydown=${this.#onKeydown}
      >
        ${guard}
        ${
          inline
            ? nothing
            : header({
                label,
                strings,
                ready: state.kind === 'ready',
                history: this.history ?? false,
                onNewChat: this.#onNewChat,
                onHistory: this.#onHistory,
                onClose: this.#onToggle,
              })
        }
        <div part="body" class="body">
          <div class="frame" ?inert=${state.kind !== 'ready'}></div>
          ${
            state.kind === 'error'
              ? problem(state.error, strings, this.#onRetry)
              : state.kind === 'ready'
                ? nothing
                : loading(this.#slow, strings)
          }
        </div>
        <div class="status" role="status">${this.#shown ? status : ''}</div>
        ${guard}
      </section>
    `;
  }
}
