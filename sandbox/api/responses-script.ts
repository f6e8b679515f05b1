import type { Output } from '@taskpilot-chat/server/testing';
import { exampleOf, type Schema } from './responses.js';
import { TaskList, type TaskLists } from './task-list.js';
import { answer, nextStep, type ToolResult } from './task-script.js';

/** The parts of a Responses API request that the scripted model uses. */
export interface ScriptRequest {
  readonly instructions: string;
  readonly input: readonly InputItem[];
  readonly tools: readonly string[];
  /** The schema of structured output; null for text. */
  readonly schema: Schema | null;
  /** `safety_identifier` or `user`; when null, the tasks are derived from the conversation. */
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

/** Workflows send the conversation as one text, with the last message at the end. */
function lastMessageOf(text: string): string {
  const messages = [...text.matchAll(/<(message|user)>\n?([\s\S]*?)\n?<\/\1>/g)];
  return messages.at(-1)?.[2] ?? text;
}

/** A message that the user wrote, and no context message that carries the role `user`. */
const isMessage = (item: InputItem): boolean =>
  item['role'] === 'user' &&
  !/^(?:Context for you|This widget was shown|You made this|The user was)/.test(textOf(item));

/** The user's messages in order. */
function messagesOf(input: readonly InputItem[]): string[] {
  return input
    .filter(isMessage)
    .map(textOf)
    .flatMap((text) => {
      const transcript = [...text.matchAll(/<user>\n?([\s\S]*?)\n?<\/user>/g)];
      return [...transcript.map((match) => match[1] ?? ''), lastMessageOf(text)];
    });
}

/** The calls of tools since the user's last message. */
function resultsOf(input: readonly InputItem[]): ToolResult[] {
  const since = input.slice(input.findLastIndex(isMessage) + 1);
  const calls = since.filter(({ type }) => type === 'function_call');
  const names = new Map(calls.map((item) => [item['call_id'], String(item['name'])]));
  return since
    .filter(({ type }) => type === 'function_call_output')
    .map((item) => ({ name: names.get(item['call_id']) ?? '', output: readJson(item['output']) }));
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
  return { type: 'function_call', name, arguments: readJson(args) === undefined ? '{}' : args };
}

function readJson(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
}

function tasksOf({ user, input }: ScriptRequest, lists: TaskLists): TaskList {
  if (user !== null) return lists.of(user);
  const tasks = new TaskList();
  for (const message of messagesOf(input).slice(0, -1)) answer(message, tasks);
  return tasks;
}

/** The tool without which the assistant does not know what is on a board. */
const boardTool = 'list_tasks';

/** The task assistant: with the tools of a page that has a board, else with a list in memory. */
function taskAssistant(message: string, request: ScriptRequest, lists: TaskLists): Output | string {
  if (!request.tools.includes(boardTool)) return answer(message, tasksOf(request, lists));
  const step = nextStep(message, resultsOf(request.input));
  if (step.type === 'say') return step.text;
  return request.tools.includes(step.name)
    ? { type: 'function_call', name: step.name, arguments: JSON.stringify(step.arguments) }
    : 'I am sorry: this page does not let me do that.';
}

/** The scripted output: a title, JSON, a tool call, a tool's output, or the task assistant's answer. */
export function script(request: ScriptRequest, lists: TaskLists): Output[] {
  const { input, tools, schema } = request;
  const message = messagesOf(input).at(-1) ?? '';
  if (isTitleRequest(request)) return [{ type: 'message', text: titleOf(message) }];
  const asked = toolCall(message, tools);
  const last = input.at(-1);
  if (last?.['type'] === 'function_call_output' && (asked || !tools.includes(boardTool))) {
    return [{ type: 'message', text: `The tool says: ${String(last['output'])}` }];
  }
  if (asked !== null) return [asked];
  const text = taskAssistant(message, request, lists);
  if (typeof text !== 'string') return [text];
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
