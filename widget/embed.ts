export const chatTag = 'taskpilot-chat';

let nonce: string | undefined;

/** The nonce of the widget's own script tag: ChatKit's script is loaded with it. */
export const scriptNonce = (): string | undefined => nonce;

/** A module script is not `document.currentScript`, but its address is in the call stack. */
function findModuleScript(): HTMLScriptElement | undefined {
  const stack = String(new Error().stack);
  return [...document.querySelectorAll<HTMLScriptElement>('script[type=module][src]')].find(
    ({ src }) => stack.includes(src),
  );
}

/**
 * Puts one element on the page, if the script tag has `data-*` attributes: each becomes the attribute of the same name.
 *
 * @param current the script tag; null where the browser does not know it, as in modules
 */
export function embed(current: HTMLOrSVGScriptElement | null): void {
  const script = current ?? findModuleScript();
  if (!script) return;
  nonce = script.nonce ? script.nonce : nonce;
  const attributes = [...script.attributes].filter(({ name }) => name.startsWith('data-'));
  if (!attributes.length) return;
  const place = (): void => {
    if (document.querySelector(chatTag)) return;
    const element = document.createElement(chatTag);
    for (const { name, value } of attributes) element.setAttribute(name.slice(5), value);
    document.body.append(element);
  };
  // The parser may still come to an element that the page places itself.
  if (document.readyState === 'loading') {
    document.addEventListener('DOMContentLoaded', place, { once: true });
  } else {
    place();
  }
}
