import type { FunctionTool, RunToolApprovalItem } from '@openai/agents';
import type { ResponseOutputItem } from 'openai/resources/responses/responses';
import type { ClientToolCallItem, Task } from '../chatkit/index.js';
import type { AgentContext } from './answer-stream.js';

/** Registered globally, because a process may load several copies of this package. */
const clientToolMark = Symbol.for('taskpilot-chat.client-tool');

export interface ClientToolOptions {
  /** The name that the page's `onClientTool` gets. */
  readonly name: string;
  /** For the model: what the tool does, and when to use it. */
  readonly description: string;
  /** JSON Schema of an object. With `strict`, each property is required and no other is allowed. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Whether the model must keep to the schema; true by default. */
  readonly strict?: boolean;
}

/**
 * A tool that runs in the visitor's page. The answer pauses when the model calls it, and goes on when the
 * page has returned the tool's output.
 *
 * @returns a tool for the `tools` of an agent of `@openai/agents`
 *
 * @example
 * const agent = new Agent({
 *   name: 'Task assistant',
 *   tools: [
 *     clientTool({
 *       name: 'open_task',
 *       description: 'Opens a task in the page.',
 *       parameters: {
 *         type: 'object',
 *         properties: { id: { type: 'string' } },
 *         required: ['id'],
 *         additionalProperties: false,
 *       },
 *     }),
 *   ],
 * });
 */
export function clientTool(options: ClientToolOptions): FunctionTool<unknown, never> {
  const { name, description, parameters, strict = true } = options;
  const tool = {
    type: 'function' as const,
    name,
    description,
    parameters,
    strict,
    // The SDK interrupts a run before a tool that needs an approval, and reports its arguments.
    needsApproval: () => Promise.resolve(true),
    isEnabled: () => Promise.resolve(true),
    invoke: () => Promise.reject(new Error(`The tool ${name} runs in the page.`)),
    [clientToolMark]: true,
  };
  return tool as unknown as FunctionTool<unknown, never>;
}

/**
 * The context of the answer that a tool is part of.
 *
 * @param run the second argument of a tool's `execute`
 * @throws {TypeError} in a run that got no such context
 *
 * @example
 * const rename = tool({
 *   name: 'rename',
 *   description: 'Gives the conversation a title.',
 *   parameters: z.object({ title: z.string() }),
 *   execute: ({ title }, run) => {
 *     contextOf(run).thread.title = title;
 *     return 'Done.';
 *   },
 * });
 */
export function contextOf<App extends object = object>(
  run: { readonly context: unknown } | undefined,
): AgentContext<App> {
  const context = run?.context as Partial<AgentContext<App>> | null | undefined;
  if (context?.thread === undefined || context.emit === undefined) {
    throw new TypeError('This tool is for answers of a chat: the run has no context of one.');
  }
  return context as AgentContext<App>;
}

const stepMark = Symbol.for('taskpilot-chat.step');

/** How a call of a tool is shown among the steps of an answer. */
export interface StepOptions {
  /** Instead of the tool's name in words. */
  readonly title?: string;
  /** One of ChatKit's icons. */
  readonly icon?: string;
}

/**
 * Names the step that visitors see while a tool on the server runs, or silences it.
 *
 * @param step the title, or title and icon; false to show no step
 * @returns a copy of the tool
 *
 * @example
 * const agent = new Agent({
 *   name: 'Support',
 *   tools: [withStep(findOrder, 'Looking up your order'), withStep(remember, false)],
 * });
 */
export const withStep = <T extends object>(tool: T, step: string | StepOptions | false): T => ({
  ...tool,
  [stepMark]: typeof step === 'string' ? { title: step } : step,
});

/** Null for a tool whose calls are not shown. */
export function stepOf(tool: unknown): StepOptions | null {
  if (typeof tool !== 'object' || tool === null || !(stepMark in tool)) return {};
  return tool[stepMark] === false ? null : (tool[stepMark] as StepOptions);
}

export const isClientTool = (tool: unknown): boolean =>
  typeof tool === 'object' && tool !== null && clientToolMark in tool;

function parseArguments(json: string | undefined): Record<string, unknown> {
  const value: unknown = json === undefined || json === '' ? {} : JSON.parse(json);
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : { value };
}

