import type { RunToolApprovalItem } from '@openai/agents';
import type { StructuredInputItem } from '../chatkit/index.js';
import type { AgentContext } from './answer-stream.js';
import { approvalTexts } from './approval-texts.js';
import { AgentFailure } from './failures.js';
import { functionTask } from './tools.js';

/** `ask` the visitor, or `allow` whatever an agent wants an approval for. */
export const approvalPolicies = ['ask', 'allow'] as const;
export type ApprovalPolicy = (typeof approvalPolicies)[number];

/** A hidden item: what an answer needs to go on after the visitor has decided. */
interface ApprovalRecord {
  readonly kind: 'taskpilot.approval';
  /** The structured input with the questions. */
  readonly input_id: string;
  readonly state: unknown;
}

/** Bytes of JSON; a run's state has its whole conversation, with the outputs of its tools. */
const maxRecordBytes = 1024 * 1024;
const maxArgumentsLength = 500;
/** Between the record and the visitor's answer there is nothing but the questions. */
const searchedItems = 20;

export const isApprovalRecord = (content: unknown): content is ApprovalRecord =>
  typeof content === 'object' &&
  content !== null &&
  (content as Partial<ApprovalRecord>).kind === 'taskpilot.approval';

/** A call of an MCP server carries the tool's name within the API's own item. */
function calledTool({ rawItem, name }: RunToolApprovalItem): { name: string; server?: string } {
  const { name: tool, server_label: server } = (rawItem.providerData ?? {}) as {
    readonly name?: unknown;
    readonly server_label?: unknown;
  };
  return {
    name: typeof tool === 'string' ? tool : (name ?? ''),
    ...(typeof server === 'string' && { server }),
  };
}

function argumentsOf({ arguments: args, rawItem }: RunToolApprovalItem): string {
  const sent = args ?? (rawItem.providerData as { arguments?: unknown } | undefined)?.arguments;
  if (typeof sent !== 'string' || ['', '{}'].includes(sent.trim())) return '';
  return sent.length > maxArgumentsLength ? `${sent.slice(0, maxArgumentsLength)}…` : sent;
}

/** The question to the visitor. It shows the arguments, which are what the visitor approves. */
export function approvalQuestion(call: RunToolApprovalItem, locale: string): string {
  const { name, server } = calledTool(call);
  const { title } = functionTask(name, 'loading') as { readonly title?: string };
  const args = argumentsOf(call);
  const [question] = approvalTexts(locale);
  const asked = question
    .replace('{server}', () => (server === undefined ? '' : ` (${server})`))
    .replace('{tool}', () => title ?? name);
  return args === '' ? asked : `${asked}\n${args}`;
}

/**
 * Asks the visitor, and stores what the answer needs to go on.
 *
 * @throws {AgentFailure} `approval_unsupported` when `state` is too large to be stored
 */
export function askForApproval(
  questions: readonly string[],
  state: unknown,
  { thread, newId, now, emit, locale }: AgentContext,
): void {
  const [, allow, decline] = approvalTexts(locale);
  const common = { thread_id: thread.id, created_at: now() };
  const input: StructuredInputItem = {
    type: 'structured_input',
    id: newId('message'),
    ...common,
    status: 'pending',
    inputs: questions.map((question, index) => ({
      type: 'multiple_choice',
      id: `approval_${index + 1}`,
      question,
      options: [{ value: allow }, { value: decline }],
      multiple: false,
    })),
  };
  const record: ApprovalRecord = { kind: 'taskpilot.approval', input_id: input.id, state };
  if (Buffer.byteLength(JSON.stringify(record)) > maxRecordBytes) {
    throw new AgentFailure('approval_unsupported');
  }
  emit({
    type: 'thread.item.done',
    item: { type: 'hidden_context_item', id: newId('message'), ...common, content: record },
  });
  emit({ type: 'thread.item.done', item: input });
}

/** Approves and rejects calls of tools, in the order in which the visitor was asked. */
export function decide(
  state: {
    approve(call: RunToolApprovalItem): void;
    reject(call: RunToolApprovalItem): void;
  },
  calls: readonly RunToolApprovalItem[],
  approved: readonly boolean[],
): void {
  for (const [index, call] of calls.entries()) {
    if (approved[index] === true) state.approve(call);
    else state.reject(call);
  }
}

/** Whether the visitor has chosen the first answer, in whatever language it is. */
function isAllowed(question: StructuredInputItem['inputs'][number]): boolean {
  if (question.type !== 'multiple_choice') return false;
  const [allow] = question.options;
  return allow !== undefined && question.answer?.values.includes(allow.value) === true;
}

/** What the visitor has decided, in the order of the questions, and the state that was stored with them. */
export interface Decision {
  readonly state: unknown;
  readonly approved: readonly boolean[];
  /** Deletes the state, once the answer that goes on from it has ended. */
  readonly settle: () => Promise<void>;
}

/**
 * The decision that a request without a message brings; null when it brings something else, or when the visitor has
 * written a message since the question.
 */
export async function findDecision({
  thread,
  store,
  user,
}: AgentContext): Promise<Decision | null> {
  const page = { limit: searchedItems, order: 'desc' } as const;
  const { data } = await store.loadItems(thread.id, page, { user });
  for (const item of data) {
    if (item.type === 'user_message') return null;
    if (item.type !== 'hidden_context_item' || !isApprovalRecord(item.content)) continue;
    const { input_id: inputId, state } = item.content;
    const input = data.find(({ id }) => id === inputId);
    if (input?.type !== 'structured_input' || input.status === 'pending') return null;
    return {
      state,
      approved: input.inputs.map(isAllowed),
      settle: () => store.deleteItem(thread.id, item.id, { user }),
    };
  }
  return null;
}
