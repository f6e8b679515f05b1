import type { TaskPilotChatError } from './errors.js';

/** Where the chat stands. One union, so that states that cannot be cannot be written. */
export type ChatState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'loading' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'error'; readonly error: TaskPilotChatError };

export type ChatStateKind = ChatState['kind'];

export type ChatStep =
  | { readonly type: 'start' }
  | { readonly type: 'usable' }
  | { readonly type: 'fail'; readonly error: TaskPilotChatError }
  | { readonly type: 'stop' };

export const idle: ChatState = { kind: 'idle' };

/** The next state; the same object when the step changes nothing. */
export function nextState(state: ChatState, step: ChatStep): ChatState {
  switch (step.type) {
    case 'start':
      return state.kind === 'loading' ? state : { kind: 'loading' };
    case 'usable':
      // Late is not too late: a frame that missed its time-out may still come to life.
      return state.kind === 'loading' ||
        (state.kind === 'error' && state.error.code === 'chatkit_timeout')
        ? { kind: 'ready' }
        : state;
    case 'fail':
      return state.kind === 'idle' ? state : { kind: 'error', error: step.error };
    case 'stop':
      return state.kind === 'idle' ? state : idle;
  }
}
