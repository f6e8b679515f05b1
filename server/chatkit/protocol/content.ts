import { Type, type Static, type TSchema } from 'typebox';

// Values that several schemas share.

/** Ids are opaque; the limit keeps them indexable in a database. */
export const Id = Type.String({ minLength: 1, maxLength: 200 });

/** ISO 8601. */
export const Timestamp = Type.String({ minLength: 1 });

/** A key of a record. TypeBox's default pattern skips keys with a line break, and with them their values. */
export const AnyKey = Type.String({ pattern: '^[^]*$' });

/** Any JSON object: data of the application, passed on unchanged. */
export const FreeData = Type.Record(AnyKey, Type.Unknown());

export const optional = Type.Optional;

/** A responder may leave it out; it is always sent. */
export const Flag = Type.Optional(Type.Boolean({ default: false }));

/** As `Flag`, for lists. */
export const listOf = <T extends TSchema>(entry: T) =>
  Type.Optional(Type.Array(entry, { default: [] }));

/** A request may leave it out, or send null. */
export const nullable = <T extends TSchema>(schema: T) =>
  Type.Optional(Type.Union([schema, Type.Null()]));

/** One of ChatKit's icons, or `vendor:…`, or `lucide:…`; the client ignores unknown names. */
export const IconName = Type.String({ minLength: 1, maxLength: 200 });

// Sources and annotations.

const sourceFields = {
  title: Type.String(),
  description: optional(Type.String()),
  timestamp: optional(Type.String()),
  group: optional(Type.String()),
};

export const UrlSource = Type.Object({
  type: Type.Literal('url'),
  ...sourceFields,
  url: Type.String(),
  attribution: optional(Type.String()),
});
export type UrlSource = Static<typeof UrlSource>;

export const FileSource = Type.Object({
  type: Type.Literal('file'),
  ...sourceFields,
  filename: Type.String(),
});
export type FileSource = Static<typeof FileSource>;

/** An entity of the application; the page's entity callbacks get its `data`. */
export const EntitySource = Type.Object({
  type: Type.Literal('entity'),
  ...sourceFields,
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
  /** The position in the text. */
  index: optional(Type.Integer({ minimum: 0 })),
});
export type Annotation = Static<typeof Annotation>;

// Messages.

export const UserText = Type.Object({
  type: Type.Literal('input_text'),
  text: Type.String(),
});
export type UserText = Static<typeof UserText>;

/** A mention of one of the application's entities. */
export const UserTag = Type.Object({
  type: Type.Literal('input_tag'),
  id: Id,
  text: Type.String(),
  data: FreeData,
  group: optional(Type.String()),
  interactive: Type.Boolean(),
});
export type UserTag = Static<typeof UserTag>;

export const UserContent = Type.Union([UserText, UserTag]);
export type UserContent = Static<typeof UserContent>;

export const InferenceOptions = Type.Object({
  tool_choice: optional(Type.Object({ id: Type.String() })),
  model: optional(Type.String()),
});
export type InferenceOptions = Static<typeof InferenceOptions>;

/** A message as a client sends it. */
export const UserMessageInput = Type.Object({
  content: Type.Array(
    Type.Union([
      UserText,
      Type.Object({
        type: Type.Literal('input_tag'),
        id: Id,
        text: Type.String(),
        data: FreeData,
        group: nullable(Type.String()),
        interactive: optional(Type.Boolean()),
      }),
    ]),
    { maxItems: 1000 },
  ),
  attachments: Type.Array(Id, { maxItems: 100 }),
  quoted_text: nullable(Type.String()),
  inference_options: Type.Object({
    tool_choice: nullable(Type.Object({ id: Type.String() })),
    model: nullable(Type.String()),
  }),
});
export type UserMessageInput = Static<typeof UserMessageInput>;

export const AssistantContent = Type.Object({
  type: Type.Literal('output_text', { default: 'output_text' }),
  text: Type.String(),
  annotations: Type.Array(Annotation, { default: [] }),
});
export type AssistantContent = Static<typeof AssistantContent>;

// Widgets and their actions.

/**
 * A component of a widget. Its other properties are passed on unchecked, so that new components of ChatKit
 * need no change here.
 */
export interface WidgetComponent {
  type: string;
  id?: string;
  key?: string;
  children?: WidgetComponent | WidgetComponent[];
  [property: string]: unknown;
}

