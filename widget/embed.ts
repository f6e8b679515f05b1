import { connectedChats } from './call-queue.js';
import { rememberScript, runningScript } from './script.js';
import { TaskPilotChat } from './taskpilot-chat.js';

export const chatTag = 'taskpilot-chat';

/** A page that removes the element again and again is not kept busy. */
const returnDelayMs = 200;

/** The attributes of the script tag that name an attribute of the element; frameworks and optimisers add others. */
const configuration = (script: HTMLScriptElement): [name: string, value: string][] =>
  [...TaskPilotChat.observedAttributes, 'nonce'].flatMap((name) => {
    const value = script.getAttribute(`data-${name}`);
    return value === null ? [] : [[name, value]];
  });

/**
 * Keeps the element a child of the document element, beside the body, where page changes of Turbo, htmx and the like do
 * not touch it. What removes it all the same is undone, except the element's own `remove()`.
 */
function keepInDocument(element: Element): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const observer = new MutationObserver(() => {
    observe();
    clearTimeout(timer);
    timer = setTimeout(place, returnDelayMs);
  });
  // The document element itself can be replaced.
  const observe = (): void => {
    for (const node of [document, document.documentElement as Element | null]) {
      if (node) observer.observe(node, { childList: true });
    }
  };
  const place = (): void => {
    if (!element.isConnected) (document.documentElement as Element | null)?.append(element);
  };
  place();
  observe();
  element.remove = () => {
    observer.disconnect();
    clearTimeout(timer);
    Element.prototype.remove.call(element);
  };
}

/** Runs when the document has been parsed: until then the parser may come to an element that the page places itself. */
function whenParsed(action: () => void): void {
  if (document.readyState === 'loading') {
    document.addEventListener('DOMContentLoaded', action, { once: true });
  } else {
    action();
  }
}

/**
 * Puts one element on the page, if the script tag has `data-*` attributes that name attributes of the element. Runs in
 * the script itself, because the script tag is known only there.
 */
export function embed(): void {
  const script = runningScript();
  if (!script) return;
  const { origin, src } = rememberScript(script);
  if (src !== script.src) {
    console.warn(`[taskpilot-chat] loaded twice: ${script.src} is ignored`);
  }
  const attributes = configuration(script);
  if (!attributes.length) {
    const report = (): void => {
      if (connectedChats.size || document.querySelector(chatTag)) return;
      console.info('[taskpilot-chat] nothing was placed: the script tag has no data-* attribute');
    };
    // A script that runs now may place an element yet.
    if (document.readyState === 'complete') setTimeout(report);
    else addEventListener('load', report, { once: true });
    return;
  }
  if (!document.contentType.includes('html')) {
    console.error(`[taskpilot-chat] works in HTML and XHTML only, not in ${document.contentType}`);
    return;
  }
  whenParsed(() => {
    if (document.querySelector(chatTag)) return;
    const element = document.createElement(chatTag);
    // The service that serves the script answers sessions too.
    if (origin && origin !== window.origin)
      element.sessionEndpoint = new URL(element.sessionEndpoint, origin).href;
    for (const [name, value] of attributes) element.setAttribute(name, value);
    keepInDocument(element);
  });
}
