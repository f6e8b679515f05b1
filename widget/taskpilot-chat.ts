import { attributes, defaults, properties } from './attributes.js';
import { enterQueue, leaveQueue } from './call-queue.js';
import { ChatController } from './controllers/chat.js';
import type { ChatState, ChatStateKind } from './controllers/chat-state.js';
import {
  type ChatKitEvents,
  type OpenAIChatKit,
  type PageOptions,
  type StartScreenPrompt,
} from './chatkit/index.js';
import { pageColorScheme, readableOn, type ColorScheme } from './controllers/color-scheme.js';
import { TaskPilotChatError, toChatError } from './errors.js';
import {
  TaskPilotChatEvent,
  type TaskPilotChatEventDetails,
  type TaskPilotChatEventName,
  type TypedListeners,
} from './events.js';
import { matchesHotkey } from './controllers/hotkey.js';
import {
  pageStorage,
  readPageState,
  writePageState,
  type PageState,
} from './controllers/page-state.js';
import { schedulePreload } from './controllers/preload.js';
import { ReactiveElement, type Changes } from './reactive-element.js';
import { getScriptNonce } from './script-nonce.js';
import { withTimeout } from './single-flight.js';
import { isRightToLeft, stringsFor, stringsLanguage, type ChatStrings } from './strings/index.js';
import { styles } from './taskpilot-chat.styles.js';
import { patch, type Children } from './views/dom.js';
import { launcher } from './views/launcher.js';
import { panel } from './views/panel.js';
import { isSmall, listen, watchPage } from './controllers/page.js';

/** How long a method of ChatKit may take. */
const methodTimeoutMs = 10_000;

const modes = ['same-origin', 'include', 'omit'] as const;

/** Whether ChatKit has to hear of the change. */
const isOption = (name: string): boolean => !['open', 'isConnected', 'thread'].includes(name);

