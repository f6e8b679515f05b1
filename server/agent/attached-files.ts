import type { AgentInputItem } from '@openai/agents';
import { NotFoundError, type Attachment, type ThreadItem } from '../chatkit/index.js';
import type { ResponderContext } from '../chatkit/index.js';
import { toInput, type AgentInputHooks, type HistoryEntry, type InputPart } from './model-input.js';

/** Of all files of a conversation, in bytes; the newest come first. */
const maxFileBytes = 20 * 1024 * 1024;
/** Of one text, which the model reads word by word. */
const maxTextChars = 100_000;

const isText = (mimeType: string): boolean => /^text\/|^application\/json$/.test(mimeType);

const note = (text: string): InputPart => ({ type: 'input_text', text });

/** A file as the model gets it: an image, a text, or a document. */
function toPart({ name, mime_type: mimeType }: Attachment, bytes: Uint8Array): InputPart {
  const data = Buffer.from(bytes);
  if (isText(mimeType)) {
    const text = data.toString('utf8').slice(0, maxTextChars);
    return note(`The user attached ${JSON.stringify(name)}:\n<file>\n${text}\n</file>`);
  }
  const url = `data:${mimeType};base64,${data.toString('base64')}`;
  return mimeType.startsWith('image/')
    ? { type: 'input_image', image: url }
    : { type: 'input_file', file: url, filename: name };
}

const gone = ({ name }: Attachment): InputPart =>
  note(`The user attached ${JSON.stringify(name)}, which is not given again.`);

/** Whose files they are, and where they are read. */
export type FileContext = Pick<ResponderContext, 'user' | 'attachments'>;

/**
 * The input of an agent for items of a thread, as `createAgentResponder` makes it.
 *
 * @param items the oldest first
 * @param context of the responder, to read the files of messages; without it the model gets their names
 *
 * @example
 * const { data } = await context.store.loadItems(thread.id, { limit: 50, order: 'desc' }, context);
 * const hooks: AgentInputHooks = {
 *   tag: async ({ id }) => (await articles.find(id, context.user)) ?? `There is no article ${id}.`,
 *   hidden: ({ content }) => `The user did this: ${String(content)}`,
 * };
 * const input = await toAgentInput(data.reverse(), hooks, context);
 */
export async function toAgentInput(
  items: readonly ThreadItem[],
  hooks: AgentInputHooks = {},
  context?: FileContext,
): Promise<AgentInputItem[]> {
  const entries: HistoryEntry[] = [];
  for (const item of items) entries.push({ item, input: await toInput(item, hooks) });
  return withFiles(entries, hooks, context);
}

/**
 * The model's input for a conversation, with the files that were attached to its messages. Of old files only their
 * names are given, when all together are too large, and of files that were deleted.
 */
export async function withFiles(
  entries: readonly HistoryEntry[],
  hooks: AgentInputHooks | undefined,
  context: FileContext | undefined,
): Promise<AgentInputItem[]> {
  const inputs = entries.map(({ input }) => input);
  // The hook has given them already.
  if (hooks?.attachment !== undefined) return inputs.flat();
  let left = maxFileBytes;
  const load = async (attachment: Attachment): Promise<InputPart> => {
    if (left <= 0 || context?.attachments == null) return gone(attachment);
    try {
      const bytes = await context.attachments.read(attachment.id, { user: context.user });
      left -= bytes.byteLength;
      return left < 0 ? gone(attachment) : toPart(attachment, bytes);
    } catch (error) {
      if (error instanceof NotFoundError) return gone(attachment);
      throw error;
    }
  };
  for (const [index, { item, input }] of [...entries.entries()].reverse()) {
    if (item.type !== 'user_message' || item.attachments.length === 0) continue;
    const parts: InputPart[] = [];
    for (const attachment of item.attachments) parts.push(await load(attachment));
    inputs[index] = withParts(input, parts);
  }
  return inputs.flat();
}

function withParts(input: AgentInputItem[], parts: readonly InputPart[]): AgentInputItem[] {
  const [message, ...others] = input;
  if (message === undefined || !('role' in message)) return input;
  if (message.role !== 'user' || typeof message.content === 'string') return input;
  return [{ ...message, content: [...message.content, ...parts] }, ...others];
}