export const WidgetComponent = Type.Unsafe<WidgetComponent>(
  Type.Cyclic(
    {
      Component: Type.Object({
        type: Type.String({ minLength: 1 }),
        id: optional(Id),
        key: optional(Type.String()),
        children: optional(Type.Union([Type.Ref('Component'), Type.Array(Type.Ref('Component'))])),
      }),
    },
    'Component',
  ),
);

/** The root component of a widget. */
export interface WidgetRoot extends WidgetComponent {
  type: 'Card' | 'ListView' | 'Basic';
}

export const WidgetRoot = Type.Unsafe<WidgetRoot>(
  Type.Intersect([
    WidgetComponent,
    Type.Object({
      type: Type.Union([Type.Literal('Card'), Type.Literal('ListView'), Type.Literal('Basic')]),
    }),
  ]),
);

/** An action of a widget or the page, which the responder handles. */
export const Action = Type.Object({
  type: Type.String({ minLength: 1, maxLength: 200 }),
  payload: nullable(Type.Unknown()),
});
export type Action = Static<typeof Action>;

// Tasks and workflows.

const taskFields = {
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
  ...taskFields,
  icon: optional(IconName),
  content: optional(Type.String()),
});
export type CustomTask = Static<typeof CustomTask>;

export const SearchTask = Type.Object({
  type: Type.Literal('web_search'),
  ...taskFields,
  title_query: optional(Type.String()),
  queries: listOf(Type.String()),
  sources: listOf(UrlSource),
});
export type SearchTask = Static<typeof SearchTask>;

/** A piece of the model's reasoning. */
export const ThoughtTask = Type.Object({
  type: Type.Literal('thought'),
  ...taskFields,
  content: Type.String(),
});
export type ThoughtTask = Static<typeof ThoughtTask>;

export const FileTask = Type.Object({
  type: Type.Literal('file'),
  ...taskFields,
  sources: listOf(FileSource),
});
export type FileTask = Static<typeof FileTask>;

export const ImageTask = Type.Object({ type: Type.Literal('image'), ...taskFields });
export type ImageTask = Static<typeof ImageTask>;

export const Task = Type.Union([CustomTask, SearchTask, ThoughtTask, FileTask, ImageTask]);
export type Task = Static<typeof Task>;

export const WorkflowSummary = Type.Union([
  Type.Object({ title: Type.String(), icon: optional(IconName) }),
  /** In seconds. */
  Type.Object({ duration: Type.Integer({ minimum: 0 }) }),
]);
export type WorkflowSummary = Static<typeof WorkflowSummary>;

/** A list of tasks, which the user can expand. */
export const Workflow = Type.Object({
  type: Type.Union([Type.Literal('custom'), Type.Literal('reasoning')]),
  tasks: Type.Array(Task),
  summary: optional(WorkflowSummary),
  expanded: Flag,
});
export type Workflow = Static<typeof Workflow>;

// Structured input.

export const StructuredInputAnswer = Type.Object({
  values: Type.Array(Type.String()),
  skipped: Type.Boolean(),
});
export type StructuredInputAnswer = Static<typeof StructuredInputAnswer>;

const questionFields = {
  id: Id,
  question: Type.String(),
  answer: optional(StructuredInputAnswer),
};

export const MultipleChoiceInput = Type.Object({
  type: Type.Literal('multiple_choice'),
  ...questionFields,
  options: Type.Array(Type.Object({ value: Type.String() })),
  /** Whether several values may be chosen; of one choice, only the first value is kept. */
  multiple: Flag,
});
export type MultipleChoiceInput = Static<typeof MultipleChoiceInput>;

export const FreeformInput = Type.Object({
  type: Type.Literal('freeform'),
  ...questionFields,
  description: optional(Type.String()),
});
export type FreeformInput = Static<typeof FreeformInput>;

/** One question of a structured input. */
export const StructuredInput = Type.Union([MultipleChoiceInput, FreeformInput]);
export type StructuredInput = Static<typeof StructuredInput>;

/** The answers as a client sends them, by the ids of the questions. */
export const StructuredInputSubmission = Type.Object({
  status: optional(Type.Union([Type.Literal('answered'), Type.Literal('skipped')])),
  answers: optional(
    Type.Record(
      AnyKey,
      Type.Object({
        values: optional(Type.Array(Type.String(), { maxItems: 100 })),
        skipped: optional(Type.Boolean()),
      }),
    ),
  ),
});
export type StructuredInputSubmission = Static<typeof StructuredInputSubmission>;
