import type { ChatKitOptions } from '@openai/chatkit';
import type { ChatKitStage } from './chatkit.js';

/**
 * Stands in for OpenAI's script, as far as the widget meets it in the page: a classic script that defines
 * `<openai-chatkit>` if the name is free, with an open shadow root, a frame, options that replace each other, events
 * of which only `ready` bubbles, and no second life after a disconnection. Tests steer it through `globalThis.chatKit`
 * (see chatkit.ts).
 */
{
  const { src } = document.currentScript as HTMLScriptElement;
  const { chatKit } = globalThis as unknown as { chatKit: ChatKitStage };

  class FakeChatKit extends HTMLElement {
    /** All that it was told by `setOptions`, oldest first. */
    readonly told: ChatKitOptions[] = [];
    /** Its methods as they were called. */
    readonly calls: unknown[][] = [];
    readonly frame = document.createElement('iframe');
    #isDead = false;
    #hasStarted = false;

    constructor() {
      super();
      const style = document.createElement('style');
      style.textContent =
        ':host{display:block;position:relative;height:100%;width:100%}iframe{position:absolute;inset:0;height:100%;width:100%;border:0}';
      this.attachShadow({ mode: 'open' }).append(style, this.frame);
      this.frame.title = 'Chat';
      chatKit.elements.push(this);
    }

    get options(): ChatKitOptions {
      const last = this.told.at(-1);
      if (!last) throw new Error('setOptions was never called');
      return last;
    }

    connectedCallback(): void {
      this.#start();
    }

    disconnectedCallback(): void {
      this.#isDead = true;
    }

    setOptions(options: ChatKitOptions): void {
      this.told.push(options);
      // The real one changes what it is given, too.
      if (options.composer) options.composer.placeholder ??= 'Message the AI';
      this.#start();
    }

    /** Sends an event as ChatKit does. */
    emit(name: string, detail?: unknown): void {
      const isReady = name === 'chatkit.ready';
      this.dispatchEvent(new CustomEvent(name, { detail, bubbles: isReady, composed: isReady }));
    }

    /** The application in the frame asks for a secret. */
    ask(current: string | null = null): Promise<string> {
      const { api } = this.options;
      if (!('getClientSecret' in api)) throw new Error('not hosted');
      return api.getClientSecret(current);
    }

    sendUserMessage(message: unknown): Promise<void> {
      return this.#call('sendUserMessage', message);
    }

    setComposerValue(value: unknown): Promise<void> {
      return this.#call('setComposerValue', value);
    }

    setThreadId(id: unknown): Promise<void> {
      return this.#call('setThreadId', id);
    }

    focusComposer(): Promise<void> {
      return this.#call('focusComposer');
    }

    showHistory(): Promise<void> {
      return this.#call('showHistory');
    }

    fetchUpdates(): Promise<void> {
      return this.#call('fetchUpdates');
    }

    #call(...call: unknown[]): Promise<void> {
      this.calls.push(call);
      return chatKit.failing ? Promise.reject(chatKit.failing) : Promise.resolve();
    }

    #start(): void {
      if (this.#hasStarted || this.#isDead || !this.isConnected || !this.told.length) return;
      this.#hasStarted = true;
      this.frame.addEventListener('load', () => {
        if (this.#isDead || chatKit.frame === 'missing') return;
        this.emit('chatkit.ready');
        if (chatKit.frame === 'works' && 'getClientSecret' in this.options.api) {
          // Its own business whether that fails.
          this.ask().catch(() => undefined);
        }
      });
      this.frame.src = new URL('chatkit-frame.html', src).href;
    }
  }

  if (!customElements.get('openai-chatkit')) customElements.define('openai-chatkit', FakeChatKit);
}
