import type { ReactiveController } from 'lit';
import type { OpenAIChatKit } from '../chatkit/index.js';
import { stopped, type ChatController } from './chat.js';
import type { ControllerHost } from './page.js';
import type { ChatState } from './state.js';

/** A message that ChatKit has not got yet. */
export interface WaitingMessage {
  readonly text: string;
  /** Settle the page's call. A message of the visitor has none: it stays until it can be sent. */
  readonly resolve?: () => void;
  readonly reject?: (error: unknown) => void;
}

/** Key code of all keys that an input method handles. */
const inputMethodKey = 229;

/**
 * What the visitor types and sends before ChatKit can be used. Messages wait and are sent once each, in their order;
 * text and focus go to ChatKit's composer.
 */
export class DraftController implements ReactiveController {
  /** Typed, but not sent. */
  text = '';
  waiting: readonly WaitingMessage[] = [];
  /** ChatKit's latest answer. */
  answer: 'none' | 'running' | 'complete' = 'none';
  readonly #host: ControllerHost;
  readonly #chat: ChatController;
  readonly #mayRetry: () => boolean;
  /** Of text and focus to ChatKit; due while an input method composes a text, which would be cut off. */
  #handover: 'none' | 'due' | 'running' = 'none';
  /** What ChatKit's composer has got. */
  #given = '';
  #isComposing = false;
  #isSending = false;

  /** @param mayRetry whether a new message starts the chat again after a failure */
  constructor(host: ControllerHost, chat: ChatController, mayRetry: () => boolean) {
    host.addController(this);
    this.#host = host;
    this.#chat = chat;
    this.#mayRetry = mayRetry;
  }

  /** The field has the text, whatever was typed since the last rendering. */
  hostUpdated(): void {
    const field = this.#host.renderRoot.querySelector('textarea');
    if (field && field.value !== this.text) field.value = this.text;
  }

  get isEmpty(): boolean {
    return !this.text && !this.waiting.length;
  }

  /** Whether ChatKit can be used, but has not got text and focus yet. */
  get isHandingOver(): boolean {
    return this.#handover !== 'none';
  }

  /** Whether messages are taken: not after a failure that lasts until a developer changes something. */
  get canSend(): boolean {
    const { state } = this.#chat;
    return state.kind !== 'error' || state.error.retryable;
  }

  /** Sends a message of the page as soon as ChatKit can be used. */
  send(text: string): Promise<void> {
    if (this.#isReady && !this.waiting.length) {
      return this.#chat.call((chatkit) => chatkit.sendUserMessage({ text }));
    }
    return new Promise((resolve, reject) => {
      this.#enqueue({ text, resolve, reject });
      void this.#send();
    });
  }

  /** Fills the composer with a text of the page, which the visitor can change until ChatKit gets it. */
  fill(text: string): Promise<void> {
    if (this.#isReady) return this.#chat.call((chatkit) => chatkit.setComposerValue({ text }));
    this.#write(text);
    return this.#chat.call((chatkit) => this.#give(chatkit));
  }

  /** Forgets what the visitor has written. */
  clear(): void {
    this.waiting = [];
    this.#write('');
  }

  onState(state: ChatState): void {
    if (state.kind === 'error') this.#rejectCalls(state.error);
    if (state.kind === 'idle') this.#rejectCalls(stopped());
    if (state.kind !== 'ready') return;
    this.#given = '';
    this.answer = 'none';
    this.#handover = this.isEmpty && !this.#hasFocus ? 'none' : 'due';
    if (this.waiting.length) void this.#send();
    else void this.#handOver();
  }

  /** @param isShown whether the visitor can see an answer; else it is counted, and announced that way */
  onChatKitEvent(type: string, isShown: boolean): void {
    if (type === 'chatkit.response.start') this.answer = 'running';
    else if (type === 'chatkit.response.end') this.answer = isShown ? 'complete' : 'none';
    else return;
    this.#host.requestUpdate();
    if (this.waiting.length) void this.#send();
  }

  readonly onInput = (event: Event): void => {
    this.#isComposing = (event as InputEvent).isComposing;
    this.#write((event.target as HTMLTextAreaElement).value);
    this.#chat.startOnce();
  };

  readonly onCompositionEnd = (): void => {
    this.#isComposing = false;
    void this.#handOver();
  };

  readonly onKey = (event: KeyboardEvent): void => {
    const { key, type, isComposing, shiftKey } = event;
    // Safari ends the composition before it reports the key.
    const { keyCode } = event as { readonly keyCode?: number };
    const isOfInputMethod = isComposing || keyCode === inputMethodKey;
    const hasModifier = event.altKey || event.ctrlKey || event.metaKey;
    // Letters must not run shortcuts of the page, nor Escape in a composition close the panel.
    if (isOfInputMethod || (key.length === 1 && !hasModifier)) event.stopPropagation();
    if (type !== 'keydown' || key !== 'Enter' || shiftKey || isOfInputMethod) return;
    event.preventDefault();
    this.onSend();
  };

  readonly onSend = (): void => {
    const text = this.text.trim();
    if (!text || !this.canSend) return;
    this.#write('');
    this.#enqueue({ text });
    if (this.#chat.state.kind !== 'error' || this.#mayRetry()) void this.#send();
  };

  get #isReady(): boolean {
    return this.#chat.state.kind === 'ready';
  }

  get #hasFocus(): boolean {
    return (this.#host.renderRoot as ShadowRoot).activeElement?.localName === 'textarea';
  }

  #write(text: string): void {
    this.text = text;
    this.#host.requestUpdate();
  }

