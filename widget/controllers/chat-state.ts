import type { TaskPilotChatError } from '../errors.js';

/** Where the chat stands. One union, so that states that cannot be cannot be written. */
export type ChatState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'loading' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'error'; readonly error: TaskPilotChatError };

export type ChatStateKind = ChatState['kind'];

/** Where the chat stands after a step towards `next`; the same object when the step changes nothing. */
export function nextState(state: ChatState, next: ChatState): ChatState {
  const { kind } = state;
  const stays =
    kind === next.kind ||
    // Nobody waits for it any more.
    (kind === 'idle' && next.kind !== 'loading') ||
    // Late is not too late: a frame that missed its time-out may still come to life. Other failures stay.
    (kind === 'error' && next.kind === 'ready' && state.error.code !== 'chatkit_timeout');
  return stays ? state : next;
}
