import type { Output } from '@taskpilot-chat/server/testing';
import { exampleOf, type Schema } from './responses.js';
import { answer, type Task, type TaskLists } from './task-list.js';

/** What the scripted model makes of a request to the Responses API. */
export interface ScriptRequest {
  readonly instructions: string;
  readonly input: readonly InputItem[];
  readonly tools: readonly string[];
  /** The schema that the answer has to follow, if there is one. */
  readonly schema: Schema | null;
  /** `safety_identifier` or `user`; without one, the conversation tells what was done. */
  readonly user: string | null;
}

export type InputItem = Readonly<Record<string, unknown>>;

const maxTitleLength = 40;

/** The texts of a message's parts. */
function textOf({ content }: InputItem): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .map((part: unknown) => (part as { text?: unknown } | null)?.text)
    .filter((text) => typeof text === 'string')
    .join('\n');
}

/** A workflow gets the conversation in one text, its last message at the end. */
function lastMessageOf(text: string): string {
  const messages = [...text.matchAll(/<(message|user)>\n?([\s\S]*?)\n?<\/\1>/g)];
  return messages.at(-1)?.[2] ?? text;
}

/** What the user wrote, one after the other; context that is told in the user's place is none of it. */
function messagesOf(input: readonly InputItem[]): string[] {
  return input
    .filter(({ role }) => role === 'user')
    .map(textOf)
    .filter(
      (text) => !/^(?:Context for you|This widget was shown|You made this|The user was)/.test(text),
    )
    .flatMap((text) => {
      const transcript = [...text.matchAll(/<user>\n?([\s\S]*?)\n?<\/user>/g)];
      return [...transcript.map((match) => match[1] ?? ''), lastMessageOf(text)];
    });
}

const isTitleRequest = ({ instructions }: ScriptRequest): boolean =>
  /\btitle for (?:a|an|the|this) (?:new )?(?:chat|conversation|thread)\b/i.test(instructions);

function titleOf(message: string): string {
  const words = message.replace(/[.!?]+$/, '').split(/\s+/);
  let title = '';
  for (const word of words) {
    if (`${title} ${word}`.length > maxTitleLength) break;
    title = `${title} ${word}`.trim();
  }
  return title === '' ? 'New chat' : title.charAt(0).toUpperCase() + title.slice(1);
}

/** “use tool NAME {json}” */
function toolCall(message: string, tools: readonly string[]): Output | null {
  const match = /\buse (?:the )?tool (\w+)\s*(\{[\s\S]*\})?/i.exec(message);
  const name = tools.find((tool) => tool === match?.[1]);
  if (name === undefined) return null;
  const args = match?.[2] ?? '{}';
  return { type: 'function_call', name, arguments: isJson(args) ? args : '{}' };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function tasksOf({ user, input }: ScriptRequest, lists: TaskLists): Task[] {
  if (user !== null) return lists.of(user);
  const tasks: Task[] = [];
  for (const message of messagesOf(input).slice(0, -1)) answer(message, tasks);
  return tasks;
}

/** The answer, by fixed rules: a title, JSON, a tool's call or output, or what the task assistant says. */
export function script(request: ScriptRequest, lists: TaskLists): Output[] {
  const { input, tools, schema } = request;
  const message = messagesOf(input).at(-1) ?? '';
  if (isTitleRequest(request)) return [{ type: 'message', text: titleOf(message) }];
  const last = input.at(-1);
  if (last?.['type'] === 'function_call_output') {
    return [{ type: 'message', text: `The tool says: ${String(last['output'])}` }];
  }
  const call = toolCall(message, tools);
  if (call !== null) return [call];
  const text = answer(message, tasksOf(request, lists));
  if (schema !== null) {
    return [{ type: 'message', text: JSON.stringify(exampleOf(schema, message, text)) }];
  }
  return [
    ...(/\bthink\b/i.test(message) ? [thoughts] : []),
    {
      type: 'message',
      text,
      ...(/\b(?:cite|source)\b/i.test(message) && { citations: [citation] }),
    },
  ];
}

const thoughts: Output = {
  type: 'reasoning',
  summaries: ['Reading the message.', 'Looking for what I know about tasks.'],
};

const citation = { url: 'https://example.com/tasks', title: 'About tasks' };
