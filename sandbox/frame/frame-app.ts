import type { FileUploadStrategy } from '@openai/chatkit';
import { Bridge } from '../page/bridge.js';
import type { FrameParams } from '../page/frame-params.js';
import { applyAppearance } from './appearance.js';
import { Chat } from './chat.js';
import { Composer } from './composer.js';
import { DraftFiles } from './draft-files.js';
import { History } from './history.js';
import { checkOptions, type FrameOptions } from './option-checks.js';
import { PageFunctions, pageMethods, reportError, type PageHooks } from './page-calls.js';
import { ProtocolClient } from './protocol-client.js';
import { Renderer, type ViewModel } from './renderer.js';
import { HostedTransport, PageTransport, type Transport } from './transports.js';
import { discardAttachment, uploadFile } from './uploads.js';
import { copyText } from './views/answer-actions.js';
import type { WidgetAction, WidgetItem } from './wire.js';

export interface FrameAppOptions {
  readonly window: Window;
  readonly params: FrameParams;
  /** The sandbox's own protocol endpoint. */
  readonly hostedUrl: URL;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Wires the application in the frame together and connects it to the page. */
export class FrameApp implements ViewModel {
  readonly chat: Chat;
  readonly history: History;
  readonly composer: Composer;
  readonly #hostedUrl: URL;
  readonly #bridge: Bridge;
  readonly #functions: PageFunctions;
  readonly #pageTransport: PageTransport;
  readonly #methods: ReturnType<typeof pageMethods>;
  readonly #page: PageHooks;
  readonly #renderer: Renderer;
  #options: FrameOptions;
  #transport: Transport;
  #lifecycle: 'starting' | 'running' | 'rendering' | 'dead' = 'starting';

  /** @throws {InvalidFrameParamsError} */
  constructor({ window, params, hostedUrl, sleep }: FrameAppOptions) {
    this.#options = checkOptions(params.options);
    this.#hostedUrl = hostedUrl;
    this.#bridge = new Bridge({
      own: window,
      peer: () => window.parent,
      peerOrigin: params.origin,
      onCall: (name, args) => this.#onCall(name, args),
      onNotice: (name, detail) => this.#onNotice(name, detail),
    });
    this.#functions = new PageFunctions(this.#bridge, () => this.#options);
    this.#pageTransport = new PageTransport(this.#bridge);
    this.#transport = this.#createTransport();
    const page = (this.#page = {
      emit: (name, detail) => this.#bridge.notify(name, detail),
      callTool: async (call) => this.#functions.onClientTool(call),
    } satisfies PageHooks);
    const client = new ProtocolClient({
      // Indirect, because `setOptions` may replace the transport.
      transport: {
        post: (body, signal) => this.#transport.post(body, signal),
        upload: (upload, signal) => this.#transport.upload(upload, signal),
      },
      sleep,
    });
    const onChange = (): void => this.#changed();
    this.chat = new Chat({ connect: () => this.#transport.connect(), client, page, onChange });
    this.history = new History({
      client,
      page,
      onChange,
      onRename: (id, title) => this.chat.retitle(id, title),
      onDelete: (id) => {
        if (id === this.chat.threadId) void this.chat.open(null);
      },
    });
    this.composer = new Composer({
      files: new DraftFiles({
        limits: () => this.#options.composer?.attachments ?? {},
        upload: (file, signal) => uploadFile(client, this.#uploadStrategy, file, signal),
        discard: (attachment) => discardAttachment(client, attachment),
        onChange,
      }),
      onChange,
      onToolChange: (toolId) => page.emit('chatkit.tool.change', { toolId }),
      isPersistent: (toolId) =>
        this.#options.composer?.tools?.find(({ id }) => id === toolId)?.persistent === true,
    });
    this.#renderer = new Renderer(window.document.body, onChange);
    this.#methods = pageMethods({
      chat: this.chat,
      composer: this.composer,
      history: this.history,
      focusComposer: () => this.#renderer.focusComposer(),
    });
  }

  get options(): FrameOptions {
    return this.#options;
  }

  get isScrolledAway(): boolean {
    return this.#renderer.isScrolledAway;
  }

  start(): void {
    applyAppearance(document.documentElement, this.#options);
    void this.chat.connect();
    const { initialThread } = this.#options;
    if (initialThread != null) void this.chat.open(initialThread);
    this.#lifecycle = 'running';
    this.#renderer.render(this);
  }

  toLatest(): void {
    this.#renderer.toLatest();
  }

  submit(): void {
    const { access, conversation, turn } = this.chat.state;
    if (access === 'refused') void this.chat.reconnect();
    else if (conversation.kind === 'open' && turn.kind !== 'answering') {
      const message = this.composer.take();
      if (message) void this.chat.send(message.input, { attachments: message.attachments });
    }
  }

  copy(button: HTMLElement, text: string): void {
    void copyText(button, text, (said) => this.#renderer.announce(said));
  }

  headerAction(side: 'leftAction' | 'rightAction'): void {
    this.#reportErrors(this.#functions.onHeaderAction(side));
  }

  widgetAction(item: WidgetItem, { handler, streaming, ...action }: WidgetAction): void {
    this.#reportErrors(
      handler === 'client'
        ? this.#functions.onWidgetAction(action, { id: item.id, widget: item.widget })
        : this.chat.act(action, item.id, { streaming: streaming !== false }),
    );
  }

  #reportErrors(done: Promise<unknown>): void {
    done.catch((error: unknown) => reportError(this.#page, error));
  }

  get #uploadStrategy(): FileUploadStrategy {
    const { api } = this.#options;
    const own = 'url' in api ? api.uploadStrategy : undefined;
    return own ?? { type: 'two_phase' };
  }

  #createTransport(): Transport {
    if ('url' in this.#options.api) return this.#pageTransport;
    return new HostedTransport({
      url: this.#hostedUrl,
      getClientSecret: (current) => this.#functions.getClientSecret(current),
      hasClientTools: () => this.#functions.hasClientTools,
      fetch: window.fetch.bind(window),
    });
  }

  #onCall(name: string, args: readonly unknown[]): unknown {
    const method = this.#methods.get(name);
    if (!method) throw new TypeError(`ChatKit has no method ${name}.`);
    return method(...args);
  }

  #onNotice(name: string, detail: unknown): void {
    if (name === 'options') this.#setOptions(detail);
    else this.#pageTransport.take(name, detail);
  }

  /** @throws {InvalidFrameParamsError} uncaught, as in ChatKit: it reaches the console and ends the chat */
  #setOptions(value: unknown): void {
    try {
      const before = this.#options.api;
      this.#options = checkOptions(value);
      if ('url' in before !== 'url' in this.#options.api) this.#transport = this.#createTransport();
      applyAppearance(document.documentElement, this.#options);
      this.#changed();
    } catch (error) {
      this.#lifecycle = 'dead';
      this.#bridge.close();
      this.#renderer.clear();
      throw error;
    }
  }

  /** Batches the changes of one task into one rendering. */
  #changed(): void {
    if (this.#lifecycle !== 'running') return;
    this.#lifecycle = 'rendering';
    queueMicrotask(() => {
      if (this.#lifecycle !== 'rendering') return;
      this.#lifecycle = 'running';
      this.#renderer.render(this);
    });
  }
}
