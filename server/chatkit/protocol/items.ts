import { Type, type Static } from 'typebox';
import { AssistantContent, InferenceOptions, UserContent } from './content.js';
import { FreeData, Id, optional, Timestamp } from './shared.js';
import { StructuredInput } from './structured-input.js';
import { WidgetRoot } from './widgets.js';
import { Task, Workflow } from './workflows.js';

const base = { id: Id, thread_id: Id, created_at: Timestamp };

export const UserMessageItem = Type.Object({
  type: Type.Literal('user_message'),
  ...base,
  content: Type.Array(UserContent),
  /** Always empty: attachments are not offered. */
  attachments: Type.Array(Type.Unknown(), { maxItems: 0 }),
  quoted_text: optional(Type.String()),
  inference_options: InferenceOptions,
});
export type UserMessageItem = Static<typeof UserMessageItem>;

export const AssistantMessageItem = Type.Object({
  type: Type.Literal('assistant_message'),
  ...base,
  content: Type.Array(AssistantContent),
});
export type AssistantMessageItem = Static<typeof AssistantMessageItem>;

/** A call of a function in the page. The stream should end with it; its output comes in a request of its own. */
export const ClientToolCallItem = Type.Object({
  type: Type.Literal('client_tool_call'),
  ...base,
  status: Type.Union([Type.Literal('pending'), Type.Literal('completed')]),
  call_id: Id,
  name: Type.String({ minLength: 1 }),
  arguments: FreeData,
  output: optional(Type.Unknown()),
});
export type ClientToolCallItem = Static<typeof ClientToolCallItem>;

export const WidgetItem = Type.Object({
  type: Type.Literal('widget'),
  ...base,
  widget: WidgetRoot,
  /** What the visitor gets when copying the item. */
  copy_text: optional(Type.String()),
});
export type WidgetItem = Static<typeof WidgetItem>;

export const GeneratedImage = Type.Object({ id: Id, url: Type.String() });
export type GeneratedImage = Static<typeof GeneratedImage>;

export const GeneratedImageItem = Type.Object({
  type: Type.Literal('generated_image'),
  ...base,
  image: optional(GeneratedImage),
});
export type GeneratedImageItem = Static<typeof GeneratedImageItem>;

export const StructuredInputItem = Type.Object({
  type: Type.Literal('structured_input'),
  ...base,
  status: Type.Union([Type.Literal('pending'), Type.Literal('answered'), Type.Literal('skipped')]),
  inputs: Type.Array(StructuredInput),
});
export type StructuredInputItem = Static<typeof StructuredInputItem>;

export const TaskItem = Type.Object({ type: Type.Literal('task'), ...base, task: Task });
export type TaskItem = Static<typeof TaskItem>;

export const WorkflowItem = Type.Object({
  type: Type.Literal('workflow'),
  ...base,
  workflow: Workflow,
});
export type WorkflowItem = Static<typeof WorkflowItem>;

export const EndOfTurnItem = Type.Object({ type: Type.Literal('end_of_turn'), ...base });
export type EndOfTurnItem = Static<typeof EndOfTurnItem>;

/** For the model only, at its place in the thread: never sent to a client. */
export const HiddenContextItem = Type.Object({
  type: Type.Literal('hidden_context_item'),
  ...base,
  content: Type.Unknown(),
});
export type HiddenContextItem = Static<typeof HiddenContextItem>;

/** As `HiddenContextItem`, written by this server itself. */
export const SdkHiddenContextItem = Type.Object({
  type: Type.Literal('sdk_hidden_context'),
  ...base,
  content: Type.String(),
});
export type SdkHiddenContextItem = Static<typeof SdkHiddenContextItem>;

export const ThreadItem = Type.Union([
  UserMessageItem,
  AssistantMessageItem,
  ClientToolCallItem,
  WidgetItem,
  GeneratedImageItem,
  StructuredInputItem,
  TaskItem,
  WorkflowItem,
  EndOfTurnItem,
  HiddenContextItem,
  SdkHiddenContextItem,
]);
export type ThreadItem = Static<typeof ThreadItem>;

/** Whether an item is for the model's eyes only. */
export const isHidden = (item: ThreadItem): item is HiddenContextItem | SdkHiddenContextItem =>
  item.type === 'hidden_context_item' || item.type === 'sdk_hidden_context';
