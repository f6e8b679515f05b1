import { Type, type Static } from 'typebox';
import { AnyKey, Flag, Id, optional } from './shared.js';

export const StructuredInputAnswer = Type.Object({
  values: Type.Array(Type.String()),
  skipped: Type.Boolean(),
});
export type StructuredInputAnswer = Static<typeof StructuredInputAnswer>;

const base = {
  id: Id,
  question: Type.String(),
  answer: optional(StructuredInputAnswer),
};

export const MultipleChoiceInput = Type.Object({
  type: Type.Literal('multiple_choice'),
  ...base,
  options: Type.Array(Type.Object({ value: Type.String() })),
  /** Whether more than one value counts. */
  multiple: Flag,
});
export type MultipleChoiceInput = Static<typeof MultipleChoiceInput>;

export const FreeformInput = Type.Object({
  type: Type.Literal('freeform'),
  ...base,
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
