import type { AgentInputItem, UserMessageItem as SdkUserMessage } from '@openai/agents';
import type {
  AssistantContent,
  AssistantMessageItem,
  Attachment,
  HiddenContextItem,
  Store,
  StoreContext,
  Task,
  ThreadItem,
  UserMessageItem,
  UserTag,
} from '../chatkit/index.js';
import { isApprovalRecord } from './approvals.js';
import { readToolRecord } from './tools.js';

const userText = (...texts: string[]): AgentInputItem => ({
  type: 'message',
  role: 'user',
  content: texts.map((text) => ({ type: 'input_text', text })),
});

/** Anything that is no message, given in the role of the user: the API has no other for it. */
const note = (text: string): AgentInputItem => userText(text);

/** A call with its output: the API refuses the one without the other. */
function callAndOutput(
  callId: string,
  name: string,
  args: string,
  output: string,
): AgentInputItem[] {
  return [
    { type: 'function_call', callId, name, arguments: args, status: 'completed' },
    {
      type: 'function_call_result',
      callId,
      name,
      status: 'completed',
      output: { type: 'text', text: output },
    },
  ];
}

const hidden = (content: string): AgentInputItem =>
  note(
    `Context for you, which the user does not see:\n<hidden_context>\n${content}\n</hidden_context>`,
  );

const json = (value: unknown): string => (value === undefined ? 'null' : JSON.stringify(value));

type Awaitable<T> = T | Promise<T>;

/** A part of a message to the model: text, an image or a file. */
export type InputPart = Exclude<SdkUserMessage['content'], string>[number];

/** How parts of a thread are given to the model, where the usual way does not fit. Each may be asynchronous. */
export interface AgentInputHooks {
  /**
   * A mention, such as the record that it stands for; a text, or JSON. Its `data` comes from the page: look up what it
   * names, with the user's rights. By default id, name, group and data.
   */
  readonly tag?: (tag: UserTag) => unknown;
  /** A file of a message; an empty list leaves it out. By default an image, a text or a file, as its type says. */
  readonly attachment?: (attachment: Attachment) => Awaitable<readonly InputPart[]>;
  /** A hidden context item that the application has stored, as the text that the model reads; null leaves it out. */
  readonly hidden?: (item: HiddenContextItem) => Awaitable<string | null>;
  /** The text of an answer, such as with marks for its citations (`annotations`); the text alone by default. */
  readonly answer?: (part: AssistantContent) => Awaitable<string>;
  /** Any item in its own way; undefined for the usual one, an empty list to leave it out. */
  readonly item?: (item: ThreadItem) => Awaitable<AgentInputItem[] | undefined>;
}

const usualTag = ({ id, text, group, data }: UserTag): unknown => ({ id, name: text, group, data });

async function mentions(
  tags: readonly UserTag[],
  { tag: given = usualTag }: AgentInputHooks,
): Promise<string[]> {
  if (tags.length === 0) return [];
  const unique = new Map(tags.map((tag) => [tag.id, tag]));
  const said = await Promise.all([...unique.values()].map((tag) => Promise.resolve(given(tag))));
  const lines = said.map((each) => (typeof each === 'string' ? each : json(each)));
  return [
    `Mentioned above with an @, which is not part of the name:\n<mentions>\n${lines.join('\n')}\n</mentions>`,
  ];
}

/** A user's message as it was typed; quote, mentions and files are parts of their own. */
async function userMessage(
  { content, quoted_text: quoted, attachments }: UserMessageItem,
  hooks: AgentInputHooks,
): Promise<AgentInputItem> {
  const text = content
    .map((part) => (part.type === 'input_tag' ? `@${part.text}` : part.text))
    .join('');
  const tags = content.filter((part) => part.type === 'input_tag');
  const texts = [
    text,
    ...(quoted ? [`The user refers to this:\n<quote>\n${quoted}\n</quote>`] : []),
    ...(await mentions(tags, hooks)),
  ];
  const { attachment: read } = hooks;
  const files =
    read === undefined
      ? []
      : await Promise.all(attachments.map((each) => Promise.resolve(read(each))));
  return {
    type: 'message',
    role: 'user',
    content: [
      ...texts.map((each) => ({ type: 'input_text' as const, text: each })),
      ...files.flat(),
    ],
  };
}

async function answerOf(
  { content }: AssistantMessageItem,
  { answer: read = ({ text }) => text }: AgentInputHooks,
): Promise<AgentInputItem> {
  const texts = await Promise.all(content.map((part) => Promise.resolve(read(part))));
  return {
    type: 'message',
    role: 'assistant',
    status: 'completed',
    content: texts.map((text) => ({ type: 'output_text', text })),
  };
}

/**
 * The model's input for one item of a thread, without its files unless a hook reads them; empty for an item that the
 * model does not get. All of it belongs together: a call without its output is an error.
 */
