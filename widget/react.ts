'use client';

import {
  createElement,
  forwardRef,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  type ForwardRefExoticComponent,
  type HTMLAttributes,
  type RefAttributes,
} from 'react';
import { chatTag } from './embed.js';
import type { TaskPilotChatEventMap } from './events.js';
import { properties, type Properties } from './properties.js';
import type { TaskPilotChat as TaskPilotChatElement } from './register.js';

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
} from './register.js';
export type { TaskPilotChatJSX } from './types/jsx.js';

/** The names of the events as props. */
const events = {
  onOpen: 'taskpilot-open',
  onClose: 'taskpilot-close',
  onState: 'taskpilot-state',
  onReady: 'taskpilot-ready',
  onError: 'taskpilot-error',
  onSession: 'taskpilot-session',
  onUnread: 'taskpilot-unread',
  onChatKitReady: 'chatkit.ready',
  onChatKitError: 'chatkit.error',
  onChatKitEffect: 'chatkit.effect',
  onChatKitDeeplink: 'chatkit.deeplink',
  onChatKitLog: 'chatkit.log',
  onChatKitResponseStart: 'chatkit.response.start',
  onChatKitResponseEnd: 'chatkit.response.end',
  onChatKitHistoryOpen: 'chatkit.history.open',
  onChatKitHistoryClose: 'chatkit.history.close',
  onChatKitThreadChange: 'chatkit.thread.change',
  onChatKitThreadLoadStart: 'chatkit.thread.load.start',
  onChatKitThreadLoadEnd: 'chatkit.thread.load.end',
  onChatKitToolChange: 'chatkit.tool.change',
} as const satisfies Record<string, keyof TaskPilotChatEventMap>;

type Handlers = {
  [Prop in keyof typeof events]?:
    ((event: TaskPilotChatEventMap[(typeof events)[Prop]]) => void) | undefined;
};

type OwnProps = Handlers & {
  [Name in Exclude<keyof Properties, 'retryButton'>]?: Properties[Name] | undefined;
} & {
  /** Whether the panel is shown. */
  open?: boolean | undefined;
  /** ChatKit's retry button. */
  retry?: boolean | undefined;
};

export type TaskPilotChatProps = OwnProps &
  Omit<HTMLAttributes<TaskPilotChatElement>, keyof OwnProps> &
  RefAttributes<TaskPilotChatElement>;

type Values = Record<string, unknown>;

/** Names of attributes by prop; of those props that have one. */
const attributes: Record<string, string> = { className: 'class', open: 'open', retry: 'retry' };
for (const [name, options] of Object.entries(properties)) {
  const attribute = 'attribute' in options ? options.attribute : name;
  // As an attribute, which markup could carry, the script's address is trusted less.
  if (attribute && name !== 'chatkitSrc') attributes[name] = attribute;
}

/**
 * What React renders as attributes, on a server too, and what the element gets as properties when it is on the page.
 */
function split(props: Values): { rendered: Values; assigned: Values } {
  const rendered: Values = {};
  const assigned: Values = {};
  for (const [name, value] of Object.entries(props)) {
    if (Object.hasOwn(events, name)) continue;
    const attribute = attributes[name];
    const isText = typeof value === 'string' || typeof value === 'number';
    if (!attribute && Object.hasOwn(properties, name)) assigned[name] = value;
    else if (!attribute) rendered[name] = value;
    // React 18 would write the word "false".
    else if (typeof value === 'boolean') rendered[attribute] = value || undefined;
    else if (isText) rendered[attribute] = value;
    else assigned[name] = value;
  }
  return { rendered, assigned };
}

/** Layout effects do not run on a server, and React 18 warns of them. */
const useCommitEffect = 'document' in globalThis ? useLayoutEffect : useEffect;

/**
 * `<taskpilot-chat>` for React: attributes are props in camel case, properties without an attribute are props as well,
 * and a `ref` gives the element with its methods. What a server has rendered starts nothing before it is hydrated.
 *
 * @example <TaskPilotChat layout="inline" getAuthToken={token} onReady={() => console.log('ready')} />
 */
export const TaskPilotChat: ForwardRefExoticComponent<TaskPilotChatProps> = forwardRef<
  TaskPilotChatElement,
  Omit<TaskPilotChatProps, 'ref'>
>((props, ref) => {
  const elementRef = useRef<TaskPilotChatElement>(null);
  const assignedRef = useRef<Values>({});
  const propsRef = useRef<Handlers>(props);
  const { rendered, assigned } = split(props);

  useImperativeHandle<TaskPilotChatElement | null, TaskPilotChatElement | null>(
    ref,
    () => elementRef.current,
    [],
  );

  useCommitEffect(() => {
    propsRef.current = props;
    const previous = assignedRef.current;
    assignedRef.current = assigned;
    // What is not given any more takes its initial value.
    for (const name of Object.keys({ ...previous, ...assigned })) {
      if (previous[name] === assigned[name] || !elementRef.current) continue;
      Reflect.set(elementRef.current, name, assigned[name]);
    }
  });

  useCommitEffect(() => {
    const listeners = new AbortController();
    for (const [prop, name] of Object.entries(events)) {
      const listener = (event: Event): void => {
        const handler = propsRef.current[prop as keyof Handlers] as
          ((event: Event) => void) | undefined;
        handler?.(event);
      };
      elementRef.current?.addEventListener(name, listener, { signal: listeners.signal });
    }
    return () => listeners.abort();
  }, []);

  // After the effects above: now the element has its properties, and its events are heard.
  useCommitEffect(() => elementRef.current?.removeAttribute('defer-hydration'), []);

  return createElement(chatTag, { ...rendered, 'defer-hydration': '', ref: elementRef });
});

TaskPilotChat.displayName = 'TaskPilotChat';
