import { closestMatch } from 'leven';

const wordsOf = (name: string): string[] => name.split(/[_-]+/).filter((word) => word !== '');

/**
 * The name that was probably meant: with one typing error, or two in a long name, or without some of its words
 * (`OPENAI_KEY`).
 *
 * @example
 * closestTo('ALLOWED_ORIGIN', ['ALLOWED_ORIGINS', 'AUTH']); // 'ALLOWED_ORIGINS'
 */
export function closestTo(name: string, names: readonly string[]): string | undefined {
  const maxDistance = name.length < 12 ? 1 : 2;
  const near = closestMatch(name, names, { maxDistance });
  if (near !== undefined) return near;
  const words = wordsOf(name);
  if (words.length < 2) return undefined;
  const longer = names.filter((candidate) => {
    const all = new Set(wordsOf(candidate));
    return words.every((word) => all.has(word));
  });
  return longer.length === 1 ? longer[0] : undefined;
}
