import { chatTag } from './names.js';
import { setScriptNonce } from './script-nonce.js';

/** Under `type="module"` there is no current script: the file's own address is in the call stack. */
function findModuleScript(): HTMLScriptElement | undefined {
  const stack = String(new Error().stack);
  return [...document.querySelectorAll<HTMLScriptElement>('script[type=module][src]')].find(
    ({ src }) => stack.includes(src),
  );
}

/**
 * Puts the one bubble on the page: each `data-*` of the script tag becomes the attribute of the same name.
 * A tag without any leaves it to the page.
 */
export function embed(current: HTMLOrSVGScriptElement | null): void {
  const script = current ?? findModuleScript();
  if (!script) return;
  setScriptNonce(script.nonce);
  const attributes = [...script.attributes].filter(({ name }) => name.startsWith('data-'));
  if (!attributes.length) return;
  const place = (): void => {
    if (document.querySelector(chatTag)) return;
    const element = document.createElement(chatTag);
    for (const { name, value } of attributes) element.setAttribute(name.slice(5), value);
    document.body.append(element);
  };
  // An element of the page's own may still be on its way.
  if (document.readyState === 'loading') {
    document.addEventListener('DOMContentLoaded', place, { once: true });
  } else {
    place();
  }
}
