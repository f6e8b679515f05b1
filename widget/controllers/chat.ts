import type { ReactiveController } from 'lit';
import {
  chatKitApi,
  copyOptions,
  isEqual,
  loadChatKit,
  mountChatKit,
  refuseApi,
  offerable,
  toChatKitOptions,
  type ChatKitAttributes,
  type ChatKitOptions,
  type ChatKitSurroundings,
  type LoadOptions,
  type MountedChatKit,
  type PageContext,
} from '../chatkit/index.js';
import { TaskPilotChatError, toChatError } from '../errors.js';
import { isSupported } from '../platform.js';
import type { SessionAnswer, SessionClient } from '../session/index.js';
import { abortable, handled, withTimeout } from '../single-flight.js';
import type { ControllerHost } from './page.js';
import { Recovery } from './recovery.js';
import { nextState, type ChatState } from './state.js';

/** What the controller asks of the element, and reports to it. */
export interface ChatHooks {
  client: () => SessionClient;
  scriptOptions: () => LoadOptions;
  settings: () => [ChatKitAttributes, ChatKitSurroundings];
  /** The kind of backend that ChatKit is about to use. */
  onBackend: (selfHosted: boolean) => void;
  /** ChatKit's thread does not exist any more. */
  onThreadLost: (id: string) => void;
  onState: (state: ChatState) => void;
  onError: (error: TaskPilotChatError) => void;
  onChatKitEvent: (event: CustomEvent) => void;
}

/** What is known of ChatKit's options before there is a session. */
export type LoadingOptions = Partial<Omit<ChatKitOptions, 'api'>>;

/** A line beside the conversation: sending waits for a session, or the former thread was not found. */
export type ChatNotice = 'waiting' | 'threadLost' | null;

type Host = ControllerHost & {
  readonly context: PageContext | undefined;
  readonly options: object | undefined;
};
type ChatKitElement = MountedChatKit['element'];

/** Deadline of ChatKit's frame; a frame that starts later is still used. */
const usableTimeoutMs = 15_000;
/** Deadline of one method of ChatKit. */
const methodTimeoutMs = 10_000;

/** Between two looks at an answer that this page did not ask for. */
const followMs = 1000;

const anyApi = { getClientSecret: () => Promise.resolve('') };

const pageEvents = ['online', 'pagehide', 'pageshow'] as const;

export const stopped = (): TaskPilotChatError =>
  new TaskPilotChatError('chatkit_error', { detail: 'stopped or removed' });

/** Owns script, session and ChatKit's element, and derives the state from them; stops when the host is disconnected. */
export class ChatController implements ReactiveController {
  state: ChatState = { kind: 'idle' };
  readonly #host: Host;
  readonly #hooks: ChatHooks;
  /** The attempt under way, or the one that has succeeded. */
  #attempt: AbortController | null = null;
  #usable: Promise<ChatKitElement> | null = null;
  #mounted: MountedChatKit | null = null;
  /** Of the session endpoint. */
  #offers: SessionAnswer['offers'];
  #loadingOptions: LoadingOptions | null = null;
  /** The options that ChatKit has got. */
  #options: ChatKitOptions | null = null;
  #following: ReturnType<typeof setTimeout> | undefined;
  notice: ChatNotice = null;
  /** The page is being left: failures are of no interest any more. */
  isLeaving = false;
  readonly #recovery = new Recovery();

  constructor(host: Host, hooks: ChatHooks) {
    host.addController(this);
    this.#host = host;
    this.#hooks = hooks;
  }

  /** ChatKit's element, as soon as there is one. */
  get element(): ChatKitElement | null {
    return this.#mounted?.element ?? null;
  }

  hostConnected(): void {
    for (const type of pageEvents) window.addEventListener(type, this);
  }

  hostDisconnected(): void {
    for (const type of pageEvents) window.removeEventListener(type, this);
    this.stop();
  }

  handleEvent({ type }: Event): void {
    const { state } = this;
    this.isLeaving = type === 'pagehide';
    if (type !== 'online') return;
    this.#recovery.resume();
    if (state.kind === 'error' && state.error.code === 'offline') void this.start();
  }

  /**
   * Starts unless it runs, also after a failure.
   *
   * @returns a promise that is settled when ChatKit can be used, or has failed
   */
  start(): Promise<ChatKitElement> {
    const { kind } = this.state;
    // The promise of a frame that started after its deadline has been rejected.
    if (kind === 'ready' && this.element) return Promise.resolve(this.element);
    return kind === 'loading' && this.#usable ? this.#usable : this.restart();
  }

  /** Starts unless that has been tried already; failures are reported by state, event and console. */
  startOnce(): void {
    if (this.state.kind === 'idle') void this.start();
  }

