/** How a page reaches the chat without having the element: calls that it has queued, and links and buttons. */
import type { Properties } from './properties.js';
import type { TaskPilotChat } from './taskpilot-chat.js';

/** The methods that a page may call before the script has loaded. */
type Method =
  | 'show'
  | 'hide'
  | 'toggle'
  | 'sendMessage'
  | 'setComposer'
  | 'newThread'
  | 'setThread'
  | 'focusComposer'
  | 'retry'
  | 'resetSession';

/** Properties that a page may set. */
export type QueuedProperties = Partial<Properties & Pick<TaskPilotChat, 'open' | 'nonce'>>;

/** A call of a method, properties to set, or a function that gets the element. */
export type QueuedCall =
  | readonly [method: Method, ...args: unknown[]]
  | readonly ['set', QueuedProperties]
  | ((chat: TaskPilotChat) => unknown);

export interface CallQueue {
  /**
   * Runs now, or as soon as an element is on the page: before that starts anything, for what was queued earlier.
   *
   * @example
   * taskpilotChat.push((chat) => (chat.getAuthToken = () => token()));
   * taskpilotChat.push(['set', { accentColor: 'teal' }], ['sendMessage', 'Hi']);
   */
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

/** The elements on the page, oldest first, those in shadow trees included. */
export const connectedChats: ReadonlySet<TaskPilotChat> = elements;

/** A page can push anything. */
function call(element: TaskPilotChat, entry: unknown): void {
  if (typeof entry === 'function') return void (entry as (chat: TaskPilotChat) => unknown)(element);
  const [name, ...args] = Array.from(Object(entry) as ArrayLike<unknown>);
  if (name === 'set') return void Object.assign(element, ...args);
  const method: unknown = Reflect.get(element, String(name));
  if (typeof method !== 'function')
    throw new TypeError(`taskpilotChat has no method ${String(name)}`);
  // The element reports a failure itself, on the console and to the visitor.
  Promise.resolve(method.apply(element, args)).catch(() => undefined);
}

function run(): void {
  const [element] = elements;
  if (!element) return;
  const calls = waiting;
  waiting = [];
  for (const entry of calls) {
    try {
      call(element, entry);
    } catch (error) {
      // The page's own mistake does not stop the chat, nor the next call.
      console.error('[taskpilot-chat]', error);
    }
  }
}

/** Links and buttons of the page that open the chat. */
const openers = 'a[href="#taskpilot-chat"], [data-taskpilot-chat-open]';

/** On the document, so that openers that are rendered later work too, those in open shadow trees included. */
function onPageClick(event: MouseEvent): void {
  const [chat] = elements;
  const isPlain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  const isOpener = event
    .composedPath()
    .some((node) => node instanceof Element && node.matches(openers));
  if (!isOpener || !isPlain || event.defaultPrevented) return;
  event.preventDefault();
  chat?.show();
}

/** An element has been connected: the calls that wait go to the oldest one. */
export function enterQueue(element: TaskPilotChat): void {
  elements.add(element);
  document.addEventListener('click', onPageClick);
  run();
}

export function leaveQueue(element: TaskPilotChat): void {
  elements.delete(element);
  if (!elements.size) document.removeEventListener('click', onPageClick);
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
