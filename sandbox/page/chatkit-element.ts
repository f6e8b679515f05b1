import type { ChatKitOptions } from '@openai/chatkit';
import { Bridge } from './bridge.js';
import { callByPath, encodeFrameParams, withMarkers } from './frame-params.js';
import { FetchRelay, type FileUpload } from './fetch-relay.js';

const styles = `:host { display: block; position: relative; height: 100%; width: 100%; }
iframe { position: absolute; inset: 0; width: 100%; height: 100%; border: 0; }`;

type Lifecycle =
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

/** Sets defaults on the caller's own object, as ChatKit does. */
function complete(options: ChatKitOptions): void {
  options.locale ??= navigator.language as NonNullable<ChatKitOptions['locale']>;
  options.frameTitle ??= 'Chat';
  const { api } = options as Partial<ChatKitOptions>;
  // An invalid URL is left for the frame to reject.
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
 * Stands in for OpenAI's `<openai-chatkit>`, with its observable behaviour, including the limitations.
 *
 * @param frameUrl the application in the frame, at the sandbox's origin
 */
export function createChatKitElement(frameUrl: URL): CustomElementConstructor {
  return class extends HTMLElement {
    readonly #frame = document.createElement('iframe');
    readonly #loaded = defer();
    #lifecycle: Lifecycle = { kind: 'new' };
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

    /** Final, as in ChatKit: an element that was moved does not start again. */
    disconnectedCallback(): void {
      if (this.#lifecycle.kind === 'running') {
        this.#lifecycle.bridge.close();
        this.#lifecycle.relay.close();
      }
      this.#lifecycle = { kind: 'ended' };
    }

    /** Replaces all options: they are not merged with earlier ones. */
    setOptions(options: ChatKitOptions): void {
      complete(options);
      this.#options = options;
      this.#frame.title = String(options.frameTitle);
      if (this.#lifecycle.kind === 'running') void this.#sendOptions(options);
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
      if (this.#lifecycle.kind !== 'new' || options === null || !this.isConnected) return;
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
      this.#lifecycle = { kind: 'running', bridge, relay };
      const params = { options: withMarkers(options), origin: location.origin };
      this.#frame.src = `${frameUrl.href}#${encodeFrameParams(params)}`;
    }

    #onLoad(): void {
      // The `load` event of the initial about:blank may come late.
      if (this.#frame.contentDocument?.URL === 'about:blank') return;
      this.#loaded.resolve();
      // As in ChatKit, `ready` means that the document loaded, not that its application runs.
      this.dispatchEvent(new CustomEvent('chatkit.ready', { bubbles: true, composed: true }));
    }

    async #call(name: string, ...args: unknown[]): Promise<unknown> {
      await this.#loaded.promise;
      if (this.#lifecycle.kind !== 'running') throw new Error('This element has left the page.');
      return this.#lifecycle.bridge.call(name, ...args);
    }

    /** A notice and not a call: as in ChatKit, `setOptions` does not report a rejection. */
    async #sendOptions(options: ChatKitOptions): Promise<void> {
      await this.#loaded.promise;
      if (this.#lifecycle.kind === 'running' && this.#options === options) {
        this.#lifecycle.bridge.notify('options', withMarkers(options));
      }
    }

    #onCall(name: string, [first, second]: readonly unknown[]): unknown {
      if (this.#lifecycle.kind !== 'running') throw new Error('This element has left the page.');
      if (name === 'fetch') {
        return this.#lifecycle.relay.start(first as string, second as string | FileUpload);
      }
      if (name === 'function') {
        return callByPath(this.#options, first as string, second as readonly unknown[]);
      }
      throw new TypeError(`Unknown call from the frame: ${name}`);
    }

    #onNotice(name: string, detail: unknown): void {
      if (name === 'fetch.abort' && this.#lifecycle.kind === 'running') {
        this.#lifecycle.relay.abort(detail as string);
      } else if (name === 'chatkit.error') {
        const error = new Error((detail as { message: string }).message);
        this.dispatchEvent(new CustomEvent(name, { detail: { error } }));
      } else if (name.startsWith('chatkit.')) {
        this.dispatchEvent(new CustomEvent(name, { detail }));
      }
    }
  };
}
