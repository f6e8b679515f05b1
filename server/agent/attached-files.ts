import type { AgentInputItem, UserMessageItem as SdkUserMessage } from '@openai/agents';
import { NotFoundError, type Attachment, type ThreadItem } from '../chatkit/index.js';
import type { ResponderContext } from '../chatkit/index.js';
import { toAgentInput, type AgentInputHooks } from './model-input.js';

type Part = Exclude<SdkUserMessage['content'], string>[number];

/** Of all files of a conversation, in bytes; the newest come first. */
const maxFileBytes = 20 * 1024 * 1024;
/** Of one text, which the model reads word by word. */
const maxTextChars = 100_000;

const isText = (mimeType: string): boolean => /^text\/|^application\/json$/.test(mimeType);

const note = (text: string): Part => ({ type: 'input_text', text });

/** A file as the model gets it: an image, a text, or a document. */
function toPart({ name, mime_type: mimeType }: Attachment, bytes: Uint8Array): Part {
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

const gone = ({ name }: Attachment): Part =>
  note(`The user attached ${JSON.stringify(name)}, which is not given again.`);

/**
 * The model's input for a conversation, with the files that were attached to its messages. Of old files only their
 * names are given, when all together are too large, and of files that were deleted.
 */
export async function toInputWithFiles(
  items: readonly ThreadItem[],
  context: Pick<ResponderContext, 'user' | 'attachments'>,
  hooks?: AgentInputHooks,
): Promise<AgentInputItem[]> {
  const parts = new Map<string, Part[]>();
  let left = maxFileBytes;
  const load = async (attachment: Attachment): Promise<Part> => {
    if (left <= 0 || context.attachments == null) return gone(attachment);
    try {
      const bytes = await context.attachments.read(attachment.id, { user: context.user });
      left -= bytes.byteLength;
      return left < 0 ? gone(attachment) : toPart(attachment, bytes);
    } catch (error) {
      if (error instanceof NotFoundError) return gone(attachment);
      throw error;
    }
  };
  for (const item of [...items].reverse()) {
    if (item.type !== 'user_message' || item.attachments.length === 0) continue;
    const loaded: Part[] = [];
    for (const attachment of item.attachments) loaded.push(await load(attachment));
    parts.set(item.id, loaded);
  }
  return items.flatMap((item) => withParts(toAgentInput([item], hooks), parts.get(item.id) ?? []));
}

function withParts(input: AgentInputItem[], parts: readonly Part[]): AgentInputItem[] {
  const [message] = input;
  if (parts.length === 0 || message === undefined || !('role' in message)) return input;
  if (message.role !== 'user' || typeof message.content === 'string') return input;
  return [{ ...message, content: [...message.content, ...parts] }];
}
