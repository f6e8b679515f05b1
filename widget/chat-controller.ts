import type { ChatKitOptions } from '@openai/chatkit';
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { idle, nextState, type ChatState, type ChatStep } from './chat-state.js';
import {
  chatKitApi,
  loadChatKit,
  mountChatKit,
  toChatKitOptions,
  type ChatKitSettings,
  type MountedChatKit,
} from './chatkit/index.js';
import { toChatError, type TaskPilotChatError } from './errors.js';
import { SessionClient, type SessionClientOptions } from './session/index.js';

/** What the controller needs of the element. */
export interface ChatHost extends ReactiveControllerHost {
  /** Where ChatKit's element lives; the same node for the life of the widget. */
  readonly frameContainer: HTMLElement;
  sessionOptions(): SessionClientOptions;
  script(): { src: string; nonce: string | undefined };
  /** @throws {TaskPilotChatError} `invalid_options` */
  settings(): ChatKitSettings;
  onState(state: ChatState): void;
  onError(error: TaskPilotChatError): void;
  onChatKitEvent(event: CustomEvent): void;
}

type ChatKitElement = MountedChatKit['element'];

/** One attempt to get ChatKit running. */
interface Run {
  readonly controller: AbortController;
  readonly usable: Promise<ChatKitElement>;
  readonly settle: (result: ChatKitElement | TaskPilotChatError) => void;
}

function createRun(): Run {
  let settle: Run['settle'] = () => undefined;
  const usable = new Promise<ChatKitElement>((resolve, reject) => {
    settle = (result) => {
      if (result instanceof HTMLElement) resolve(result);
      else reject(result);
    };
  });
  // Failures are told by state, event and console; a promise that nobody took is no second report.
  usable.catch(() => undefined);
  return { controller: new AbortController(), usable, settle };
}

/** Loader and session client make the state; everything stops when the element leaves the page. */
export class ChatController implements ReactiveController {
  state: ChatState = idle;
  readonly #host: ChatHost;
  #client: SessionClient | null = null;
  #run: Run | null = null;
  #mounted: MountedChatKit | null = null;
  #api: ChatKitOptions['api'] | null = null;
  #thread: string | null | undefined;

  constructor(host: ChatHost) {
    this.#host = host;
    host.addController(this);
  }

  get element(): ChatKitElement | null {
    return this.#mounted?.element ?? null;
  }

  hostDisconnected(): void {
    this.stop();
  }

  /** Starts unless it runs; the promise is settled when ChatKit can be used, or cannot. */
  start(): Promise<ChatKitElement> {
    if (this.#run && this.state.kind !== 'error') return this.#run.usable;
    return this.restart();
  }

  /** A new attempt from the beginning, with a new ChatKit element. */
  restart(): Promise<ChatKitElement> {
    this.#drop();
    const run = (this.#run = createRun());
    this.#step({ type: 'start' });
    this.#load(run).catch((error: unknown) => this.#fail(run, error));
    return run.usable;
  }

  stop(): void {
    this.#drop();
    this.#step({ type: 'stop' });
  }

  /** Forgets the visitor's session too, also the one that an earlier page has left. */
  reset(): void {
    (this.#client ?? new SessionClient(this.#host.sessionOptions())).reset();
    this.stop();
  }

  /** The way to sessions has changed: the next attempt takes the new one. */
  changeClient(): void {
    this.#client = null;
  }

  /** Tells ChatKit what has changed; it replaces everything, so it gets everything. */
  update(): void {
    if (!this.#mounted || !this.#api) return;
    try {
      this.#mounted.setOptions(this.#options(this.#api));
    } catch (error) {
      this.#host.onError(toChatError(error, 'invalid_options'));
    }
  }

  #options(api: ChatKitOptions['api']): ChatKitOptions {
    return toChatKitOptions({ ...this.#host.settings(), thread: this.#thread }, api);
  }

  async #load(run: Run): Promise<void> {
    const { signal } = run.controller;
    const isCurrent = (): boolean => this.#run === run;
    const host = this.#host;
    // Wrong options are told before anything is fetched.
    this.#thread = host.settings().thread;
    this.#options({ getClientSecret: () => Promise.resolve('') });
    const client = (this.#client ??= new SessionClient(host.sessionOptions()));
    const { src, nonce } = host.script();
    await Promise.all([loadChatKit({ src, nonce }), client.getSession({ signal })]);
    await host.updateComplete;
    signal.throwIfAborted();
    let used = false;
    const api = await chatKitApi(client, {
      onUse: () => {
        used = true;
        this.#mounted?.used();
      },
      onBackendChange: () => {
        if (isCurrent()) void this.restart();
      },
      onError: (error) => this.#fail(run, error),
    });
    if (!isCurrent()) return;
    this.#api = api;
    const mounted = mountChatKit(host.frameContainer, this.#options(api), {
      onEvent: (event) => host.onChatKitEvent(event),
      onUsable: () =>
        queueMicrotask(() => {
          if (!isCurrent()) return;
          this.#step({ type: 'usable' });
          run.settle(mounted.element);
        }),
      onTimeout: (error) => this.#fail(run, error),
    });
    this.#mounted = mounted;
    // ChatKit may have asked before there was anything to tell.
    if (used) mounted.used();
    host.requestUpdate();
  }

  #fail(run: Run, cause: unknown): void {
    if (this.#run !== run) return;
    const error = toChatError(cause, 'chatkit_error');
    run.settle(error);
    this.#step({ type: 'fail', error });
    this.#host.onError(error);
  }

  #drop(): void {
    const run = this.#run;
    this.#run = null;
    run?.controller.abort();
    run?.settle(toChatError(undefined, 'chatkit_error'));
    this.#mounted?.remove();
    this.#mounted = null;
    this.#api = null;
  }

  #step(step: ChatStep): void {
    const next = nextState(this.state, step);
    if (next === this.state) return;
    this.state = next;
    this.#host.requestUpdate();
    this.#host.onState(next);
  }
}