  #enqueue(message: WaitingMessage): void {
    this.waiting = [...this.waiting, message];
    this.#host.requestUpdate();
  }

  #remove(message: WaitingMessage): void {
    this.waiting = this.waiting.filter((other) => other !== message);
    this.#host.requestUpdate();
  }

  /** A page that learns of the failure may call again. */
  #rejectCalls(error: unknown): void {
    for (const message of this.waiting.filter(({ reject }) => reject)) {
      this.#remove(message);
      message.reject?.(error);
    }
  }

  /** Sends what waits, each message after the answer to the one before, for ChatKit's own composer sends none meanwhile. */
  async #send(): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    try {
      while (this.waiting[0] && this.answer !== 'running') await this.#deliver(this.waiting[0]);
    } catch (error) {
      // The chat has not started, which its controller has reported.
      this.#rejectCalls(error);
    } finally {
      this.#isSending = false;
    }
  }

  /** @throws {TaskPilotChatError} when ChatKit has not got the message */
  async #deliver(message: WaitingMessage): Promise<void> {
    const { text, resolve, reject } = message;
    let isGiven = false as boolean;
    try {
      await this.#chat.call((chatkit) => {
        isGiven = true;
        // Another visitor may have come meanwhile.
        if (!this.waiting.includes(message)) return Promise.resolve();
        this.#remove(message);
        const sent = chatkit.sendUserMessage({ text });
        // Later than the message, for ChatKit may empty its composer when it sends one.
        void this.#handOver();
        return sent;
      });
      resolve?.();
    } catch (error) {
      if (!isGiven) throw error;
      if (reject) reject(error);
      else this.#giveBack(text);
    }
  }

  /** ChatKit has refused a message, or does not tell whether it has sent it: the visitor decides. */
  #giveBack(text: string): void {
    this.#write([text, this.text].filter(Boolean).join('\n'));
    if (!this.#isReady || this.isHandingOver) return;
    this.#handover = 'due';
    void this.#handOver();
  }

  async #handOver(): Promise<void> {
    if (this.#handover !== 'due' || this.#isComposing) return;
    this.#handover = 'running';
    try {
      await this.#giveAll();
      if (this.#hasFocus) await this.#chat.call((chatkit) => chatkit.focusComposer());
      // What was typed until the focus had moved.
      await this.#giveAll();
      this.#write('');
    } catch {
      // The chat controller has reported it. The text is shown again when the chat starts again.
    }
    this.#handover = 'none';
    this.#host.requestUpdate();
  }

  async #giveAll(): Promise<void> {
    while (this.text !== this.#given) await this.#chat.call((chatkit) => this.#give(chatkit));
  }

  /** Fills ChatKit's composer, unless it has that text. */
  #give(chatkit: OpenAIChatKit): Promise<void> {
    const { text } = this;
    if (text === this.#given) return Promise.resolve();
    this.#given = text;
    return chatkit.setComposerValue({ text });
  }
}
