import { Type, type Static } from 'typebox';
import { Flag, IconName, listOf, optional } from './shared.js';
import { FileSource, UrlSource } from './sources.js';

const base = {
  /** Shown when the task is part of a workflow. */
  status_indicator: optional(
    Type.Union([Type.Literal('none'), Type.Literal('loading'), Type.Literal('complete')], {
      default: 'none',
    }),
  ),
  title: optional(Type.String()),
};

export const CustomTask = Type.Object({
  type: Type.Literal('custom'),
  ...base,
  icon: optional(IconName),
  content: optional(Type.String()),
});
export type CustomTask = Static<typeof CustomTask>;

export const SearchTask = Type.Object({
  type: Type.Literal('web_search'),
  ...base,
  title_query: optional(Type.String()),
  queries: listOf(Type.String()),
  sources: listOf(UrlSource),
});
export type SearchTask = Static<typeof SearchTask>;

/** A piece of the model's reasoning. */
export const ThoughtTask = Type.Object({
  type: Type.Literal('thought'),
  ...base,
  content: Type.String(),
});
export type ThoughtTask = Static<typeof ThoughtTask>;

export const FileTask = Type.Object({
  type: Type.Literal('file'),
  ...base,
  sources: listOf(FileSource),
});
export type FileTask = Static<typeof FileTask>;

export const ImageTask = Type.Object({ type: Type.Literal('image'), ...base });
export type ImageTask = Static<typeof ImageTask>;

export const Task = Type.Union([CustomTask, SearchTask, ThoughtTask, FileTask, ImageTask]);
export type Task = Static<typeof Task>;

export const WorkflowSummary = Type.Union([
  Type.Object({ title: Type.String(), icon: optional(IconName) }),
  /** In seconds. */
  Type.Object({ duration: Type.Integer({ minimum: 0 }) }),
]);
export type WorkflowSummary = Static<typeof WorkflowSummary>;

/** Steps that the visitor can follow and unfold. */
export const Workflow = Type.Object({
  type: Type.Union([Type.Literal('custom'), Type.Literal('reasoning')]),
  tasks: Type.Array(Task),
  summary: optional(WorkflowSummary),
  expanded: Flag,
});
export type Workflow = Static<typeof Workflow>;
