import type { RunStreamEvent } from '@openai/agents';

/** A `Text` or `Markdown` of a widget. */
interface TextComponent {
  readonly type: string;
  readonly value?: unknown;
  readonly streaming?: unknown;
}

/**
 * Lets a run of the Agents SDK write into a text of a widget: the states of the text, for `streamWidget`.
 *
 * @param result of `run(agent, input, { stream: true })`
 * @param text a `Text` or `Markdown` with an `id`, by which its changes are sent
 *
 * @example
 * async function* states() {
 *   const text = { type: 'Markdown', id: 'summary', value: '', streaming: true };
 *   for await (const state of accumulateText(result, text)) {
 *     yield { type: 'Card' as const, children: [{ type: 'Title', value: 'Summary' }, state] };
 *   }
 * }
 * yield* streamWidget(thread, states(), context);
 */
export async function* accumulateText<Text extends TextComponent>(
  result: AsyncIterable<RunStreamEvent>,
  text: Text,
): AsyncGenerator<Text, void> {
  let value = '';
  yield text;
  for await (const event of result) {
    if (event.type !== 'raw_model_stream_event') continue;
    if (event.data.type !== 'output_text_delta') continue;
    value += event.data.delta;
    yield { ...text, value };
  }
  yield { ...text, value, streaming: false };
}
