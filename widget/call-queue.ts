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

/** The elements on the page, oldest first, and the calls that wait for one. */
const elements = new Set<TaskPilotChat>();
let waiting: unknown[] = [];

function run(): void {
  const [element] = elements;
  if (!element) return;
  const calls = waiting;
  waiting = [];
  for (const entry of calls) {
    // A page can push anything.
    const [name, ...args] = Array.from(Object(entry) as ArrayLike<unknown>);
    const method = methods.find((known) => known === name);
    if (method) {
      const target = element as unknown as Record<string, (...args: unknown[]) => unknown>;
      // The element reports a failure itself, on the console and to the visitor.
      Promise.resolve(target[method]?.(...args)).catch(() => undefined);
    } else {
      console.error('[taskpilot-chat] taskpilotChat has no method', name);
    }
  }
}

/** An element has been connected: the calls that wait go to the oldest one. */
export function enterQueue(element: TaskPilotChat): void {
  elements.add(element);
  run();
}

export function leaveQueue(element: TaskPilotChat): void {
  elements.delete(element);
}

/** Replaces the page's array, and takes its calls over. */
export function installQueue(): void {
  const before: unknown = window.taskpilotChat;
  window.taskpilotChat = {
    push(...calls) {
      waiting.push(...calls);
      run();
    },
  };
  if (Array.isArray(before)) window.taskpilotChat.push(...(before as QueuedCall[]));
}
