import { RequestError } from './errors.js';
import type {
  StructuredInput,
  StructuredInputAnswer,
  StructuredInputItem,
  StructuredInputSubmission,
} from './protocol/index.js';

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

/** The item as the visitor has answered it. Answers to questions that it does not have are ignored. */
export function answered(
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

/** @throws {RequestError} 400 when the item waits for no answer */
export function assertPending(item: StructuredInputItem): void {
  if (item.status !== 'pending') {
    throw new RequestError(400, `Structured input ${item.id} has been ${item.status} already.`);
  }
}
