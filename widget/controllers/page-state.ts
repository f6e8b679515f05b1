import { pageStorage, readStored, writeStored } from '../storage.js';

/** What of the chat outlives a page change; never a secret. */
export interface PageState {
  open?: boolean | undefined;
  thread?: string | null | undefined;
  /** Whether the thread is on the operator's own server: OpenAI does not know it then. */
  selfHosted?: boolean | undefined;
}

interface Host {
  readonly persist: 'session' | 'local' | 'none';
  readonly id: string;
}

const keyOf = ({ id }: Host): string => `taskpilot-chat:page:${id}`;

/** Open state and thread of one identity, in the storage that the `persist` attribute names. */
export class PageStateController {
  readonly #host: Host;
  #identity: string | undefined;
  #state: PageState = {};

  constructor(host: Host) {
    this.#host = host;
  }

  /** What is kept for the identity in use; before that is known, what this page has set. */
  get state(): PageState {
    return this.#state;
  }

  /** Whether the panel was open when the page before was left, whoever used it. */
  get wasOpen(): boolean {
    return this.#read().open === true;
  }

  /** Reads what is kept for an identity. Another's is not used. */
  use(identity: string): void {
    if (identity === this.#identity) return;
    const stored = this.#read();
    const changes = this.#identity === undefined ? this.#state : {};
    this.#state = stored.identity === identity ? { ...stored, ...changes } : changes;
    this.#identity = identity;
  }

  /** Changes some of it; what was kept for another identity is overwritten. */
  set(changes: PageState): void {
    this.#state = { ...this.#state, ...changes };
    const identity = this.#identity;
    if (identity === undefined) return;
    writeStored(pageStorage(this.#host.persist), keyOf(this.#host), { ...this.#state, identity });
  }

  /** Forgets everything. */
  clear(): void {
    this.#state = { thread: null };
    this.#identity = undefined;
    writeStored(pageStorage(this.#host.persist), keyOf(this.#host), null);
  }

  #read(): PageState & { identity?: unknown } {
    const state = readStored(pageStorage(this.#host.persist), keyOf(this.#host)) as PageState;
    return {
      ...state,
      open: state.open === true,
      thread: typeof state.thread === 'string' ? state.thread : undefined,
    };
  }
}
