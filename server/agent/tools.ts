import type { FunctionTool } from '@openai/agents';

/** The same in every copy of this package that a process may load. */
const mark = Symbol.for('taskpilot-chat.client-tool');

export interface ClientToolOptions {
  /** As the page's `onClientTool` gets it. */
  readonly name: string;
  /** For the model: what the tool does, and when to use it. */
  readonly description: string;
  /** JSON Schema of an object. With `strict`, each property must be required and no other allowed. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Whether the model must keep to the schema; true by default. */
  readonly strict?: boolean;
}

/**
 * A tool that runs in the visitor's page: the answer pauses when the model calls it, and goes on when the
 * page has sent what it returned. It belongs into the `tools` of an agent.
 */
export function clientTool(options: ClientToolOptions): FunctionTool<unknown, never> {
  const { name, description, parameters, strict = true } = options;
  const tool = {
    type: 'function' as const,
    name,
    description,
    parameters,
    strict,
    // The SDK stops before a tool that wants an approval, and says what it would have been called with.
    needsApproval: () => Promise.resolve(true),
    isEnabled: () => Promise.resolve(true),
    invoke: () => Promise.reject(new Error(`The tool ${name} runs in the page.`)),
    [mark]: true,
  };
  return tool as unknown as FunctionTool<unknown, never>;
}

export const isClientTool = (tool: unknown): boolean =>
  typeof tool === 'object' && tool !== null && mark in tool;
