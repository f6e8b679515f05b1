import { Type, type Static } from 'typebox';
import { Flag, IconName, Id, optional } from './shared.js';

const base = {
  title: Type.String(),
  description: optional(Type.String()),
  timestamp: optional(Type.String()),
  group: optional(Type.String()),
};

export const UrlSource = Type.Object({
  type: Type.Literal('url'),
  ...base,
  url: Type.String(),
  attribution: optional(Type.String()),
});
export type UrlSource = Static<typeof UrlSource>;

export const FileSource = Type.Object({
  type: Type.Literal('file'),
  ...base,
  filename: Type.String(),
});
export type FileSource = Static<typeof FileSource>;

/** Something of the application's own; `data` goes to the page's entity callbacks. */
export const EntitySource = Type.Object({
  type: Type.Literal('entity'),
  ...base,
  id: Id,
  icon: optional(IconName),
  label: optional(Type.String()),
  inline_label: optional(Type.String()),
  interactive: Flag,
  data: optional(Type.Record(Type.String(), Type.Unknown(), { default: {} })),
});
export type EntitySource = Static<typeof EntitySource>;

export const Source = Type.Union([UrlSource, FileSource, EntitySource]);
export type Source = Static<typeof Source>;

export const Annotation = Type.Object({
  type: Type.Literal('annotation'),
  source: Source,
  /** Where in the text the annotation belongs. */
  index: optional(Type.Integer({ minimum: 0 })),
});
export type Annotation = Static<typeof Annotation>;
