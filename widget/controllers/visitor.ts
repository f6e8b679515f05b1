import type { PropertyValues, ReactiveController } from 'lit';
import { coversPage } from '../appearance.js';
import { dispatch } from '../events.js';
import { isSupported } from '../platform.js';
import { endpointUrl } from '../script.js';
import { handled } from '../single-flight.js';
import { identityOf, SessionClient } from '../session/index.js';
import { pageStorage, readStored, writeStored } from '../storage.js';
import type { TaskPilotChat } from '../taskpilot-chat.js';
import type { ChatController } from './chat.js';

/** What outlives a page change; never a secret. */
interface PageState {
  open?: boolean | undefined;
  expanded?: boolean | undefined;
  thread?: string | null | undefined;
  /** Whether the thread is on the operator's own server: OpenAI does not know it then. */
  selfHosted?: boolean | undefined;
}

/** Properties that define the session client. */
const sessionProperties = ['sessionEndpoint', 'credentials', 'sessionStorage'];
/** Tells the other tabs of a log-out: a message is the identity that has left, or null for all. */
const channelName = 'taskpilot-chat';

/**
 * What of the chat belongs to the visitor: session, thread, open state and unread answers. Thread and open state are kept
 * for one identity, in the storage that the `persist` attribute names; another identity starts clean.
 */
export class VisitorController implements ReactiveController {
  readonly #host: TaskPilotChat;
  readonly #chat: ChatController;
  readonly #onClean: () => void;
  #client: SessionClient | null = null;
  #channel: BroadcastChannel | null = null;
  #identity: string | undefined;
  /** What is kept for the identity; before that is known, what this page has set. */
  #state: PageState = {};
  /** The thread since this element has started ChatKit; null is a new one. */
  #thread: string | null | undefined;
  #unread = 0;
  /** After the host's first update, when the properties that the page sets at once are known. */
  #hasBegun = false;

  /** @param onClean nothing of the former visitor is left */
  constructor(host: TaskPilotChat, chat: ChatController, onClean: () => void) {
    host.addController(this);
    this.#host = host;
    this.#chat = chat;
    this.#onClean = onClean;
  }

