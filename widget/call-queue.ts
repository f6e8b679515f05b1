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

/** The elements in the page, oldest first, and the calls that wait for one. */
const elements = new Set<TaskPilotChat>();
let waiting: unknown[] = [];

function run(): void {
  const [element] = elements;
  if (!element) return;
  const calls = waiting;
  waiting = [];
  for (const entry of calls) {
    // A page may have pushed anything.
    const [name, ...args] = Array.from(Object(entry) as ArrayLike<unknown>);
    const method = methods.find((known) => known === name);
    if (method) {
      const target = element as unknown as Record<string, (...args: unknown[]) => unknown>;
      // A failure is told by the element itself, on the console and to the visitor.
      Promise.resolve(target[method]?.(...args)).catch(() => undefined);
    } else {
      console.error('[taskpilot-chat] taskpilotChat has no method', name);
    }
  }
}

/** Each element that enters the page may take what has waited. */
export function enterQueue(element: TaskPilotChat): void {
  elements.add(element);
  run();
}

export function leaveQueue(element: TaskPilotChat): void {
  elements.delete(element);
}

/** Takes the place of the page's array. */
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
