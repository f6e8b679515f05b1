import type { ThreadItem } from '../chatkit/index.js';

/** Our own delimiters have no business within a text that somebody typed. */
const withoutTags = (text: string): string =>
  text.replace(/<(\/?(?:conversation|user|assistant|message)\b[^>]*)>/gi, '‹$1›');

function textOf(item: ThreadItem): string {
  switch (item.type) {
    case 'user_message': {
      const text = item.content.map((part) => part.text).join('');
      const { quoted_text: quoted } = item;
      return quoted === undefined || quoted === '' ? text : `${text}\n\nIt refers to: “${quoted}”`;
    }
    case 'assistant_message':
      return item.content.map(({ text }) => text).join('\n');
    default:
      return '';
  }
}

const turn = (item: ThreadItem): string => {
  const name = item.type === 'user_message' ? 'user' : 'assistant';
  return `<${name}>\n${withoutTags(textOf(item))}\n</${name}>`;
};

const isMessage = ({ type }: ThreadItem): boolean =>
  type === 'user_message' || type === 'assistant_message';

/** What the visitor wrote last. */
export const lastMessage = (items: readonly ThreadItem[]): string => {
  const last = items.findLast(({ type }) => type === 'user_message');
  return last === undefined ? '' : textOf(last);
};

/**
 * A conversation in one text, for a workflow that takes no more. The first message of a thread goes in as it
 * is, so that a workflow that never saw a transcript sees none when it needs none.
 *
 * @param items of the thread, the oldest first
 */
export function transcript(items: readonly ThreadItem[]): string {
  const messages = items.filter(isMessage);
  const last = messages.findLastIndex(({ type }) => type === 'user_message');
  const before = messages.slice(0, Math.max(last, 0));
  const message = lastMessage(messages);
  if (before.length === 0) return message;
  return `The conversation so far:
<conversation>
${before.map(turn).join('\n')}
</conversation>

Answer the user's next message:
<message>
${withoutTags(message)}
</message>`;
}
