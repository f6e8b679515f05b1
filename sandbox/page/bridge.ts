/** The messages between the page's half of the element and the frame's. */
type Message =
  | { readonly type: 'call'; readonly id: string; readonly name: string; readonly args: unknown[] }
  | { readonly type: 'result'; readonly id: string; readonly value: unknown }
  | { readonly type: 'failure'; readonly id: string; readonly message: string }
  | { readonly type: 'notice'; readonly name: string; readonly detail: unknown };

type MarkedMessage = Message & { readonly __oaiChatKit: true };

export interface BridgeOptions {
  /** The window to listen on. */
  readonly own: Window;
  /** The peer's window; null before the frame has one. */
  readonly peer: () => Window | null;
  /** The only origin that messages are taken from and sent to. */
  readonly peerOrigin: string;
  /** Handles a call of the peer; an exception rejects the peer's promise with the same message. */
  readonly onCall: (name: string, args: readonly unknown[]) => unknown;
  readonly onNotice: (name: string, detail: unknown) => void;
}

interface PendingCall {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

function isMarked(data: unknown): data is MarkedMessage {
  return (
    typeof data === 'object' &&
    data !== null &&
    '__oaiChatKit' in data &&
    data.__oaiChatKit === true
  );
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

export class Bridge {
  readonly #options: BridgeOptions;
  readonly #pending = new Map<string, PendingCall>();
  readonly #listening = new AbortController();

  constructor(options: BridgeOptions) {
    this.#options = options;
    options.own.addEventListener('message', (event) => this.#onMessage(event), {
      signal: this.#listening.signal,
    });
  }

  /** Calls the peer. As in ChatKit, the promise stays pending when the frame does not run. */
  call(name: string, ...args: unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const id = crypto.randomUUID();
      this.#pending.set(id, { resolve, reject });
      try {
        this.#post({ type: 'call', id, name, args });
      } catch (error) {
        this.#pending.delete(id);
        reject(new TypeError(`What is not plain data cannot be sent: ${messageOf(error)}`));
      }
    });
  }

  /** Sends a message that has no reply. */
  notify(name: string, detail: unknown): void {
    this.#post({ type: 'notice', name, detail });
  }

  /** Stops listening and drops pending calls. */
  close(): void {
    this.#listening.abort();
    this.#pending.clear();
  }

  #onMessage({ source, origin, data }: MessageEvent<unknown>): void {
    const { peer, peerOrigin, onNotice } = this.#options;
    if (source === null || source !== peer() || origin !== peerOrigin || !isMarked(data)) return;
    switch (data.type) {
      case 'call':
        void this.#answer(data.id, data.name, data.args);
        return;
      case 'result':
        this.#settle(data.id)?.resolve(data.value);
        return;
      case 'failure':
        this.#settle(data.id)?.reject(new Error(data.message));
        return;
      case 'notice':
        onNotice(data.name, data.detail);
    }
  }

  async #answer(id: string, name: string, args: readonly unknown[]): Promise<void> {
    try {
      const value = await this.#options.onCall(name, args);
      this.#post({ type: 'result', id, value });
    } catch (error) {
      this.#post({ type: 'failure', id, message: messageOf(error) });
    }
  }

  #settle(id: string): PendingCall | undefined {
    const call = this.#pending.get(id);
    this.#pending.delete(id);
    return call;
  }

  #post(message: Message): void {
    const { peer, peerOrigin } = this.#options;
    const marked: MarkedMessage = { ...message, __oaiChatKit: true };
    // A page from a file or a sandboxed frame has no origin that a message could be addressed to.
    peer()?.postMessage(marked, peerOrigin === 'null' ? '*' : peerOrigin);
  }
}
