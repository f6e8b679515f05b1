import type { TaskPilotChat } from './taskpilot-chat.js';

/** The methods that a page may call before the script has loaded. */
const methods = [
  'show',
  'hide',
  'toggle',
  'sendMessage',
  'setComposer',
  'newThread',
  'setThread',
  'focusComposer',
  'retry',
  'resetSession',
] as const satisfies readonly (keyof TaskPilotChat)[];

export type QueuedCall = readonly [method: (typeof methods)[number], ...args: unknown[]];

export interface CallQueue {
  push(...calls: QueuedCall[]): void;
}

declare global {
  interface Window {
    taskpilotChat?: CallQueue;
  }
}

/** Calls that wait for an element. */
let waiting: QueuedCall[] = [];

function call(element: TaskPilotChat, [method, ...args]: QueuedCall): void {
  if (!methods.includes(method)) {
    console.error(`[taskpilot-chat] taskpilotChat has no method "${method}"`);
    return;
  }
  const target = element as unknown as Record<string, (...args: unknown[]) => unknown>;
  // A failure is told by the element itself, on the console and to the visitor.
  Promise.resolve(target[method]?.(...args)).catch(() => undefined);
}

/** Runs what has waited; called by each element that enters the page. */
export function drainQueue(element: TaskPilotChat): void {
  const calls = waiting;
  waiting = [];
  for (const entry of calls) call(element, entry);
}

/** Takes the place of the page's array. */
export function installQueue(tag: string, extras: object = {}): void {
  const before = window.taskpilotChat;
  const queue: CallQueue = {
    push(...calls) {
      waiting.push(...calls);
      const element = document.querySelector<TaskPilotChat>(tag);
      if (element?.isConnected) drainQueue(element);
    },
  };
  window.taskpilotChat = Object.assign(queue, extras);
  if (Array.isArray(before)) queue.push(...(before as unknown as QueuedCall[]));
}
