import type { ChatKitEvents, ChatKitOptions, OpenAIChatKit } from '@openai/chatkit';
import { TaskPilotChatError } from '../errors.js';
import { chatKitTag } from './load.js';

type Suffix = keyof ChatKitEvents extends `chatkit.${infer Name}` ? Name : never;

const suffixes = [
  'ready',
  'error',
  'effect',
  'deeplink',
  'response.start',
  'response.end',
  'history.open',
  'history.close',
  'thread.change',
  'thread.load.start',
  'thread.load.end',
  'tool.change',
  'log',
] satisfies Suffix[];

export const chatKitEventNames: readonly (keyof ChatKitEvents)[] = suffixes.map(
  (suffix) => `chatkit.${suffix}` as const,
);

export interface MountedChatKit {
  readonly element: OpenAIChatKit;
  /**
   * Resolves when the visitor can type; never for a frame in which no application runs. Rejects when ChatKit goes away
   * before.
   */
  readonly usable: Promise<void>;
  /** To be called when ChatKit has asked for a secret or made a request: its application runs. */
  used(): void;
  /** Removes the element for good: ChatKit does not survive a disconnection. */
  remove(): void;
}

const frameStyle = 'iframe{position:absolute;inset:0;width:100%;height:100%;border:0}';

/** Where the page forbids inline styles, ChatKit's own are blocked too and its frame has no size. */
function sizeFrame({ shadowRoot }: HTMLElement): void {
  const frame = shadowRoot?.querySelector('iframe');
  if (!frame || getComputedStyle(frame).position === 'absolute') return;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(frameStyle);
  shadowRoot?.adoptedStyleSheets.push(sheet);
}

/** Lets the widget hear Escape and hotkeys from a frame of the page's own origin; of others the browser tells nothing. */
function passKeysOn(element: HTMLElement): void {
  const frame = element.shadowRoot?.querySelector('iframe');
  frame?.contentDocument?.addEventListener('keydown', (event) => {
    // Escape may cancel an input method's composition.
    if (event.defaultPrevented || event.isComposing) return;
    if (!element.dispatchEvent(new KeyboardEvent('keydown', event))) event.preventDefault();
  });
}

/**
 * Puts a new ChatKit element into the container and watches until it can be used. `chatkit.ready` alone
 * proves only that the frame's address answered something; that the application runs shows when it asks for
 * a secret. A self-hosted chat may not ask for anything before the first message.
 *
 * @param onEvent gets every event of ChatKit, as it comes
 * @param onGone ChatKit has removed its frame, or something has removed ChatKit: it does neither tell nor come back
 */
export function mountChatKit(
  container: Element,
  options: ChatKitOptions,
  onEvent: (event: ChatKitEvents[keyof ChatKitEvents]) => void,
  onGone: (error: TaskPilotChatError) => void,
): MountedChatKit {
  const element = document.createElement(chatKitTag) as OpenAIChatKit;
  const controller = new AbortController();
  const { signal } = controller;
  let isReady = false;
  let isUsed = 'url' in options.api;
  let resolve = (): void => undefined;
  let reject: (error: TaskPilotChatError) => void = () => undefined;
  const usable = new Promise<void>((settle, fail) => {
    resolve = settle;
    reject = fail;
  });
  // Whether somebody waits for it or not.
  usable.catch(() => undefined);
  const update = (): void => {
    if (isReady && isUsed) resolve();
  };

  for (const name of chatKitEventNames) {
    element.addEventListener(
      name,
      (event: Event) => {
        // ChatKit's `ready` bubbles, and the widget dispatches every event itself.
        event.stopPropagation();
        if (name === 'chatkit.ready') {
          isReady = true;
          sizeFrame(element);
          passKeysOn(element);
        }
        onEvent(event as ChatKitEvents[typeof name]);
        update();
      },
      { signal },
    );
  }
  element.setOptions(options);
  container.append(element);
  sizeFrame(element);

  const findFrame = () => element.shadowRoot?.querySelector('iframe');
  let frame = findFrame();
  // OpenAI's script unmounts itself without an event, for instance on a domain that is not listed.
  const observer = new MutationObserver(() => {
    const hadFrame = frame;
    frame = findFrame();
    if (element.parentNode === container && (frame || !hadFrame)) return;
    observer.disconnect();
    const error = new TaskPilotChatError('chatkit_error', {
      detail: `ChatKit went away: is ${location.origin} on the domain allowlist at OpenAI?`,
    });
    reject(error);
    onGone(error);
  });
  observer.observe(container, { childList: true });
  if (element.shadowRoot) {
    observer.observe(element.shadowRoot, { childList: true, subtree: true });
  }

  return {
    element,
    usable,
    used: () => {
      isUsed = true;
      update();
    },
    remove: () => {
      controller.abort();
      observer.disconnect();
      element.remove();
    },
  };
}
