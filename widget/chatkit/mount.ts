import type { ChatKitEvents, ChatKitOptions, OpenAIChatKit } from '@openai/chatkit';
import { TaskPilotChatError } from '../errors.js';
import { handled } from '../single-flight.js';
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
  readonly usable: Promise<unknown>;
  /** Removes the element for good: ChatKit does not survive a disconnection. */
  remove(): void;
}

const frameStyle = 'iframe{position:absolute;inset:0;width:100%;height:100%;border:0}';

const frameOf = ({ shadowRoot }: HTMLElement) => shadowRoot?.querySelector('iframe');

/** Where the page forbids inline styles, ChatKit's own are blocked too and its frame has no size. */
function sizeFrame(element: HTMLElement): void {
  const frame = frameOf(element);
  if (!frame || getComputedStyle(frame).position === 'absolute') return;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(frameStyle);
  element.shadowRoot?.adoptedStyleSheets.push(sheet);
}

/** Lets the widget hear Escape and hotkeys from a frame of the page's own origin; of others the browser tells nothing. */
function passKeysOn(element: HTMLElement): void {
  frameOf(element)?.contentDocument?.addEventListener('keydown', (event) => {
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
 * @param used resolves when ChatKit has asked for a secret or made a request
 * @param onEvent gets every event of ChatKit, as it comes
 * @param onGone ChatKit has removed its frame, or something has removed ChatKit: it does neither tell nor come back
 */
export function mountChatKit(
  container: Element,
  options: ChatKitOptions,
  used: Promise<unknown>,
  onEvent: (event: ChatKitEvents[keyof ChatKitEvents]) => void,
  onGone: (error: TaskPilotChatError) => void,
): MountedChatKit {
  const element = document.createElement(chatKitTag) as OpenAIChatKit;
  const ready = Promise.withResolvers<undefined>();
  const usable = Promise.withResolvers<undefined>();

  for (const name of chatKitEventNames) {
    element.addEventListener(name, (event: Event) => {
      // ChatKit's `ready` bubbles, and the widget dispatches every event itself.
      event.stopPropagation();
      if (!element.isConnected) return;
      if (name === 'chatkit.ready') {
        sizeFrame(element);
        passKeysOn(element);
        ready.resolve(undefined);
      }
      onEvent(event as ChatKitEvents[typeof name]);
    });
  }
  element.setOptions(options);
  container.append(element);
  void Promise.all([ready.promise, 'url' in options.api || used]).then(() =>
    usable.resolve(undefined),
  );

  let frame = frameOf(element);
  // OpenAI's script unmounts itself without an event, for instance on a domain that is not listed.
  const observer = new MutationObserver(() => {
    const hadFrame = frame;
    frame = frameOf(element);
    if (element.isConnected && (frame || !hadFrame)) return;
    observer.disconnect();
    const error = new TaskPilotChatError('chatkit_error', {
      detail: `ChatKit went away: is ${location.origin} on the domain allowlist at OpenAI?`,
    });
    usable.reject(error);
    onGone(error);
  });
  for (const node of [container, element.shadowRoot]) {
    if (node) observer.observe(node, { childList: true, subtree: true });
  }

  return {
    element,
    usable: handled(usable.promise),
    remove: () => {
      observer.disconnect();
      element.remove();
    },
  };
}
