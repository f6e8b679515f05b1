/**
 * `<taskpilot-chat>` in Svelte: `import type {} from 'taskpilot-chat/svelte'` once in a project.
 *
 * @example <taskpilot-chat layout="inline" session-endpoint="/api/chatkit/sessions" ontaskpilot-ready={focus} />
 */
import type { HTMLAttributes } from 'svelte/elements';
import type { TaskPilotChat } from '../taskpilot-chat.js';
import type {
  TaskPilotChatAttributes,
  TaskPilotChatHandlers,
  TaskPilotChatProperties,
} from './attributes.js';

export type TaskPilotChatSvelte = Omit<
  HTMLAttributes<TaskPilotChat>,
  keyof TaskPilotChatAttributes
> &
  TaskPilotChatAttributes &
  TaskPilotChatProperties &
  TaskPilotChatHandlers<'on'> &
  TaskPilotChatHandlers<'on:'>;

declare module 'svelte/elements' {
  interface SvelteHTMLElements {
    'taskpilot-chat': TaskPilotChatSvelte;
  }
}
