import { Type, type Static, type TSchema } from 'typebox';
import { Attachment } from './attachments.js';
import {
  AssistantContent,
  FreeData,
  Id,
  InferenceOptions,
  optional,
  StructuredInput,
  Task,
  Timestamp,
  UserContent,
  WidgetRoot,
  Workflow,
} from './content.js';

const itemFields = { id: Id, thread_id: Id, created_at: Timestamp };

export const UserMessageItem = Type.Object({
  type: Type.Literal('user_message'),
  ...itemFields,
  content: Type.Array(UserContent),
  attachments: Type.Array(Attachment),
  quoted_text: optional(Type.String()),
  inference_options: InferenceOptions,
});
export type UserMessageItem = Static<typeof UserMessageItem>;

export const AssistantMessageItem = Type.Object({
  type: Type.Literal('assistant_message'),
  ...itemFields,
  content: Type.Array(AssistantContent),
});
export type AssistantMessageItem = Static<typeof AssistantMessageItem>;

/** A call of a function in the page. The stream ends with it; a later request brings the output. */
export const ClientToolCallItem = Type.Object({
  type: Type.Literal('client_tool_call'),
  ...itemFields,
  status: Type.Union([Type.Literal('pending'), Type.Literal('completed')], { default: 'pending' }),
  call_id: Id,
  name: Type.String({ minLength: 1 }),
  arguments: FreeData,
  output: optional(Type.Unknown()),
});
export type ClientToolCallItem = Static<typeof ClientToolCallItem>;

export const WidgetItem = Type.Object({
  type: Type.Literal('widget'),
  ...itemFields,
  widget: WidgetRoot,
  /** The text that the user gets when copying the item. */
  copy_text: optional(Type.String()),
});
export type WidgetItem = Static<typeof WidgetItem>;

export const GeneratedImage = Type.Object({ id: Id, url: Type.String() });
export type GeneratedImage = Static<typeof GeneratedImage>;

export const GeneratedImageItem = Type.Object({
  type: Type.Literal('generated_image'),
  ...itemFields,
  image: optional(GeneratedImage),
});
export type GeneratedImageItem = Static<typeof GeneratedImageItem>;

export const StructuredInputItem = Type.Object({
  type: Type.Literal('structured_input'),
  ...itemFields,
  status: Type.Union([Type.Literal('pending'), Type.Literal('answered'), Type.Literal('skipped')], {
    default: 'pending',
  }),
  inputs: Type.Array(StructuredInput),
});
export type StructuredInputItem = Static<typeof StructuredInputItem>;

export const TaskItem = Type.Object({ type: Type.Literal('task'), ...itemFields, task: Task });
export type TaskItem = Static<typeof TaskItem>;

export const WorkflowItem = Type.Object({
  type: Type.Literal('workflow'),
  ...itemFields,
  workflow: Workflow,
});
export type WorkflowItem = Static<typeof WorkflowItem>;

export const EndOfTurnItem = Type.Object({ type: Type.Literal('end_of_turn'), ...itemFields });
export type EndOfTurnItem = Static<typeof EndOfTurnItem>;

/** An item that only the model reads; it is never sent to a client. */
export const HiddenContextItem = Type.Object({
  type: Type.Literal('hidden_context_item'),
  ...itemFields,
  content: Type.Unknown(),
});
export type HiddenContextItem = Static<typeof HiddenContextItem>;

/** As `HiddenContextItem`, written by this server. */
export const SdkHiddenContextItem = Type.Object({
  type: Type.Literal('sdk_hidden_context'),
  ...itemFields,
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

/** Whether only the model reads the item. */
export const isHidden = (item: ThreadItem): item is HiddenContextItem | SdkHiddenContextItem =>
  item.type === 'hidden_context_item' || item.type === 'sdk_hidden_context';

// Threads.

/** With `locked` and `closed` the client accepts no more messages; the server still does. */
export const ThreadStatus = Type.Union([
  Type.Object({ type: Type.Literal('active') }),
  Type.Object({ type: Type.Literal('locked'), reason: optional(Type.String()) }),
  Type.Object({ type: Type.Literal('closed'), reason: optional(Type.String()) }),
]);
export type ThreadStatus = Static<typeof ThreadStatus>;

const threadFields = {
  id: Id,
  title: optional(Type.String()),
  created_at: Timestamp,
  status: ThreadStatus,
  /** The hosts that widgets may load images from. */
  allowed_image_domains: optional(Type.Array(Type.String())),
  /** Data of the application: stored, and never sent to a client. */
  metadata: FreeData,
};

export const ThreadMetadata = Type.Object(threadFields);
export type ThreadMetadata = Static<typeof ThreadMetadata>;

const pageOf = <T extends TSchema>(entry: T) =>
  Type.Object({
    data: Type.Array(entry),
    has_more: Type.Boolean(),
    /** The cursor of the next page, to be sent as `after`; absent on the last page. */
    after: optional(Type.String()),
  });

export interface Page<T> {
  data: T[];
  has_more: boolean;
  after?: string;
}

export const ItemPage = pageOf(ThreadItem);

/** A thread as it is sent to a client. */
export const Thread = Type.Object({ ...threadFields, items: ItemPage });
export interface Thread extends ThreadMetadata {
  items: Page<ThreadItem>;
}

export const ThreadPage = pageOf(Thread);
