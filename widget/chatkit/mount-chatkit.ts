import type { ChatKitEvents, ChatKitOptions, OpenAIChatKit } from '@openai/chatkit';
import { TaskPilotChatError } from '../errors.js';
import { chatKitEventNames, chatKitTag } from './names.js';

export interface MountHooks {
  /** Every event of ChatKit, as it comes. */
  onEvent: (event: ChatKitEvents[keyof ChatKitEvents]) => void;
  /** The visitor can type. It may come after `onTimeout`, over a very slow network. */
  onUsable: () => void;
  onTimeout: (error: TaskPilotChatError) => void;
}

export interface MountedChatKit {
  readonly element: OpenAIChatKit;
  /** To be called when ChatKit has asked for a secret or made a request. */
  used(): void;
  setOptions(options: ChatKitOptions): void;
  /** For good: ChatKit's element does not survive a disconnection. */
  remove(): void;
}

const frameSheet =
  ':host{display:block;position:relative}iframe{position:absolute;inset:0;width:100%;height:100%;border:0}';

/** Where the page forbids inline styles, ChatKit's own are blocked too and its frame has no size. */
function sizeFrame(element: HTMLElement): void {
  const root = element.shadowRoot;
  const frame = root?.querySelector('iframe');
  if (!root || !frame) return;
  const style = root.querySelector('style');
  const blocked = style !== null && !style.sheet;
  if (!blocked && getComputedStyle(frame).position === 'absolute') return;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(frameSheet);
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
}

/**
 * Puts a new ChatKit element into the container and watches until it can be used. `chatkit.ready` alone
 * proves only that the frame's address answered something; that the application runs shows when it asks for
 * a secret. A self-hosted chat may not ask for anything before the first message.
 *
 * @param timeoutMs how long the frame may take before `onTimeout`
 */
export function mountChatKit(
  container: HTMLElement,
  options: ChatKitOptions,
  hooks: MountHooks,
  timeoutMs = 20_000,
): MountedChatKit {
  const element = document.createElement(chatKitTag) as OpenAIChatKit;
  const controller = new AbortController();
  const { signal } = controller;
  const hosted = 'getClientSecret' in options.api;
  let isReady = false;
  let isUsed = false;
  let usable = false;

  const timer = setTimeout(() => {
    const detail = isReady ? `for ${location.origin}` : 'its frame did not load';
    hooks.onTimeout(new TaskPilotChatError('chatkit_timeout', { detail }));
  }, timeoutMs);
  const update = (): void => {
    if (usable || signal.aborted || !isReady || (hosted && !isUsed)) return;
    usable = true;
    clearTimeout(timer);
    hooks.onUsable();
  };

  for (const name of chatKitEventNames) {
    element.addEventListener(
      name,
      (event: Event) => {
        // ChatKit's `ready` would leave the widget beside the one that the widget sends itself.
        event.stopPropagation();
        if (name === 'chatkit.ready') {
          isReady = true;
          sizeFrame(element);
        }
        hooks.onEvent(event as ChatKitEvents[keyof ChatKitEvents]);
        update();
      },
      { signal },
    );
  }
  element.setOptions(options);
  container.append(element);
  sizeFrame(element);

  return {
    element,
    used: () => {
      isUsed = true;
      update();
    },
    setOptions: (next) => element.setOptions(next),
    remove: () => {
      clearTimeout(timer);
      controller.abort();
      element.remove();
    },
  };
}
