import { warnOnce } from './warn.js';

/** Attributes that frameworks and the platform define. */
const foreign = /^(aria|data|hx|ng|v|x)-|^on|[^\w-]/;

/** Number of letters that the first text has beyond those of the second. */
function surplus(first: string, second: string): number {
  let rest = first;
  for (const letter of second) rest = rest.replace(letter, '');
  return rest.length;
}

/** Whether less than a fourth of the letters are other ones; their order does not count, but for the first. */
const isNear = (name: string, known: string): boolean =>
  name.startsWith(known.charAt(0)) &&
  surplus(name, known) + surplus(known, name) < known.length / 4;

/**
 * Reports attributes that look like one of the element's, which would have no effect. Others are left alone: frameworks
 * and tools mark elements with attributes of their own.
 */
export function warnOfMisspelt(element: Element, names: readonly string[]): void {
  for (const name of element.getAttributeNames()) {
    const meant = names.find((known) => isNear(name, known));
    if (meant && !names.includes(name) && !foreign.test(name)) {
      warnOnce(`unknown attribute ${name}: did you mean ${meant}?`);
    }
  }
}
