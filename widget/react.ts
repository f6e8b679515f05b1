'use client';

import { createComponent, type EventName } from '@lit/react';
import type { LitElement } from 'lit';
import * as React from 'react';
import type { QueuedCall } from './call-queue.js';
import { chatTag } from './embed.js';
import type { TaskPilotChatEventMap } from './events.js';
import { TaskPilotChat as TaskPilotChatElement } from './register.js';

// Named, one by one: Next refuses `export *` in a client module.
export {
  errorCodes,
  TaskPilotChatError,
  TaskPilotChatEvent,
  type CallQueue,
  type ChatStateKind,
  type ChatStrings,
  type PageOptions,
  type QueuedCall,
  type TaskPilotChatErrorCode,
  type TaskPilotChatEventDetails,
  type TaskPilotChatEventMap,
  type TaskPilotChatEventName,
} from './index.js';

/** The name of an event together with its type. */
const event = <Name extends keyof TaskPilotChatEventMap>(name: Name) =>
  name as Name & EventName<TaskPilotChatEventMap[Name]>;

const component = createComponent({
  react: React,
  tagName: chatTag,
  elementClass: TaskPilotChatElement,
  displayName: 'TaskPilotChat',
  events: {
    onOpen: event('taskpilot-open'),
    onClose: event('taskpilot-close'),
    onState: event('taskpilot-state'),
    onReady: event('taskpilot-ready'),
    onError: event('taskpilot-error'),
    onSession: event('taskpilot-session'),
    onUnread: event('taskpilot-unread'),
    onChatKitReady: event('chatkit.ready'),
    onChatKitError: event('chatkit.error'),
    onChatKitEffect: event('chatkit.effect'),
    onChatKitDeeplink: event('chatkit.deeplink'),
    onChatKitLog: event('chatkit.log'),
    onChatKitResponseStart: event('chatkit.response.start'),
    onChatKitResponseEnd: event('chatkit.response.end'),
    onChatKitThreadChange: event('chatkit.thread.change'),
  },
});

/** Members of the element that are no props: methods, read-only properties, and those of Lit. */
type OfElement =
  | Extract<QueuedCall, readonly unknown[]>[0]
  | 'state'
  | 'error'
  | 'chatkit'
  | Exclude<keyof LitElement, keyof HTMLElement>;

export type TaskPilotChatProps = Omit<React.ComponentProps<typeof component>, OfElement> & {
  /** ChatKit's retry button. */
  retry?: boolean;
};

/**
 * `<taskpilot-chat>` for React: attributes are props in camel case, properties without an attribute are props as well,
 * and a `ref` gives the element with its methods.
 */
export const TaskPilotChat =
  component as unknown as React.ForwardRefExoticComponent<TaskPilotChatProps>;
