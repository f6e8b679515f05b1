import type { ChatKitOptions } from '@openai/chatkit';
import { Bridge } from './bridge.js';
import { callByPath, encodeFrameParams, withMarkers } from './frame-params.js';
import { FetchRelay } from './fetch-relay.js';

const styles = `:host { display: block; position: relative; height: 100%; width: 100%; }
iframe { position: absolute; inset: 0; width: 100%; height: 100%; border: 0; }`;

type Life =
  | { readonly kind: 'new' }
  | { readonly kind: 'running'; readonly bridge: Bridge; readonly relay: FetchRelay }
  | { readonly kind: 'ended' };

function defer() {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/** Fills in what the page left out: like the real one, in the very object that it was given. */
function complete(options: ChatKitOptions): void {
  options.locale ??= navigator.language as NonNullable<ChatKitOptions['locale']>;
  options.frameTitle ??= 'Chat';
  const { api } = options as Partial<ChatKitOptions>;
  // What is no address stays as it is, for the frame to refuse.
  if (
    api &&
    'url' in api &&
    typeof api.url === 'string' &&
    URL.canParse(api.url, document.baseURI)
  ) {
    api.url = new URL(api.url, document.baseURI).href;
  }
}

/**
 * What stands in for OpenAI's `<openai-chatkit>`: it has the observable behaviour of the real one, also
 * where that is inconvenient.
 *
 * @param frameUrl the application that runs inside, at an origin of its own
 */
export function createChatKitElement(frameUrl: URL): CustomElementConstructor {
  return class extends HTMLElement {
    readonly #frame = document.createElement('iframe');
    readonly #loaded = defer();
    #life: Life = { kind: 'new' };
    #options: ChatKitOptions | null = null;

    constructor() {
      super();
      const style = document.createElement('style');
      style.textContent = styles;
      this.#frame.allow = 'clipboard-read; clipboard-write';
      this.#frame.addEventListener('load', () => this.#onLoad());
      this.attachShadow({ mode: 'open' }).append(style, this.#frame);
    }

    connectedCallback(): void {
      this.#start();
    }

    /** For good, also when the element was only moved. */
    disconnectedCallback(): void {
      if (this.#life.kind === 'running') {
        this.#life.bridge.close();
        this.#life.relay.close();
      }
      this.#life = { kind: 'ended' };
    }

    /** Replaces all options; nothing of former ones stays. */
    setOptions(options: ChatKitOptions): void {
      complete(options);
      this.#options = options;
      this.#frame.title = String(options.frameTitle);
      if (this.#life.kind === 'running') void this.#tellOptions(options);
      else this.#start();
    }

    focusComposer(): Promise<unknown> {
      this.#frame.focus({ preventScroll: true });
      return this.#call('focusComposer');
    }

    setThreadId(threadId: string | null): Promise<unknown> {
      return this.#call('setThreadId', threadId);
    }

    sendCustomAction(action: unknown, itemId?: string): Promise<unknown> {
      return this.#call('sendCustomAction', action, itemId);
    }

    sendUserMessage(message: unknown): Promise<unknown> {
      return this.#call('sendUserMessage', message);
    }

    setComposerValue(value: unknown): Promise<unknown> {
      return this.#call('setComposerValue', value);
    }

    showHistory(): Promise<unknown> {
      this.#frame.focus({ preventScroll: true });
      return this.#call('showHistory');
    }

    hideHistory(): Promise<unknown> {
      return this.#call('hideHistory');
    }

    fetchUpdates(): Promise<unknown> {
      return this.#call('fetchUpdates');
    }

    #start(): void {
      const options = this.#options;
      if (this.#life.kind !== 'new' || options === null || !this.isConnected) return;
      const bridge = new Bridge({
        own: window,
        peer: () => this.#frame.contentWindow,
        peerOrigin: frameUrl.origin,
        onCall: (name, args) => this.#onCall(name, args),
        onNotice: (name, detail) => this.#onNotice(name, detail),
      });
      const relay = new FetchRelay({
        notify: (name, detail) => bridge.notify(name, detail),
        api: () => this.#options?.api ?? null,
      });
      this.#life = { kind: 'running', bridge, relay };
      const params = { options: withMarkers(options), origin: location.origin };
      this.#frame.src = `${frameUrl.href}#${encodeFrameParams(params)}`;
    }

    #onLoad(): void {
      // The empty document that a frame begins with may tell of its load late.
      if (this.#frame.contentDocument?.URL === 'about:blank') return;
      this.#loaded.resolve();
      // Also for a frame in which nothing runs: all that is known is that its address answered.
      this.dispatchEvent(new CustomEvent('chatkit.ready', { bubbles: true, composed: true }));
    }

    async #call(name: string, ...args: unknown[]): Promise<unknown> {
      await this.#loaded.promise;
      if (this.#life.kind !== 'running') throw new Error('This element has left the page.');
      return this.#life.bridge.call(name, ...args);
    }

    /** No call, for the page is not to hear whether the frame takes them. */
    async #tellOptions(options: ChatKitOptions): Promise<void> {
      await this.#loaded.promise;
      if (this.#life.kind === 'running' && this.#options === options) {
        this.#life.bridge.notify('options', withMarkers(options));
      }
    }

    #onCall(name: string, [first, second]: readonly unknown[]): unknown {
      if (this.#life.kind !== 'running') throw new Error('This element has left the page.');
      if (name === 'fetch') return this.#life.relay.start(first as string, second as string);
      if (name === 'function') {
        return callByPath(this.#options, first as string, second as readonly unknown[]);
      }
      throw new TypeError(`The frame calls something unknown: ${name}`);
    }

    #onNotice(name: string, detail: unknown): void {
      if (name === 'fetch.abort' && this.#life.kind === 'running') {
        this.#life.relay.abort(detail as string);
      } else if (name === 'chatkit.error') {
        const error = new Error((detail as { message: string }).message);
        this.dispatchEvent(new CustomEvent(name, { detail: { error } }));
      } else if (name.startsWith('chatkit.')) {
        this.dispatchEvent(new CustomEvent(name, { detail }));
      }
    }
  };
}
