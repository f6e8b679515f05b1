import { RequestError } from './errors.js';
import type {
  InferenceOptions,
  StructuredInput,
  StructuredInputAnswer,
  StructuredInputItem,
  StructuredInputSubmission,
  UserContent,
  UserMessageInput,
  UserMessageItem,
} from './protocol/index.js';

type MessageBody = Pick<UserMessageItem, 'content' | 'quoted_text' | 'inference_options'>;

function toContent(part: UserMessageInput['content'][number]): UserContent {
  if (part.type === 'input_text') return { type: part.type, text: part.text };
  const { type, id, text, data, group, interactive = false } = part;
  return { type, id, text, data, ...(group != null && { group }), interactive };
}

function toInferenceOptions({
  tool_choice: tool,
  model,
}: UserMessageInput['inference_options']): InferenceOptions {
  return {
    ...(tool != null && { tool_choice: { id: tool.id } }),
    ...(model != null && { model }),
  };
}

/** The fields of a user message that an input sets: those of the protocol, without nulls. */
export function toMessageBody(input: UserMessageInput): MessageBody {
  const { quoted_text: quoted } = input;
  return {
    content: input.content.map(toContent),
    ...(quoted != null && { quoted_text: quoted }),
    inference_options: toInferenceOptions(input.inference_options),
  };
}

function answerOf(
  question: StructuredInput,
  { status, answers = {} }: StructuredInputSubmission,
): StructuredInputAnswer {
  const given = Object.hasOwn(answers, question.id) ? answers[question.id] : undefined;
  const values = given?.values ?? [];
  if (status === 'skipped' || given?.skipped === true || values.length === 0) {
    return { values: [], skipped: true };
  }
  const single = question.type === 'multiple_choice' && question.multiple !== true;
  return { values: single ? values.slice(0, 1) : values, skipped: false };
}

/** The item with the visitor's answers. Answers to unknown questions are ignored. */
export function answerItem(
  item: StructuredInputItem,
  submission: StructuredInputSubmission,
): StructuredInputItem {
  return {
    ...item,
    status: submission.status ?? 'answered',
    inputs: item.inputs.map((question) => ({
      ...question,
      answer: answerOf(question, submission),
    })),
  };
}

/** @throws {RequestError} 400 when the item is no longer pending */
export function assertPending(item: StructuredInputItem): void {
  if (item.status !== 'pending') {
    throw new RequestError(400, `Structured input ${item.id} has been ${item.status} already.`);
  }
}
