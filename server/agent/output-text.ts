/** What a workflow's result, or an agent's structured output, says to the visitor. */
export type AnswerText =
  | { readonly type: 'text'; readonly text: string }
  /** A guardrail of the workflow stopped it. */
  | { readonly type: 'stopped' }
  | { readonly type: 'nothing' };

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const asText = (text: string): AnswerText =>
  text.trim() === '' ? { type: 'nothing' } : { type: 'text', text };

/** Structured output: the one text in it, or all of it as JSON. */
function fromData(data: unknown): AnswerText {
  if (typeof data === 'string') return asText(data);
  if (data === undefined || data === null) return { type: 'nothing' };
  if (isFields(data)) {
    const values = Object.values(data);
    if (values.length === 0) return { type: 'nothing' };
    const [only] = values;
    if (values.length === 1 && typeof only === 'string') return asText(only);
  }
  return { type: 'text', text: `\`\`\`json\n${JSON.stringify(data, null, 2)}\n\`\`\`` };
}

/** As Agent Builder's guardrail nodes answer: a report for each guardrail, one of which says `failed`. */
const isFailedGuardrail = (data: Fields): boolean =>
  Object.values(data).some((report) => isFields(report) && report['failed'] === true);

/**
 * Finds the answer in a result: a text as it is; `output_parsed` before `output_text`, which is then the same
 * as JSON; anything else as data.
 */
export function answerText(result: unknown): AnswerText {
  if (!isFields(result)) return fromData(result);
  const { output_parsed: parsed, output_text: text } = result;
  if (parsed !== undefined && parsed !== null) return fromData(parsed);
  if (typeof text === 'string') return asText(text);
  if (isFailedGuardrail(result)) return { type: 'stopped' };
  return fromData(result);
}

/** What a model said, in the place of a result: a text, or the JSON of structured output. */
export function spokenAnswer(said: string | null): AnswerText {
  if (said === null) return { type: 'nothing' };
  if (!/^\s*\{[\s\S]*\}\s*$/.test(said)) return asText(said);
  try {
    return fromData(JSON.parse(said));
  } catch (error) {
    if (error instanceof SyntaxError) return asText(said);
    throw error;
  }
}
