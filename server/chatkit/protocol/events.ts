import { Type, type Static, type TProperties } from 'typebox';
import {
  Annotation,
  AssistantContent,
  AnyKey,
  IconName,
  Id,
  optional,
  Task,
  WidgetComponent,
  WidgetRoot,
} from './content.js';
import { GeneratedImage, Thread, ThreadItem } from './items.js';

const index = Type.Integer({ minimum: 0 });

export const AssistantMessageUpdate = Type.Union([
  Type.Object({
    type: Type.Literal('assistant_message.content_part.added'),
    content_index: index,
    content: AssistantContent,
  }),
  Type.Object({
    type: Type.Literal('assistant_message.content_part.text_delta'),
    content_index: index,
    delta: Type.String(),
  }),
  Type.Object({
    type: Type.Literal('assistant_message.content_part.annotation_added'),
    content_index: index,
    annotation_index: index,
    annotation: Annotation,
  }),
  Type.Object({
    type: Type.Literal('assistant_message.content_part.done'),
    content_index: index,
    content: AssistantContent,
  }),
]);
export type AssistantMessageUpdate = Static<typeof AssistantMessageUpdate>;

export const WidgetUpdate = Type.Union([
  Type.Object({
    type: Type.Literal('widget.streaming_text.value_delta'),
    component_id: Id,
    delta: Type.String(),
    done: Type.Boolean(),
  }),
  Type.Object({
    type: Type.Literal('widget.component.updated'),
    component_id: Id,
    component: WidgetComponent,
  }),
  Type.Object({ type: Type.Literal('widget.root.updated'), widget: WidgetRoot }),
]);
export type WidgetUpdate = Static<typeof WidgetUpdate>;

export const WorkflowUpdate = Type.Union([
  Type.Object({ type: Type.Literal('workflow.task.added'), task_index: index, task: Task }),
  Type.Object({ type: Type.Literal('workflow.task.updated'), task_index: index, task: Task }),
]);
export type WorkflowUpdate = Static<typeof WorkflowUpdate>;

export const GeneratedImageUpdate = Type.Object({
  type: Type.Literal('generated_image.updated'),
  image: GeneratedImage,
  /** From 0 to 1. */
  progress: optional(Type.Number()),
});
export type GeneratedImageUpdate = Static<typeof GeneratedImageUpdate>;

export const ThreadItemUpdate = Type.Union([
  AssistantMessageUpdate,
  WidgetUpdate,
  WorkflowUpdate,
  GeneratedImageUpdate,
]);
export type ThreadItemUpdate = Static<typeof ThreadItemUpdate>;

export const StreamOptions = Type.Object({ allow_cancel: Type.Boolean() });
export type StreamOptions = Static<typeof StreamOptions>;

/** For `stream.error` ChatKit has a text; `custom` has its own in `message`. */
export const ErrorCode = Type.Union([Type.Literal('stream.error'), Type.Literal('custom')]);
export type ErrorCode = Static<typeof ErrorCode>;

const event = <Name extends string, Fields extends TProperties>(name: Name, fields: Fields) =>
  Type.Object({ type: Type.Literal(name), ...fields });

const dataOfEffect = Type.Record(AnyKey, Type.Unknown(), { default: {} });

/** An event of a stream. */
export const ThreadStreamEvent = Type.Union([
  event('thread.created', { thread: Thread }),
  event('thread.updated', { thread: Thread }),
  event('thread.item.added', { item: ThreadItem }),
  event('thread.item.updated', { item_id: Id, update: ThreadItemUpdate }),
  event('thread.item.done', { item: ThreadItem }),
  event('thread.item.removed', { item_id: Id }),
  event('thread.item.replaced', { item: ThreadItem }),
  event('stream_options', { stream_options: StreamOptions }),
  event('progress_update', { icon: optional(IconName), text: Type.String() }),
  /** Calls `onEffect` in the page. It is not stored. */
  event('client_effect', { name: Type.String({ minLength: 1 }), data: dataOfEffect }),
  event('error', {
    code: Type.Union(ErrorCode.anyOf, { default: 'custom' }),
    message: optional(Type.String()),
    allow_retry: Type.Boolean({ default: false }),
  }),
  /** `message` may be Markdown. */
  event('notice', {
    level: Type.Union([Type.Literal('info'), Type.Literal('warning'), Type.Literal('danger')]),
    message: Type.String(),
    title: optional(Type.String()),
  }),
]);
export type ThreadStreamEvent = Static<typeof ThreadStreamEvent>;