export async function toInput(
  item: ThreadItem,
  hooks: AgentInputHooks = {},
): Promise<AgentInputItem[]> {
  const own = await hooks.item?.(item);
  if (own !== undefined) return own;
  switch (item.type) {
    case 'user_message':
      return [await userMessage(item, hooks)];
    case 'assistant_message':
      return [await answerOf(item, hooks)];
    case 'client_tool_call':
      if (item.status === 'pending') return [];
      return callAndOutput(item.call_id, item.name, json(item.arguments), json(item.output));
    case 'hidden_context_item': {
      if (isApprovalRecord(item.content)) return [];
      const record = readToolRecord(item.content);
      if (record !== null) {
        return callAndOutput(record.call_id, record.name, record.arguments, record.output);
      }
      const usual = typeof item.content === 'string' ? item.content : json(item.content);
      const text = hooks.hidden === undefined ? usual : await hooks.hidden(item);
      return text === null ? [] : [hidden(text)];
    }
    case 'sdk_hidden_context':
      return [hidden(item.content)];
    case 'widget':
      return [note(`This widget was shown to the user (id ${item.id}):\n${json(item.widget)}`)];
    case 'structured_input': {
      const lines = item.inputs.map(({ question, answer }) => {
        if (answer === undefined) return `- ${question}: not answered`;
        return `- ${question}: ${answer.skipped ? 'skipped' : answer.values.join(', ')}`;
      });
      return [note(`The user was asked (${item.status}):\n${lines.join('\n')}`)];
    }
    case 'task':
      return taskNotes([item.task]);
    case 'workflow':
      return taskNotes(item.workflow.tasks);
    case 'generated_image':
      return item.image === undefined ? [] : [imageNote(item.image.url)];
    case 'end_of_turn':
      return [];
  }
}

/** Only tasks with content: the model knows from its own calls which tools ran. */
function taskNotes(tasks: readonly Task[]): AgentInputItem[] {
  return tasks.flatMap((task) => {
    if (task.type !== 'custom' || !task.content) return [];
    const text = task.title ? `${task.title}: ${task.content}` : task.content;
    return [note(`The user was shown that this was done:\n${text}`)];
  });
}

const imageNote = (url: string): AgentInputItem => ({
  type: 'message',
  role: 'user',
  content: [
    { type: 'input_text', text: 'You made this image, and the user saw it.' },
    { type: 'input_image', image: url },
  ],
});

export interface HistoryOptions {
  readonly threadId: string;
  readonly store: Store;
  readonly context: StoreContext;
  /** The id of the message to answer: items that another tab added after it are left out. */
  readonly upTo: string | undefined;
  /** In estimated tokens; 64,000 by default. Images besides, up to 16 MiB in all. */
  readonly maxTokens: number | undefined;
  readonly hooks?: AgentInputHooks | undefined;
}

const defaultMaxTokens = 64_000;
const pageSize = 20;
const pageBytes = 256 * 1024;
/** Images count as tokens and not as bytes, and may be in the thread in full. */
const maxBytes = 16 * 1024 * 1024;
/** For an item's role and structure. */
const itemTokens = 8;
const imageTokens = 1500;
/** About right for English; other scripts have fewer characters to a token, but more bytes to a character. */
const bytesPerToken = 4;

/** An estimate, without a tokenizer: they differ by model, and the limit leaves room. */
export function estimateTokens(item: AgentInputItem): number {
  let images = 0;
  const text = JSON.stringify(item, (key, value: unknown) => {
    if (key !== 'image') return value;
    images += 1;
    return undefined;
  });
  return itemTokens + images * imageTokens + Math.ceil(Buffer.byteLength(text) / bytesPerToken);
}

/** Items of the thread, the newest first. */
async function* newestFirst({ threadId, store, context }: HistoryOptions) {
  let after: string | undefined;
  do {
    const page = await store.loadItems(
      threadId,
      { limit: pageSize, order: 'desc', after, maxBytes: pageBytes },
      context,
    );
    yield* page.data;
    after = page.after;
  } while (after !== undefined);
}

/** An item of a thread, and what the model gets for it. */
export interface HistoryEntry {
  readonly item: ThreadItem;
  readonly input: AgentInputItem[];
}

/**
 * The items of a thread that the model gets, the oldest first: as many as the limit allows, from the newest
 * back and without gaps. The newest is always among them.
 */
export async function loadHistory(options: HistoryOptions): Promise<HistoryEntry[]> {
  const entries: HistoryEntry[] = [];
  let left = options.maxTokens ?? defaultMaxTokens;
  let bytesLeft = maxBytes;
  let isNewer = options.upTo !== undefined;
  for await (const item of newestFirst(options)) {
    isNewer &&= item.id !== options.upTo;
    const input = isNewer ? [] : await toInput(item, options.hooks);
    if (input.length === 0) continue;
    left -= input.reduce((sum, part) => sum + estimateTokens(part), 0);
    bytesLeft -= Buffer.byteLength(JSON.stringify(input));
    if ((left < 0 || bytesLeft < 0) && entries.length > 0) break;
    entries.push({ item, input });
  }
  return entries.reverse();
}

/** Neutralises our delimiters in text that a visitor typed. */
const withoutTags = (text: string): string =>
  text.replace(/<(\/?(?:conversation|user|assistant|message)\b[^>]*)>/gi, '‹$1›');

function messageText(item: ThreadItem): string {
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
  return `<${name}>\n${withoutTags(messageText(item))}\n</${name}>`;
};

const isMessage = ({ type }: ThreadItem): boolean =>
  type === 'user_message' || type === 'assistant_message';

/** The text of the last message of the visitor. */
export const lastMessage = (items: readonly ThreadItem[]): string => {
  const last = items.findLast(({ type }) => type === 'user_message');
  return last === undefined ? '' : messageText(last);
};

/**
 * A conversation as one text, for a workflow that takes nothing else. The first message of a thread stays as
 * it is.
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
