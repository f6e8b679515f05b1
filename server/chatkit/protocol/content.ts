import { Type, type Static, type TSchema } from 'typebox';

// Values that several schemas share.

/** Ids are opaque; the bound keeps them indexable. */
export const Id = Type.String({ minLength: 1, maxLength: 200 });

/** ISO 8601. */
export const Timestamp = Type.String({ minLength: 1 });

/** A key of a record: by default, TypeBox does not look at the values of keys with a line break in them. */
export const AnyKey = Type.String({ pattern: '^[^]*$' });

/** Whatever JSON can say: the application's data, passed on as it is. */
export const FreeData = Type.Record(AnyKey, Type.Unknown());

export const optional = Type.Optional;

/** What a responder may leave out; the wire always has it. */
export const Flag = Type.Optional(Type.Boolean({ default: false }));

/** As `Flag`, for lists. */
export const listOf = <T extends TSchema>(entry: T) =>
  Type.Optional(Type.Array(entry, { default: [] }));

/** What a request may leave out or send as null. */
export const nullable = <T extends TSchema>(schema: T) =>
  Type.Optional(Type.Union([schema, Type.Null()]));

/** One of ChatKit's icons, or `vendor:…`, or `lucide:…`; the client ignores a name that it does not know. */
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

/** Something of the application's own; `data` goes to the page's entity callbacks. */
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
  /** Where in the text the annotation belongs. */
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

/** What a client sends as a message, before it becomes an item. */
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
  type: Type.Literal('output_text'),
  text: Type.String(),
  annotations: Type.Array(Annotation),
});
export type AssistantContent = Static<typeof AssistantContent>;

// Widgets and their actions.

/**
 * A component of a widget. Its further properties are ChatKit's to know: they are passed on as they are, so
 * that a component of tomorrow works today.
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

/** The component that a widget begins with. */
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

/** What a widget or the page asks the server to do. */
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

/** Steps that the visitor can follow and unfold. */
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
  /** Whether more than one value counts. */
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

/** What a client sends as answers, by the questions' ids. */
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