/** The call of a tool in the page that has interrupted a run; null when none has. */
export function clientToolCall(
  interruptions: readonly RunToolApprovalItem[],
  { thread, newId, now }: AgentContext,
): ClientToolCallItem | null {
  const call = interruptions.find(({ agent, name }) =>
    agent.tools.some((tool) => tool.name === name && isClientTool(tool)),
  );
  if (call === undefined) return null;
  const { rawItem } = call;
  return {
    type: 'client_tool_call',
    id: newId('tool_call'),
    thread_id: thread.id,
    created_at: now(),
    status: 'pending',
    call_id: 'callId' in rawItem ? rawItem.callId : newId('tool_call'),
    name: call.name ?? '',
    arguments: parseArguments(call.arguments),
  };
}

/**
 * A call of a tool on the server, with its output. It is stored in the thread as a hidden item, so that the
 * model still knows it in later turns.
 */
export interface ToolRecord {
  readonly kind: 'taskpilot.tool_call';
  readonly call_id: string;
  readonly name: string;
  /** JSON. */
  readonly arguments: string;
  readonly output: string;
}

const maxOutputLength = 16_000;

export function toolRecord(callId: string, name: string, args: string, output: string): ToolRecord {
  const isTooLong = output.length > maxOutputLength;
  return {
    kind: 'taskpilot.tool_call',
    call_id: callId,
    name,
    arguments: args,
    output: isTooLong ? `${output.slice(0, maxOutputLength)}\n[cut off]` : output,
  };
}

/** Null for any other hidden content. */
export function readToolRecord(content: unknown): ToolRecord | null {
  if (typeof content !== 'object' || content === null) return null;
  const record = content as Partial<ToolRecord>;
  const isComplete = [record.call_id, record.name, record.arguments, record.output].every(
    (field) => typeof field === 'string',
  );
  return record.kind === 'taskpilot.tool_call' && isComplete ? (content as ToolRecord) : null;
}

/** `get_weather` and `getWeather` as “Get weather”. */
function readableName(name: string): string {
  const words = name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/[_\-\s]+/g, ' ')
    .trim()
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

type TaskStatus = 'loading' | 'complete';

/** The task of a function call. It shows neither arguments nor output, which may be confidential. */
export const functionTask = (
  name: string,
  status: TaskStatus,
  { title = readableName(name), icon }: StepOptions = {},
): Task => ({
  type: 'custom',
  title,
  ...(icon !== undefined && { icon }),
  status_indicator: status,
});

const uniqueBy = <T>(entries: readonly T[], key: (entry: T) => string): T[] => [
  ...new Map(entries.map((entry) => [key(entry), entry])).values(),
];

type WebSearchCall = Extract<ResponseOutputItem, { type: 'web_search_call' }>;

function webSearchTask(item: WebSearchCall, status_indicator: TaskStatus): Task {
  // Compatible servers leave the action out, and so does OpenAI's event that announces the call.
  const { action } = item as Partial<WebSearchCall>;
  if (action?.type !== 'search') {
    return { type: 'web_search', status_indicator, queries: [], sources: [] };
  }
  const queries = action.queries ?? [];
  const [first] = queries;
  return {
    type: 'web_search',
    status_indicator,
    ...(first !== undefined && { title_query: first }),
    queries: [...queries],
    sources: uniqueBy(action.sources ?? [], ({ url }) => url)
      .filter(({ url }) => URL.canParse(url))
      .map(({ url }) => ({ type: 'url', url, title: new URL(url).hostname })),
  };
}

/** The task of a tool that OpenAI runs; null for an item that is not a call of one. */
export function hostedToolTask(
  item: ResponseOutputItem,
  status_indicator: TaskStatus,
): Task | null {
  switch (item.type) {
    case 'web_search_call':
      return webSearchTask(item, status_indicator);
    case 'file_search_call': {
      const names = (item.results ?? []).flatMap(({ filename }) => filename ?? []);
      return {
        type: 'file',
        status_indicator,
        sources: uniqueBy(names, (name) => name).map((filename) => ({
          type: 'file',
          filename,
          title: filename,
        })),
      };
    }
    case 'code_interpreter_call':
      return { type: 'custom', title: 'Run code', status_indicator };
    case 'mcp_call':
      return functionTask(item.name, status_indicator);
    default:
      return null;
  }
}
