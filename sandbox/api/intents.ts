/** What a visitor may want of the scripted assistant. */
export type Intent =
  | { readonly kind: 'add' | 'complete' | 'remove'; readonly subject: string }
  | { readonly kind: 'list' | 'next' | 'greet' | 'who' | 'code' | 'table' | 'long' | 'help' };

/** Tried in this order; a group is what the intent is about. */
const patterns: readonly (readonly [RegExp, Intent['kind']])[] = [
  [/^(?:add|create|new task:?|remind me to|i (?:need|have) to)\s+(.+)/is, 'add'],
  [/^(?:complete|finish|check off|mark|done(?: with)?:?|i (?:did|finished))\s+(.+)/is, 'complete'],
  [/^(?:remove|delete|drop|forget)\s+(.+)/is, 'remove'],
  [/\b(?:who|what) are you\b|\bare you (?:a |an )?(?:bot|ai|human|real)\b/i, 'who'],
  [/\btable\b/i, 'table'],
  [/\bcode\b|\bexample\b/i, 'code'],
  [/\blong\b|\bexplain\b|\bhow (?:does|do) (?:it|this|you)\b/i, 'long'],
  [/\bwhat can you\b|\bhelp\b/i, 'help'],
  [/\bfirst\b|\bnext\b|\bplan\b|\btoday\b|\burgent\b/i, 'next'],
  [/\b(?:list|show|which)\b|\bwhat(?:'s|’s| is| are)\b|\btasks?\b|\bto-?do\b/i, 'list'],
  [/^(?:hi|hello|hey|good (?:morning|day|evening))\b/i, 'greet'],
];

const politeness = /^(?:(?:hi|hello|hey|please|(?:can|could) you)\b[\s,!.]*)+(?=\S)/i;

/** Only the subject of what was said: “the task "call Ben" to my list.” → “call Ben”. */
const clean = (subject: string): string =>
  subject
    .replace(
      /\s+(?:as (?:done|finished|complete)|(?:to|from|off) (?:my|the) (?:list|tasks))\b/gi,
      '',
    )
    .replace(/^(?:(?:a|the) )?task:?\s+(?:to\s+)?/i, '')
    .replace(/[.!?\s]+$/, '')
    .replace(/^["“'](.*)["”']$/s, '$1')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 200);

export function parseIntent(message: string): Intent {
  const text = message.trim();
  const request = text.replace(politeness, '');
  for (const [pattern, kind] of patterns) {
    const match = pattern.exec(kind === 'greet' ? text : request);
    if (!match) continue;
    if (kind !== 'add' && kind !== 'complete' && kind !== 'remove') return { kind };
    const subject = clean(match[1] ?? '');
    return subject === '' ? { kind: 'help' } : { kind, subject };
  }
  return { kind: 'help' };
}
