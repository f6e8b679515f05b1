import { Deadline } from './deadline.js';
import type { ThreadMetadata, UserMessageItem } from '../chatkit/index.js';
import { cleanTitle, firstWords, maxTitleInput, messageText, type MakeTitle } from './title.js';

export interface TitleOptions {
  /** Null: the first words of the message are the title. */
  readonly make: MakeTitle | null;
  /** How long the model may take for it, in milliseconds. */
  readonly timeoutMs: number;
  /** How long it is waited for when the answer is complete, in milliseconds. */
  readonly graceMs: number;
  /** Hears why there was none of the model's. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Gives a thread without a title one, while its answer is made. What goes wrong here is the operator's
 * concern alone: the first words of the message will do.
 */
export class ThreadTitle {
  readonly #thread: ThreadMetadata;
  readonly #message: string;
  readonly #options: TitleOptions;
  readonly #made: Promise<void>;

  constructor(
    thread: ThreadMetadata,
    message: UserMessageItem | null,
    signal: AbortSignal,
    options: TitleOptions,
  ) {
    this.#thread = thread;
    this.#options = options;
    this.#message = message === null ? '' : messageText(message);
    this.#made = this.#isWanted ? this.#make(signal) : Promise.resolve();
  }

  get #isWanted(): boolean {
    return this.#message !== '' && !this.#thread.title;
  }

  async #make(signal: AbortSignal): Promise<void> {
    const { make, timeoutMs, onFailure } = this.#options;
    if (make === null) {
      this.#set(firstWords(this.#message));
      return;
    }
    const deadline = new Deadline(signal, timeoutMs);
    try {
      const title = await make(this.#message.slice(0, maxTitleInput), deadline.signal);
      if (!deadline.signal.aborted) this.#set(cleanTitle(title));
      deadline.throwIfPassed();
    } catch (error) {
      if (!signal.aborted) onFailure(error);
    } finally {
      deadline.close();
    }
  }

  #set(title: string): void {
    if (title !== '' && this.#isWanted) this.#thread.title = title;
  }

  /** To be called when the answer is complete. Afterwards the thread has a title. */
  async settle(): Promise<void> {
    if (!this.#isWanted) return;
    let timer: NodeJS.Timeout | undefined;
    const grace = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.#options.graceMs);
    });
    await Promise.race([this.#made, grace]);
    clearTimeout(timer);
    this.#set(firstWords(this.#message));
  }
}
