import type { TaskPilotChatError } from '../errors.js';

/** Where the chat stands: one union, so that impossible combinations cannot be written. */
export type ChatState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'loading' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'error'; readonly error: TaskPilotChatError };

export type ChatStateKind = ChatState['kind'];

/** The state after a step towards `next`; the same object when the step changes nothing. */
export function nextState(state: ChatState, next: ChatState): ChatState {
  const { kind } = state;
  const stays =
    kind === next.kind ||
    // The result of a stopped attempt.
    (kind === 'idle' && next.kind !== 'loading') ||
    // A frame that missed its deadline may still start. Other failures stay.
    (kind === 'error' && next.kind === 'ready' && state.error.code !== 'chatkit_timeout');
  return stays ? state : next;
}