  /** The session client that the host's properties describe. */
  get client(): SessionClient {
    const host = this.#host;
    return (this.#client ??= new SessionClient({
      endpoint: endpointUrl(host.sessionEndpoint),
      credentials: host.credentials,
      user: () => host.user,
      getAuthToken: () => host.getAuthToken?.(),
      visitorStorage: pageStorage(host.persist === 'none' ? 'none' : 'local'),
      storage: pageStorage(host.sessionStorage === 'memory' ? 'none' : 'session'),
      onSession: (info) => dispatch(host, 'taskpilot-session', info),
      onIdentity: (identity, previous) => this.#onIdentity(identity, previous),
    }));
  }

  /** The thread that the page or ChatKit has chosen; null is a new one. */
  get thread(): string | null | undefined {
    return this.#thread === undefined ? this.#host.thread : this.#thread;
  }

  set thread(id: string | null | undefined) {
    this.#thread = id;
    if (id !== undefined) this.#set({ thread: id });
  }

  /** The thread that the visitor was in on the page before. */
  get lastThread(): string | null | undefined {
    return this.#state.thread;
  }

  /** Whether the visitor has made the panel large. */
  get isExpanded(): boolean {
    return this.#state.expanded === true;
  }

  /** The visitor makes the panel large, or small again. */
  readonly onExpand = (): void => {
    this.#set({ expanded: !this.isExpanded });
    this.#host.requestUpdate();
  };

  /** Number of answers since the panel was closed. */
  get unread(): number {
    return this.#unread;
  }

  set unread(count: number) {
    if (count === this.#unread) return;
    this.#unread = count;
    this.#host.requestUpdate();
    dispatch(this.#host, 'taskpilot-unread', { count });
  }

  hostConnected(): void {
    window.addEventListener('pageshow', this);
    if (!isSupported) return;
    this.#channel = new BroadcastChannel(channelName);
    this.#channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      if (data !== null && data !== this.#identity) return;
      this.client.forget();
      this.#startClean();
    });
  }

  hostDisconnected(): void {
    window.removeEventListener('pageshow', this);
    this.#channel?.close();
    this.#channel = null;
  }

  /** Somebody else may have logged in while the page was in the back/forward cache. */
  handleEvent(): void {
    // The next use of the session reports a failure.
    if (this.#client) void handled(this.#client.identify());
  }

  /** Opens the panel if the same visitor has left it open; a token is asked for only if it was open. */
  async restore(): Promise<void> {
    const { user, getAuthToken, layout } = this.#host;
    if (this.#client || (!user && getAuthToken)) {
      if (!this.#client && !this.#read().open) return;
      await this.client.identify();
    } else {
      this.#use(identityOf(user));
    }
    // What would cover the page is opened by the visitor only.
    if (this.#state.open && layout !== 'inline' && !coversPage(layout)) this.#host.show();
  }

  /** The host's properties have changed: another user starts clean, another session client starts the chat anew. */
  hostChanged(changed: PropertyValues): void {
    const { open, getAuthToken } = this.#host;
    const hasLoggedOut = Boolean(changed.get('getAuthToken')) && !getAuthToken;
    if (this.#hasBegun && (changed.has('user') || hasLoggedOut)) {
      void handled(this.restore());
    }
    // The first update tells nothing new, and the page may name its user after it.
    if (changed.has('open') && (this.#hasBegun || open)) this.#set({ open });
    this.#hasBegun = true;
    if (!this.#client || !sessionProperties.some((name) => changed.has(name))) return;
    this.#client = null;
    if (this.#chat.state.kind !== 'idle') void this.#chat.restart();
  }

  /** Ends the visitor's session, also one that an earlier page has left, and starts clean in all tabs. */
  reset(): Promise<void> {
    const ended = this.client.reset();
    this.#channel?.postMessage(null);
    this.#startClean();
    return ended;
  }

  /** ChatKit is about to use a backend: a thread of one is not known to the other. */
  onBackend(selfHosted: boolean): void {
    if (!this.#state.selfHosted === !selfHosted) return;
    this.#set({ thread: null, selfHosted });
    this.#thread &&= null;
  }

  /** A thread does not exist any more. The visitor learns why it is not shown. */
  onThreadLost(id: string): void {
    const current = this.thread ?? this.lastThread;
    if (current && current !== id) return;
    this.thread = null;
    this.#chat.notify('threadLost');
    this.#chat.showThread(null);
  }

  /** Who uses the page is known, or is another one than `previous`. */
  #onIdentity(identity: string, previous: string | undefined): void {
    if (previous !== undefined) {
      this.#channel?.postMessage(previous);
      this.#startClean();
    }
    this.#use(identity);
    this.#set({});
  }

  #startClean(): void {
    this.#chat.stop();
    this.unread = 0;
    this.#thread = this.#host.thread = undefined;
    this.#state = { thread: null };
    this.#identity = undefined;
    this.#write(null);
    this.#host.hide();
    this.#onClean();
  }

  /** Reads what is kept for an identity. Another's is not used. */
  #use(identity: string): void {
    if (identity === this.#identity) return;
    const stored = this.#read();
    const changes = this.#identity === undefined ? this.#state : {};
    this.#state = stored.identity === identity ? { ...stored, ...changes } : changes;
    this.#identity = identity;
  }

  /** Changes some of what is kept; that of another identity is overwritten. */
  #set(changes: PageState): void {
    this.#state = { ...this.#state, ...changes };
    const identity = this.#identity;
    if (identity !== undefined) this.#write({ ...this.#state, identity });
  }

  get #key(): string {
    return `taskpilot-chat:page:${this.#host.id}`;
  }

  #read(): PageState & { identity?: unknown } {
    const state = readStored(pageStorage(this.#host.persist), this.#key) as PageState;
    return {
      ...state,
      open: state.open === true,
      thread: typeof state.thread === 'string' ? state.thread : undefined,
    };
  }

  #write(state: object | null): void {
    writeStored(pageStorage(this.#host.persist), this.#key, state);
  }
}