  /** A new attempt from the beginning, with a new ChatKit element. */
  restart(): Promise<ChatKitElement> {
    this.#drop();
    if (!this.#host.isConnected) return handled(Promise.reject<ChatKitElement>(stopped()));
    const { signal } = (this.#attempt = new AbortController());
    // Assigned before the page hears of the new state, for it may call a method at once.
    const usable = (this.#usable = this.#load(signal));
    usable.catch((error: unknown) => this.#fail(signal, error));
    this.#step({ kind: 'loading' });
    return usable;
  }

  stop(): void {
    this.#drop();
    this.#step({ kind: 'idle' });
  }

  /** What ChatKit will show first follows from them. */
  get loadingOptions(): LoadingOptions {
    return (this.#loadingOptions ??= toChatKitOptions(
      ...this.#hooks.settings(),
      anyApi,
      offerable,
    ));
  }

  /** Shows a line beside the conversation, or none. */
  notify(notice: ChatNotice): void {
    if (notice === this.notice) return;
    this.notice = notice;
    this.#host.requestUpdate();
  }

  hostUpdate(): void {
    this.#loadingOptions = null;
  }

  /** Passes changed settings on, unless they amount to the same options. ChatKit replaces all options, so it gets all. */
  hostUpdated(): void {
    if (!this.element || !this.#options) return;
    const options = {
      ...toChatKitOptions(...this.#hooks.settings(), this.#options.api, this.#offers),
      // Another thread to start in is no reason to leave the current one.
      initialThread: this.#options.initialThread,
    } as ChatKitOptions;
    if (isEqual(options, this.#options)) return;
    this.#options = options;
    this.element.setOptions(copyOptions(options));
  }

  /** Shows a thread; null is an empty chat. */
  showThread(id: string | null): void {
    this.run((chatkit) => chatkit.setThreadId(id));
  }

  /** Calls a method of ChatKit; a failure is reported by event and console. */
  run(method: (chatkit: ChatKitElement) => Promise<void>): void {
    void handled(this.call(method));
  }

  /**
   * Calls a method of ChatKit as soon as that can be used.
   *
   * @throws {TaskPilotChatError} when the chat cannot start or is started anew, or ChatKit rejects or does not answer
   */
  async call(method: (chatkit: ChatKitElement) => Promise<void>): Promise<void> {
    const chatkit = await this.start();
    const { signal } = this.#attempt ?? new AbortController();
    try {
      await withTimeout(
        abortable(method(chatkit), signal),
        methodTimeoutMs,
        'chatkit_timeout',
        location.origin,
      );
    } catch (cause) {
      const error = toChatError(cause);
      if (!signal.aborted) this.#hooks.onError(error);
      throw error;
    }
  }

  async #load(signal: AbortSignal): Promise<ChatKitElement> {
    const [host, hooks] = [this.#host, this.#hooks];
    // The settings and the container are known after the first update.
    await this.#host.updateComplete;
    signal.throwIfAborted();
    if (!isSupported) {
      throw new TaskPilotChatError('chatkit_error', {
        detail: 'not in this browser',
        retryable: false,
      });
    }
    refuseApi(host.options);
    const client = hooks.client();
    const [, { offers }] = await Promise.all([
      loadChatKit({ ...hooks.scriptOptions(), signal }),
      client.getSession({ signal }),
    ]);
    const used = Promise.withResolvers<undefined>();
    const api = await chatKitApi(client, {
      onUse: () => used.resolve(undefined),
      onBackendChange: () => {
        if (!signal.aborted) void this.restart();
      },
      onError: (error) => this.#fail(signal, error),
      recovery: (error) => this.#recover(signal, error),
      onSession: () => {
        this.#recovery.reset();
        if (this.notice === 'waiting') this.notify(null);
      },
      onAnswering: () => this.#follow(signal),
      onThreadNotFound: (id) => {
        if (!signal.aborted) hooks.onThreadLost(id);
      },
      signal,
      isLeaving: () => this.isLeaving,
      context: () => host.context,
    });
    signal.throwIfAborted();
    hooks.onBackend('url' in api);
    const options = toChatKitOptions(...hooks.settings(), api, (this.#offers = offers));
    this.#options = { ...options, initialThread: options.initialThread ?? null };
    const mounted = (this.#mounted = mountChatKit(
      host.renderRoot.querySelector('.frame') ?? host,
      copyOptions(options),
      used.promise,
      (event) => hooks.onChatKitEvent(event),
      (error) => {
        this.#mounted?.remove();
        this.#mounted = null;
        this.#fail(signal, error);
      },
    ));
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

  /**
   * Loads what a running answer says next, until a load says that it has ended; rests while the page is hidden. After
   * ten failures in a row it gives up: what comes then is there with the next load.
   */
  #follow(signal: AbortSignal, tries = 9): void {
    clearTimeout(this.#following);
    if (signal.aborted) return;
    this.#following = setTimeout(() => {
      if (document.hidden) this.#follow(signal, tries);
      else {
        this.element
          ?.fetchUpdates()
          .catch((error: unknown) =>
            tries ? this.#follow(signal, tries - 1) : this.#hooks.onError(toChatError(error)),
          );
      }
    }, followMs);
  }

  /** A failure that passes does not take a conversation away: what ChatKit asks for waits. */
  #recover(signal: AbortSignal, cause: unknown): Promise<void> | undefined {
    const error = toChatError(cause);
    if (signal.aborted || this.state.kind !== 'ready' || !error.retryable) return undefined;
    if (this.notice !== 'waiting') {
      this.notify('waiting');
      if (!this.isLeaving) this.#hooks.onError(error);
    }
    return this.#recovery.pause(error.retryAfterSeconds);
  }

  #fail(signal: AbortSignal, cause: unknown): void {
    if (signal.aborted || this.isLeaving || this.state.kind === 'error') return;
    const error = toChatError(cause);
    this.#step({ kind: 'error', error });
    this.#hooks.onError(error);
  }

  #drop(): void {
    this.#attempt?.abort(stopped());
    clearTimeout(this.#following);
    this.#attempt = null;
    this.#mounted?.remove();
    this.#mounted = null;
    this.#options = null;
    this.#recovery.reset();
    this.notify(null);
  }

  #step(towards: ChatState): void {
    const next = nextState(this.state, towards);
    if (next === this.state) return;
    this.state = next;
    this.#host.requestUpdate();
    this.#hooks.onState(next);
  }
}
