import type { ChatStateKind } from './controllers/state.js';
import type { ChatKitEvents } from './chatkit/index.js';
import type { TaskPilotChatError } from './errors.js';
import type { SessionInfo } from './session/index.js';

/** The element's own events with their details. All bubble and are composed. */
export interface TaskPilotChatEventDetails {
  'taskpilot-open': undefined;
  'taskpilot-close': undefined;
  'taskpilot-state': { state: ChatStateKind };
  'taskpilot-ready': undefined;
  'taskpilot-error': { error: TaskPilotChatError };
  'taskpilot-session': SessionInfo;
  'taskpilot-unread': { count: number };
}

export type TaskPilotChatEventName = keyof TaskPilotChatEventDetails;

/** One of the element's own events. */
export class TaskPilotChatEvent<Name extends TaskPilotChatEventName> extends CustomEvent<
  TaskPilotChatEventDetails[Name]
> {
  constructor(name: Name, detail: TaskPilotChatEventDetails[Name], cancelable = false) {
    super(name, { detail, cancelable, bubbles: true, composed: true });
  }
}

/** Dispatches one of the element's own events; false when the page has prevented a cancelable one. */
export const dispatch = <Name extends TaskPilotChatEventName>(
  element: EventTarget,
  name: Name,
  detail: TaskPilotChatEventDetails[Name],
  cancelable = false,
): boolean => element.dispatchEvent(new TaskPilotChatEvent(name, detail, cancelable));

/** For `addEventListener`: the element's own events, and ChatKit's under their own names. */
export type TaskPilotChatEventMap = {
  [Name in TaskPilotChatEventName]: TaskPilotChatEvent<Name>;
} & ChatKitEvents;

interface ElementEventMap
  extends Omit<HTMLElementEventMap, keyof TaskPilotChatEventMap>, TaskPilotChatEventMap {}

/** Listeners get the events of all elements, the element's own, and ChatKit's with their types. */
export interface TypedListeners {
  <Name extends keyof ElementEventMap>(
    type: Name,
    listener: (event: ElementEventMap[Name]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  (
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
}
