import { applyEvent } from './thread-items.js';
import type { Item, StreamEvent, ThreadInfo } from './wire.js';

/** Whether the chat may talk to its server. */
export type Access = 'asking' | 'granted' | 'refused';

export type Conversation =
  | { readonly kind: 'loading'; readonly threadId: string }
  | { readonly kind: 'failed'; readonly threadId: string; readonly message: string }
  | {
      readonly kind: 'open';
      /** Null until the first message has been sent. */
      readonly thread: ThreadInfo | null;
      readonly items: readonly Item[];
      readonly earlier: Earlier;
    };

/** Whether there are items before the first one shown. */
export type Earlier =
  | { readonly kind: 'none' }
  | { readonly kind: 'more' | 'loading' | 'failed'; readonly before: string };

export type Turn =
  | { readonly kind: 'idle' }
  | {
      readonly kind: 'answering';
      /** The last `progress_update`. */
      readonly progress: string | null;
      readonly isStoppable: boolean;
      /** Ids of items that are still streaming. */
      readonly streaming: ReadonlySet<string>;
    }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly message: string; readonly canRetry: boolean };

export interface Notice {
  readonly level: 'info' | 'warning' | 'danger';
  readonly title: string;
  readonly message: string;
}

export interface ChatState {
  readonly access: Access;
  readonly conversation: Conversation;
  readonly turn: Turn;
  readonly notices: readonly Notice[];
  /** Ids of items that finished in this session of the frame. */
  readonly finished: ReadonlySet<string>;
  /** The visitor's feedback by item id. */
  readonly ratings: ReadonlyMap<string, 'positive' | 'negative'>;
}

export const newConversation: Conversation = {
  kind: 'open',
  thread: null,
  items: [],
  earlier: { kind: 'none' },
};

export const idle: Turn = { kind: 'idle' };

export const answering: Turn = {
  kind: 'answering',
  progress: null,
  isStoppable: true,
  streaming: new Set(),
};

function withStreaming(turn: Turn, event: StreamEvent): Turn {
  if (turn.kind !== 'answering') return turn;
  const streaming = new Set(turn.streaming);
  if (event.type === 'thread.item.added') streaming.add(event.item.id);
  else if (event.type === 'thread.item.done') streaming.delete(event.item.id);
  else if (event.type === 'thread.item.removed') streaming.delete(event.item_id);
  else return turn;
  return { ...turn, streaming, progress: null };
}

function withItems(conversation: Conversation, event: StreamEvent): Conversation {
  if (conversation.kind !== 'open') return conversation;
  return { ...conversation, items: applyEvent(conversation.items, event) };
}

/** The state after an event of the stream. */
export function afterEvent(state: ChatState, event: StreamEvent): ChatState {
  const { conversation, turn } = state;
  switch (event.type) {
    case 'thread.created':
    case 'thread.updated':
      return conversation.kind === 'open'
        ? { ...state, conversation: { ...conversation, thread: event.thread } }
        : state;
    case 'thread.item.added':
    case 'thread.item.updated':
    case 'thread.item.done':
    case 'thread.item.replaced':
    case 'thread.item.removed':
      return {
        ...state,
        conversation: withItems(conversation, event),
        turn: withStreaming(turn, event),
        ...(event.type === 'thread.item.done' && {
          finished: new Set(state.finished).add(event.item.id),
        }),
      };
    case 'stream_options':
      return turn.kind === 'answering'
        ? { ...state, turn: { ...turn, isStoppable: event.stream_options.allow_cancel } }
        : state;
    case 'progress_update':
      return turn.kind === 'answering'
        ? { ...state, turn: { ...turn, progress: event.text } }
        : state;
    case 'notice': {
      const { level, title = '', message } = event;
      return { ...state, notices: [...state.notices, { level, title, message }] };
    }
    case 'error':
      return {
        ...state,
        turn: {
          kind: 'failed',
          message: event.message ?? 'Something went wrong with this answer.',
          canRetry: event.allow_retry,
        },
      };
    default:
      // `client_effect` goes to the page; events of a later protocol are ignored.
      return state;
  }
}

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
