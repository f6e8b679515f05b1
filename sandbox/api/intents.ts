import type { Column } from './task-list.js';

/** What the scripted assistant understands. */
export type Intent =
  | { readonly kind: 'add' | 'remove'; readonly subject: string }
  | { readonly kind: 'move'; readonly subject: string; readonly column: Column }
  | {
      readonly kind:
        'list' | 'next' | 'table' | 'code' | 'long' | 'greet' | 'who' | 'help' | 'unknown';
    };

type Read = (groups: readonly string[]) => Intent;

const plain =
  (kind: Exclude<Intent['kind'], 'add' | 'remove' | 'move'>): Read =>
  () => ({ kind });
const about =
  (kind: 'add' | 'remove'): Read =>
  ([subject = '']) => ({ kind, subject });
const moved =
  (column: Column): Read =>
  ([subject = '']) => ({ kind: 'move', subject, column });

/** “in progress”, “To do” */
function columnOf(words: string): Column {
  if (/done|finished/i.test(words)) return 'done';
  return /progress|doing/i.test(words) ? 'doing' : 'todo';
}

/**
 * The first match wins; its groups are what the intent is about. Each pattern asks for words about tasks, so that a
 * question about something else is not taken for one of them.
 */
const patterns: readonly (readonly [RegExp, Read])[] = [
  [/^(?:add|remind me to|new (?:task|card):?)\s+(.+)/is, about('add')],
  [/^(?:create|make|put up)\s+((?:an?|the|another)?\s*(?:new )?(?:task|card)\b.+)/is, about('add')],
  [
    /^(?:move|put|drag)\s+(.+?)\s+(?:back )?(?:to|into|in|under)\s+(?:the )?["“]?(to[- ]?do|in progress|doing|done|finished)\b/is,
    ([subject = '', column = '']) => ({ kind: 'move', subject, column: columnOf(column) }),
  ],
  [
    /^(?:complete|finish|check(?: off)?|tick(?: off)?|mark|done(?: with)?:?|i (?:did|finished|have done))\s+(.+)/is,
    moved('done'),
  ],
  [/^(?:start|begin)(?: (?:on|with|working on))?\s+(.+)/is, moved('doing')],
  [/^(?:reopen|re-open|untick|uncheck)\s+(.+)/is, moved('todo')],
  [/^(?:remove|delete|drop|forget)\s+(.+)/is, about('remove')],
  [/\b(?:who|what) are you\b|\bare you (?:a |an )?(?:bot|ai|human|real)\b/i, plain('who')],
  [
    /^(?:(?:show|make|give|list)\b.*\s)?(?:an? )?table(?: of (?:all |my |the )*(?:tasks|cards|list|board))?[.!?\s]*$/i,
    plain('table'),
  ],
  [
    /^(?:(?:show|give|write)(?: me)? )?(?:an? |the |some )?(?:code|example|snippet)\b/i,
    plain('code'),
  ],
  [
    /^explain(?: (?:how |what )?(?:it|this|that|yourself|you)\b.*)?[.!?\s]*$|\bhow (?:does|do) (?:it|this|you) work\b|\blong answer\b/i,
    plain('long'),
  ],
  [/\bwhat (?:else )?can you (?:do|help)\b|^help\b/i, plain('help')],
  [
    /\bplan (?:for )?(?:my |the |our )?(?:day|week|today)\b|\b(?:do|start with|begin with|tackle|work on) (?:first|next|now)\b|\bwhat should i (?:do|start with|work on)(?: (?:first|next|now|today))*[.!?\s]*$|\bwhat(?:'s|’s| is) (?:next|first|urgent|due|important)\b|\bmost (?:urgent|important)\b/i,
    plain('next'),
  ],
  [
    /^(?:please )?(?:list|show|show me|read)(?: me)?(?: (?:all|my|the|our|open|every|of|what is on))*(?: (?:tasks?|cards?|to-?dos?|list|board))?[.!?\s]*$|\b(?:on|in) (?:my|the|our|this) (?:list|board)\b|\b(?:my|our|open|which|how many) (?:open |more )?(?:tasks?|cards?|to-?dos?)\b|\bwhat(?:'s|’s| is| are)(?: still)? (?:left|open|in progress|done|to do)\b/i,
    plain('list'),
  ],
  [/^(?:hi|hello|hey|good (?:morning|day|evening))\b/i, plain('greet')],
];

const politeness = /^(?:(?:hi|hello|hey|please|(?:can|could|would) you)\b[\s,!.]*)+(?=\S)/i;

/** Reduces a phrase to its subject: “the task "call Ben" to my list.” → “call Ben”. */
const clean = (subject: string): string =>
  subject
    .replace(
      /\s+(?:as (?:done|finished|complete)|(?:to|from|off|on) (?:my|the|this) (?:list|tasks|board))\b/gi,
      '',
    )
    .replace(/^(?:(?:an?|the|another)\s+)?(?:new )?(?:task|card)\b:?\s+(?:to\s+)?/i, '')
    .replace(/[.!?\s]+$/, '')
    .replace(/^["“'](.*)["”']$/s, '$1')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 200);

export function parseIntent(message: string): Intent {
  const text = message.trim();
  if (text === '') return { kind: 'help' };
  const request = text.replace(politeness, '');
  // A greeting with nothing behind it is what politeness would take away.
  for (const candidate of [request, text]) {
    for (const [pattern, read] of patterns) {
      const match = pattern.exec(candidate);
      if (!match) continue;
      const intent = read(match.slice(1));
      if (!('subject' in intent)) return intent;
      const subject = clean(intent.subject);
      return subject === '' ? { kind: 'help' } : { ...intent, subject };
    }
  }
  return { kind: 'unknown' };
}