/**
 * @tag taskpilot-chat
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
 * @fires taskpilot-unread - `{count}` of answers since the panel was closed; 0 when it opens
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
export class TaskPilotChat extends ReactiveElement {
  static readonly observedAttributes = [...attributes.keys()];

  static {
    this.defineProperties(properties, defaults);
  }

  declare sessionEndpoint: string;
  declare chatkitSrc: string;
  declare layout: string;
  declare position: string;
  declare preload: string;
  declare label: string | undefined;
  declare greeting: string | undefined;
  declare placeholder: string | undefined;
  declare disclaimer: string | undefined;
  /** As an attribute a JSON array. */
  declare prompts: string | readonly (StartScreenPrompt | string)[] | undefined;
  declare colorScheme: string;
  declare accentColor: string | undefined;
  declare radius: string | undefined;
  declare density: string | undefined;
  declare locale: string | undefined;
  declare thread: string | null | undefined;
  declare persist: string;
  declare sessionStorage: string;
  declare credentials: string;
  declare hotkey: string | undefined;
  declare history: boolean;
  declare feedback: boolean;
  /** The attribute `retry`; the property of that name is the method. */
  declare retryButton: boolean;
  /** Any option of ChatKit but `api`; attributes win. */
  declare options: PageOptions | undefined;
  /** Token of the logged-in user, sent to the session endpoint as `Authorization: Bearer`. */
  declare getAuthToken: (() => string | Promise<string>) | undefined;
  /** Overrides of the widget's own texts. */
  declare strings: Partial<ChatStrings> | undefined;

  declare addEventListener: TypedListeners;
  declare removeEventListener: TypedListeners;

  readonly #chat: ChatController = new ChatController({
    element: this,
    frameContainer: () => this.#find('.frame') ?? this,
    scriptOptions: () => ({
      src: this.chatkitSrc,
      nonce: this.nonce ? this.nonce : getScriptNonce(),
    }),
    sessionOptions: () => ({
      endpoint: this.sessionEndpoint,
      credentials: modes.find((mode) => mode === this.credentials),
      getAuthToken: () => this.getAuthToken?.(),
      storage: pageStorage(this.sessionStorage === 'memory' ? 'none' : 'session'),
      onSession: (info) => this.#send('taskpilot-session', info),
    }),
    settings: () => [
      this,
      {
        ownHeader: this.#isInline,
        colorScheme: this.#scheme,
        thread: this.#thread === undefined ? this.thread : this.#thread,
        defaults: { label: this.#label, locale: this.#locale, thread: this.#kept?.thread },
      },
    ],
    onBackend: (selfHosted) => {
      if (!this.#kept?.selfHosted === !selfHosted) return;
      // A thread that the other backend keeps must not be asked for: nobody here knows it.
      this.#keep({ thread: null, selfHosted });
      this.#thread &&= null;
    },
    onState: (state) => this.#onState(state),
    onError: (error) => this.#onError(error),
    onChatKitEvent: (event) => this.#onChatKitEvent(event),
  });
  readonly #root = this.attachShadow({ mode: 'open' });
  /** For values that only a script knows; an inline style would need the page's permission. */
  readonly #values: CSSStyleDeclaration | undefined;
  /** What ends all that listens, when the element leaves the page. */
  #endings: (() => void)[] = [];
  #endPreload = (): void => undefined;
  #open = false;
  #unread = 0;
  #kept: PageState | null = null;
  /** Where the visitor is since this element has started ChatKit. */
  #thread: string | null | undefined;
  /** What ChatKit has been told of the page around. */
  #surroundings = '';
  /** The page is being asked whether it minds opening or closing. */
  #asking = false;
  #takesFocus = false;
  /** What of the page had the focus before. */
  #opener: HTMLElement | null = null;

  constructor() {
    super();
    this.#root.adoptedStyleSheets = [styles, ':host{}'].map((css) => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(css);
      return sheet;
    });
    const [rule] = this.#root.adoptedStyleSheets[1]?.cssRules ?? [];
    this.#values = (rule as CSSStyleRule | undefined)?.style;
  }

  get open(): boolean {
    return this.hasAttribute('open');
  }

  set open(value: boolean | null | undefined) {
    this.#toggle(value ?? false);
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

  attributeChangedCallback(attribute: string, _old: string | null, value: string | null): void {
    const name = attributes.get(attribute) ?? '';
    // Out of the page nobody would hear of it, or could forbid it.
    if (name === 'open' && value !== null && !this.isConnected) return;
    const isFlag = typeof defaults[name as keyof typeof defaults] === 'boolean';
    Object.assign(this, { [name]: isFlag ? value !== null : value });
  }

  connectedCallback(): void {
    this.upgradeProperties();
    this.requestUpdate('isConnected');
    this.#kept ??= readPageState(this.persist, this.id);
    if (this.open || (this.#kept.open && !this.#isInline)) this.show();
    this.#endings = [
      ...watchPage(() => this.requestUpdate()),
      listen(window, 'online', this.#onOnline),
      listen(window, 'keydown', this.#onHotkey),
    ];
    enterQueue(this);
  }

  disconnectedCallback(): void {
    leaveQueue(this);
    for (const end of this.#endings) end();
    this.#endPreload();
    this.#chat.stop();
  }

  protected override update(changes: Changes): void {
    const changed = (name: string): boolean => changes.has(name);
    const hadFocus = this.#panel?.contains(this.#root.activeElement) ?? false;
    // For the style sheet, when it was set by script.
    if (changed('layout') && (this.#isInline || this.hasAttribute('layout'))) {
      this.setAttribute('layout', this.layout);
    }
    patch(this.#root, this.#views());
    this.#paint();
    if (['sessionEndpoint', 'credentials', 'sessionStorage'].some(changed))
      this.#chat.changeClient();
    const surroundings = `${this.#scheme} ${this.#locale}`;
    if (surroundings !== this.#surroundings || [...changes].some(isOption)) {
      this.#surroundings = surroundings;
      this.#chat.update();
    }
    if (changed('thread')) {
      this.#thread = undefined;
      if (this.chatkit) void this.setThread(this.thread ?? null).catch(() => undefined);
    }
    if (['isConnected', 'preload', 'layout'].some(changed)) this.#startPreload();
    if (changed('open')) this.#afterToggle(hadFocus);
    if (this.#open) this.#chat.startOnce();
  }

  // Methods

  show(): void {
    this.#toggle(true);
  }

  hide(): void {
    this.#toggle(false);
  }

  toggle(): void {
    this.#toggle(!this.#open);
  }

  /**
   * Opens the chat, waits until it is ready, and sends.
   *
   * @throws {TaskPilotChatError} as all methods that return a promise
   */
  sendMessage(text: string): Promise<void> {
    this.show();
    return this.#call((chatkit) => chatkit.sendUserMessage({ text }));
  }

  setComposer(text: string): Promise<void> {
    return this.#call((chatkit) => chatkit.setComposerValue({ text }));
  }

  newThread(): Promise<void> {
    return this.setThread(null);
  }

  setThread(id: string | null): Promise<void> {
    return this.#call((chatkit) => chatkit.setThreadId(id));
  }

  focusComposer(): Promise<void> {
    return this.#call((chatkit) => chatkit.focusComposer());
  }

  /** Tries again from the beginning after a failure. */
  get retry(): () => Promise<void> {
    return this.#retry;
  }

  /** Frameworks set the property of an attribute's name, some to the text of it, and that of this one is a method. */
  set retry(value: boolean | '' | (() => Promise<void>)) {
    this.retryButton = value === '' || value === true;
  }

  /** Log-out: forgets secret and thread, drops ChatKit's element, closes the panel. */
  async resetSession(): Promise<void> {
    this.#chat.reset();
    this.#count(0);
    this.#thread = this.thread = undefined;
    this.#keep({ thread: null });
    this.hide();
    if (this.#isInline) this.#startPreload();
    this.requestUpdate();
    await this.updateComplete;
  }

  // What is derived

  get #isInline(): boolean {
    return this.layout === 'inline';
  }

  get #locale(): string {
    const page = [this.closest<HTMLElement>('[lang]'), document.documentElement];
    const tags = [
      this.locale,
      this.options?.locale,
      ...page.map((element) => element?.lang),
      navigator.language,
    ];
    return tags.find(Boolean) ?? 'en';
  }

  get #scheme(): ColorScheme {
    const theme = this.options?.theme;
    const option = typeof theme === 'object' ? theme.colorScheme : theme;
    const isScheme = (scheme: unknown): scheme is ColorScheme =>
      scheme === 'light' || scheme === 'dark';
    return [this.colorScheme, option].find(isScheme) ?? pageColorScheme(this);
  }

  get #label(): string {
    return this.label ?? stringsFor(this.#locale, this.strings).chat;
  }

  get #panel(): HTMLElement | null {
    return this.#find('.panel');
  }

  #find(selector: string): HTMLElement | null {
    return this.#root.querySelector<HTMLElement>(selector);
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
    this.#kept = { ...this.#kept, ...state };
    writePageState(this.persist, this.id, this.#kept);
  }

  async #call(action: (chatkit: OpenAIChatKit) => Promise<void>): Promise<void> {
    const chatkit = await this.#chat.start();
    try {
      await withTimeout(action(chatkit), methodTimeoutMs, 'chatkit_timeout', location.origin);
    } catch (cause) {
      const error = toChatError(cause);
      this.#onError(error);
      throw error;
    }
  }

  #startPreload(): void {
    this.#endPreload();
    this.#endPreload = schedulePreload(this.preload, this.#isInline ? this : null, () =>
      this.#chat.startOnce(),
    );
  }

  /**
   * Asks the page, and opens or closes.
   *
   * @param byUs by a control of the widget; else the focus comes along only when the visitor did something
   */
  #toggle(open: boolean, byUs = false): void {
    if (open === this.#open || this.#asking) return;
    this.#asking = true;
    const allowed = this.#send(open ? 'taskpilot-open' : 'taskpilot-close', undefined, true);
    this.#asking = false;
    if (allowed) {
      this.#open = open;
      this.#takesFocus = byUs || (open && navigator.userActivation.isActive);
      if (open) {
        const { activeElement } = this.getRootNode() as Document;
        this.#opener = byUs || activeElement === this ? null : (activeElement as HTMLElement);
      }
      this.requestUpdate('open');
    }
    this.toggleAttribute('open', this.#open);
  }

  #afterToggle(hadFocus: boolean): void {
    this.#keep({ open: this.#open });
    if (this.#open) {
      this.#count(0);
      void this.#chat.start();
      if (!this.#takesFocus) return;
      this.#panel?.focus({ preventScroll: true });
      if (this.state === 'ready') this.#focusChat();
    } else if (hadFocus || this.#takesFocus) {
      const options = { preventScroll: true };
      this.#opener?.focus(options);
      // It may be gone, or have been nothing but the page itself.
      if (!this.#opener?.matches(':focus')) this.#find('.launcher')?.focus(options);
    }
  }

  #onState({ kind }: ChatState): void {
    this.requestUpdate();
    this.#send('taskpilot-state', { state: kind });
    if (kind !== 'ready') return;
    this.#send('taskpilot-ready', undefined);
    const panel = this.#panel;
    if (this.#open && panel && this.#root.activeElement === panel) this.#focusChat();
  }

  #onError(error: TaskPilotChatError): void {
    console.error(`[taskpilot-chat] ${error.code}: ${error.message}`);
    this.#send('taskpilot-error', { error });
  }

  #onChatKitEvent({ type, detail }: CustomEvent<unknown>): void {
    if (type === 'chatkit.thread.change') {
      const { threadId } = detail as ChatKitEvents['chatkit.thread.change']['detail'];
      this.#thread = threadId;
      this.#keep({ thread: threadId });
    } else if (type === 'chatkit.response.end' && !this.#open && !this.#isInline) {
      this.#count(this.#unread + 1);
    } else if (type === 'chatkit.error') {
      const { error } = detail as ChatKitEvents['chatkit.error']['detail'];
      this.#onError(new TaskPilotChatError('chatkit_error', { cause: error }));
    }
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
  }

  #count(count: number): void {
    if (count === this.#unread) return;
    this.#unread = count;
    this.requestUpdate();
    this.#send('taskpilot-unread', { count });
  }

  /** On a touch screen the focus would bring up the keyboard before anything has been read. */
  #focusChat(): void {
    if (matchMedia('(pointer: coarse)').matches) return;
    void this.updateComplete.then(() => this.chatkit?.focusComposer()).catch(() => undefined);
  }

  /** Values of style that follow from others. */
  #paint(): void {
    const set = (name: string, value: string): void => this.#values?.setProperty(name, value);
    const { accentColor = '' } = this;
    set('--_own', CSS.supports('color', accentColor) ? accentColor : '');
    const panel = this.#panel;
    if (panel) set('--_ink', readableOn(getComputedStyle(panel).outlineColor));
    // A phone's keyboard takes a part of the viewport; so does zooming, which the panel must not follow.
    const viewport = visualViewport?.scale === 1 ? visualViewport : null;
    set('--_height', viewport ? `${viewport.height}px` : '');
    set('--_top', viewport ? `${viewport.offsetTop}px` : '');
  }

  readonly #retry = async (): Promise<void> => {
    await this.#chat.start();
  };

  readonly #onToggle = (): void => this.#toggle(!this.#open, true);

  readonly #onIntent = ({ relatedTarget }: FocusEvent | PointerEvent): void => {
    // A focus that comes back from the panel is no sign that anybody wants it again.
    if (this.preload === 'none' || this.#root.contains(relatedTarget as Node | null)) return;
    this.#chat.startOnce();
  };

  readonly #onRetry = (): void => {
    this.#panel?.focus({ preventScroll: true });
    void this.#chat.start();
  };

  readonly #onKeydown = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || !this.#open || this.#isInline) return;
    event.stopPropagation();
    this.#toggle(false, true);
  };

  readonly #onHotkey = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || !matchesHotkey(this.hotkey, event)) return;
    event.preventDefault();
    this.toggle();
  };

  readonly #onOnline = (): void => {
    if (this.error?.code === 'offline') void this.#chat.start();
  };

  readonly #onNewChat = (): void => void this.newThread().catch(() => undefined);

  readonly #onHistory = (): void =>
    void this.#call((chatkit) => chatkit.showHistory()).catch(() => undefined);

  /** Keeps the focus in a panel that covers the page: behind the last stop comes the first one. */
  readonly #onGuard = ({ target }: FocusEvent): void => {
    const buttons = this.#root.querySelectorAll<HTMLElement>('.panel button');
    const backwards = (target as HTMLElement).matches(':first-child');
    if (backwards && this.state === 'ready') void this.focusComposer().catch(() => undefined);
    else buttons[backwards ? buttons.length - 1 : 0]?.focus();
  };

  #views(): Children {
    const inline = this.#isInline;
    const covers = this.layout === 'fullscreen' || (!inline && isSmall());
    const locale = this.#locale;
    const strings = stringsFor(locale, this.strings);
    const { state } = this.#chat;
    const { position } = this;
    // Sides are those of the page, whatever the language of the chat.
    const isLeft = position.endsWith('start') === (getComputedStyle(this).direction === 'ltr');
    const corner = `${position.startsWith('top') ? 'top' : ''} ${isLeft ? 'left' : ''}`;
    const view = {
      label: this.#label,
      unread: this.#unread,
      strings,
      state,
      open: this.#open,
      inline,
      covers,
      corner,
      scheme: this.#scheme,
      direction: isRightToLeft(locale) ? 'rtl' : 'ltr',
      language: stringsLanguage(locale),
      hasHistory: this.history || this.options?.history?.enabled === true,
      onToggle: this.#onToggle,
      onIntent: this.#onIntent,
      onRetry: this.#onRetry,
      onKeydown: this.#onKeydown,
      onNewChat: this.#onNewChat,
      onHistory: this.#onHistory,
      onGuard: this.#onGuard,
    };
    return [inline ? null : launcher(view), panel(view)];
  }
}
