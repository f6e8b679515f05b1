import { nextState, type ChatState } from './chat-state.js';
import {
  chatKitApi,
  loadChatKit,
  mountChatKit,
  toChatKitOptions,
  type ChatKitApi,
  type ChatKitAttributes,
  type ChatKitSurroundings,
  type LoadOptions,
  type MountedChatKit,
} from '../chatkit/index.js';
import { TaskPilotChatError, toChatError } from '../errors.js';
import { SessionClient, type SessionClientOptions } from '../session/index.js';
import { abortable, withTimeout } from '../single-flight.js';

/** What the controller needs of the element. */
export interface ChatHost {
  readonly element: { readonly isConnected: boolean; readonly updateComplete: Promise<void> };
  /** Where ChatKit's element lives; the same node for the life of the widget. */
  frameContainer: () => Element;
  sessionOptions: () => SessionClientOptions;
  scriptOptions: () => LoadOptions;
  /** Which kind of backend ChatKit is about to talk to. */
  onBackend: (selfHosted: boolean) => void;
  settings: () => [ChatKitAttributes, ChatKitSurroundings];
  onState: (state: ChatState) => void;
  onError: (error: TaskPilotChatError) => void;
  onChatKitEvent: (event: CustomEvent) => void;
}

type ChatKitElement = MountedChatKit['element'];

/** How long ChatKit's frame may take before the visitor is told; it is still welcome later. */
const usableTimeoutMs = 15_000;

const stopped = (): TaskPilotChatError =>
  new TaskPilotChatError('chatkit_error', { detail: 'stopped or removed' });

/** Loader and session client make the state; everything stops when the element leaves the page. */
export class ChatController {
  state: ChatState = { kind: 'idle' };
  readonly #host: ChatHost;
  #client: SessionClient | null = null;
  /** The attempt under way, or the one that has succeeded. */
  #attempt: AbortController | null = null;
  #usable: Promise<ChatKitElement> | null = null;
  #mounted: MountedChatKit | null = null;
  #api: ChatKitApi | null = null;
  #thread: string | null | undefined;

  constructor(host: ChatHost) {
    this.#host = host;
  }

  get element(): ChatKitElement | null {
    return this.#mounted?.element ?? null;
  }

  /** Starts unless it runs; the promise is settled when ChatKit can be used, or cannot. */
  start(): Promise<ChatKitElement> {
    const { kind } = this.state;
    // A frame that came late has its promise behind it.
    if (kind === 'ready' && this.element) return Promise.resolve(this.element);
    return kind === 'loading' && this.#usable ? this.#usable : this.restart();
  }

  /** Starts unless something has been tried already. */
  startOnce(): void {
    // The page may have taken the element away, at an event of this very update.
    if (this.state.kind === 'idle') this.restart().catch(() => undefined);
  }

  /** A new attempt from the beginning, with a new ChatKit element. */
  restart(): Promise<ChatKitElement> {
    this.#drop();
    if (!this.#host.element.isConnected) return Promise.reject(stopped());
    const { signal } = (this.#attempt = new AbortController());
    // Known before the page hears of the new state, for it may ask for the chat at once.
    const usable = (this.#usable = Promise.resolve().then(() => this.#load(signal)));
    // Failures are told by state, event and console; a promise that nobody took is no second report.
    usable.catch((error: unknown) => this.#fail(signal, error));
    this.#step({ kind: 'loading' });
    return usable;
  }

  stop(): void {
    this.#drop();
    this.#step({ kind: 'idle' });
  }

  /** Forgets the visitor's session too, also the one that an earlier page has left. */
  reset(): void {
    (this.#client ?? new SessionClient(this.#host.sessionOptions())).reset();
    this.stop();
  }

  /** The way to sessions has changed: who has begun on the old one begins anew. */
  changeClient(): void {
    if (!this.#client) return;
    this.#client = null;
    if (this.state.kind !== 'idle') void this.restart();
  }

  /** Tells ChatKit what has changed; it replaces everything, so it gets everything. */
  update(): void {
    if (!this.element || !this.#api) return;
    try {
      // Another thread to start in is no reason to leave the one that is there.
      const initialThread = this.#thread ?? null;
      const options = toChatKitOptions(...this.#host.settings(), this.#api);
      this.element.setOptions({ ...options, initialThread });
    } catch (error) {
      this.#host.onError(toChatError(error));
    }
  }

  async #load(signal: AbortSignal): Promise<ChatKitElement> {
    const host = this.#host;
    signal.throwIfAborted();
    // Wrong options are told before anything is fetched.
    toChatKitOptions(...host.settings(), { getClientSecret: () => Promise.resolve('') });
    const client = (this.#client ??= new SessionClient(host.sessionOptions()));
    await Promise.all([
      loadChatKit({ ...host.scriptOptions(), signal }),
      client.getSession({ signal }),
      host.element.updateComplete,
    ]);
    let isUsed = false as boolean;
    const api = await chatKitApi(client, {
      onUse: () => {
        isUsed = true;
        if (!signal.aborted) this.#mounted?.used();
      },
      onBackendChange: () => {
        if (!signal.aborted) void this.restart();
      },
      onError: (error) => this.#fail(signal, error),
    });
    signal.throwIfAborted();
    host.onBackend('url' in api);
    const options = toChatKitOptions(...host.settings(), api);
    this.#api = api;
    this.#thread = options.initialThread;
    const mounted = mountChatKit(host.frameContainer(), options, (event) =>
      host.onChatKitEvent(event),
    );
    this.#mounted = mounted;
    // ChatKit may have asked before there was anything to tell.
    if (isUsed) mounted.used();
    const usable = mounted.usable.then(() => {
      signal.throwIfAborted();
      this.#step({ kind: 'ready' });
      return mounted.element;
    });
    return withTimeout(
      abortable(usable, signal),
      usableTimeoutMs,
      'chatkit_timeout',
      location.origin,
    );
  }

  #fail(signal: AbortSignal, cause: unknown): void {
    if (signal.aborted || this.state.kind === 'error') return;
    const error = toChatError(cause);
    this.#step({ kind: 'error', error });
    this.#host.onError(error);
  }

  #drop(): void {
    this.#attempt?.abort(stopped());
    this.#attempt = null;
    this.#mounted?.remove();
    this.#mounted = null;
    this.#api = null;
  }

  #step(towards: ChatState): void {
    const next = nextState(this.state, towards);
    if (next === this.state) return;
    this.state = next;
    this.#host.onState(next);
  }
}
