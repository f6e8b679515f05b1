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

/** Open state and thread, in the storage that the `persist` attribute names. */
export class PageStateController {
  readonly #host: Host;
  #state: PageState | null = null;

  constructor(host: Host) {
    this.#host = host;
  }

  /** Read at the first access, when the attributes are known. */
  get state(): PageState {
    return (this.#state ??= this.#read());
  }

  /** Changes some of it. */
  set(changes: PageState): void {
    this.#state = { ...this.state, ...changes };
    writeStored(pageStorage(this.#host.persist), keyOf(this.#host), this.#state);
  }

  #read(): PageState {
    const state = readStored(pageStorage(this.#host.persist), keyOf(this.#host)) as PageState;
    return {
      ...state,
      open: state.open === true,
      thread: typeof state.thread === 'string' ? state.thread : undefined,
    };
  }
}
