import { idle, newConversation, type ChatState, type Conversation } from './chat-state.js';

/** Id of the thread that is shown or being loaded; null for one that does not exist yet. */
export function threadIdOf(conversation: Conversation): string | null {
  return conversation.kind === 'open' ? (conversation.thread?.id ?? null) : conversation.threadId;
}

/** Holds the one state that is shown. */
export class ChatStore {
  #state: ChatState = {
    access: 'asking',
    conversation: newConversation,
    turn: idle,
    notices: [],
    finished: new Set(),
    ratings: new Map(),
  };
  readonly #onChange: (state: ChatState, before: ChatState) => void;

  constructor(onChange: (state: ChatState, before: ChatState) => void) {
    this.#onChange = onChange;
  }

  get state(): ChatState {
    return this.#state;
  }

  get threadId(): string | null {
    return threadIdOf(this.#state.conversation);
  }

  set(change: Partial<ChatState>): void {
    const before = this.#state;
    this.#state = { ...before, ...change };
    this.#onChange(this.#state, before);
  }

  /** Changes the thread that is open, if it still is this one. */
  setOpen(
    threadId: string | null,
    change: (
      open: Extract<Conversation, { kind: 'open' }>,
    ) => Partial<Extract<Conversation, { kind: 'open' }>>,
  ): void {
    const { conversation } = this.#state;
    if (conversation.kind !== 'open' || threadIdOf(conversation) !== threadId) return;
    this.set({ conversation: { ...conversation, ...change(conversation) } });
  }
}
