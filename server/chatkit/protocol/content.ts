import { Type, type Static } from 'typebox';
import { FreeData, Id, nullable, optional } from './shared.js';
import { Annotation } from './sources.js';

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
