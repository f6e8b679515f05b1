/**
 * `<taskpilot-chat>` in TSX of React: `import type {} from 'taskpilot-chat/jsx'` once in a project. Attributes and events
 * have the names that HTML knows; React 19 sets the others as properties.
 *
 * @example <taskpilot-chat layout="inline" session-endpoint="/api/chatkit/sessions" ontaskpilot-ready={focus} />
 */
import type { DetailedHTMLProps, HTMLAttributes } from 'react';
import type { TaskPilotChat } from '../taskpilot-chat.js';
import type {
  TaskPilotChatAttributes,
  TaskPilotChatHandlers,
  TaskPilotChatProperties,
} from './attributes.js';

export type TaskPilotChatJSX = Omit<
  DetailedHTMLProps<HTMLAttributes<TaskPilotChat>, TaskPilotChat>,
  keyof TaskPilotChatAttributes
> &
  TaskPilotChatAttributes &
  TaskPilotChatProperties &
  TaskPilotChatHandlers<'on'>;

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'taskpilot-chat': TaskPilotChatJSX;
    }
  }
}
