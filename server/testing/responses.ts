/** The events and answers of OpenAI's Responses API, for what stands in for a model: the sandbox, and tests of agents. */
import { randomUUID } from 'node:crypto';
import type {
  Response,
  ResponseOutputItem,
  ResponseOutputText,
  ResponseStreamEvent,
} from 'openai/resources/responses/responses';

/** What a model's answer is made of. */
export type Output =
  | {
      readonly type: 'message';
      readonly text: string;
      readonly citations?: readonly { readonly url: string; readonly title: string }[];
    }
  | { readonly type: 'refusal'; readonly text: string }
  | { readonly type: 'reasoning'; readonly summaries: readonly string[] }
  | { readonly type: 'function_call'; readonly name: string; readonly arguments: string }
  /** An item as the API has it, such as a call of a hosted tool. */
  | { readonly type: 'item'; readonly item: ResponseOutputItem };

/** An event before it is numbered. */
type Unnumbered<T> = T extends unknown ? Omit<T, 'sequence_number'> : never;
type Event = Unnumbered<ResponseStreamEvent>;

/** The answer as the API describes it; `output_text` is an invention of its SDK. */
export type ResponseBody = Omit<Response, 'output_text'>;

const id = (prefix: string): string => `${prefix}_${randomUUID().replaceAll('-', '')}`;

const pieces = (text: string): string[] => text.match(/\s*\S+\s*/g) ?? [text];

const roughTokens = (text: string): number => Math.ceil(text.length / 4);

/** An answer that has begun. */
export function newResponse(
  request: Readonly<Record<string, unknown>>,
  nowSeconds: number,
): ResponseBody {
  const { model, instructions, safety_identifier: user } = request;
  return {
    id: id('resp'),
    object: 'response',
    created_at: nowSeconds,
    status: 'in_progress',
    error: null,
    incomplete_details: null,
    instructions: typeof instructions === 'string' ? instructions : null,
    metadata: {},
    model: String(model),
    output: [],
    parallel_tool_calls: request['parallel_tool_calls'] !== false,
    previous_response_id: null,
    safety_identifier: typeof user === 'string' ? user : null,
    temperature: 1,
    tool_choice: 'auto',
    tools: [],
    top_p: 1,
  };
}

function textPart(output: Extract<Output, { type: 'message' }>): ResponseOutputText {
  return {
    type: 'output_text',
    text: output.text,
    annotations: (output.citations ?? []).map(({ url, title }) => ({
      type: 'url_citation',
      url,
      title,
      start_index: 0,
      end_index: output.text.length,
    })),
  };
}

function toItem(output: Output): ResponseOutputItem {
  switch (output.type) {
    case 'item':
      return output.item;
    case 'message':
    case 'refusal':
      return {
        type: 'message',
        id: id('msg'),
        role: 'assistant',
        status: 'completed',
        content: [
          output.type === 'message' ? textPart(output) : { type: 'refusal', refusal: output.text },
        ],
      };
    case 'reasoning':
      return {
        type: 'reasoning',
        id: id('rs'),
        summary: output.summaries.map((text) => ({ type: 'summary_text', text })),
      };
    case 'function_call':
      return {
        type: 'function_call',
        id: id('fc'),
        call_id: id('call'),
        name: output.name,
        arguments: output.arguments,
        status: 'completed',
      };
  }
}

/** The item as it is announced: empty. */
function announced(item: ResponseOutputItem): ResponseOutputItem {
  if (item.type === 'message') return { ...item, status: 'in_progress', content: [] };
  if (item.type === 'reasoning') return { ...item, summary: [] };
  if (item.type === 'function_call') return { ...item, status: 'in_progress', arguments: '' };
  return item;
}

function* partEvents(item: ResponseOutputItem, output_index: number): Generator<Event, void> {
  const item_id = item.id ?? '';
  const at = { item_id, output_index };
  if (item.type === 'message') {
    for (const [content_index, part] of item.content.entries()) {
      const here = { ...at, content_index };
      if (part.type === 'refusal') {
        const empty = { ...part, refusal: '' };
        yield { type: 'response.content_part.added', ...here, part: empty };
        for (const delta of pieces(part.refusal)) {
          yield { type: 'response.refusal.delta', ...here, delta };
        }
        yield { type: 'response.refusal.done', ...here, refusal: part.refusal };
      } else {
        const empty = { ...part, text: '', annotations: [] };
        yield { type: 'response.content_part.added', ...here, part: empty };
        for (const delta of pieces(part.text)) {
          yield { type: 'response.output_text.delta', ...here, delta, logprobs: [] };
        }
        for (const [annotation_index, annotation] of part.annotations.entries()) {
          const type = 'response.output_text.annotation.added';
          yield { type, ...here, annotation_index, annotation };
        }
        yield { type: 'response.output_text.done', ...here, text: part.text, logprobs: [] };
      }
      yield { type: 'response.content_part.done', ...here, part };
    }
  } else if (item.type === 'reasoning') {
    for (const [summary_index, part] of item.summary.entries()) {
      const here = { ...at, summary_index };
      const empty = { ...part, text: '' };
      yield { type: 'response.reasoning_summary_part.added', ...here, part: empty };
      for (const delta of pieces(part.text)) {
        yield { type: 'response.reasoning_summary_text.delta', ...here, delta };
      }
      yield { type: 'response.reasoning_summary_text.done', ...here, text: part.text };
      yield { type: 'response.reasoning_summary_part.done', ...here, part };
    }
  } else if (item.type === 'function_call') {
    const { name, arguments: args } = item;
    yield { type: 'response.function_call_arguments.delta', ...at, delta: args };
    yield { type: 'response.function_call_arguments.done', ...at, name, arguments: args };
  }
}

function complete(response: ResponseBody, output: ResponseOutputItem[]): ResponseBody {
  const tokens = roughTokens(JSON.stringify(output));
  return {
    ...response,
    status: 'completed',
    output,
    usage: {
      input_tokens: 1,
      input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
      output_tokens: tokens,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: tokens + 1,
    },
  };
}

function* unnumbered(response: ResponseBody, outputs: readonly Output[]): Generator<Event, void> {
  const asSdkType = (body: ResponseBody) => body as Response;
  yield { type: 'response.created', response: asSdkType(response) };
  yield { type: 'response.in_progress', response: asSdkType(response) };
  const items = outputs.map(toItem);
  for (const [output_index, item] of items.entries()) {
    yield { type: 'response.output_item.added', output_index, item: announced(item) };
    yield* partEvents(item, output_index);
    yield { type: 'response.output_item.done', output_index, item };
  }
  yield { type: 'response.completed', response: asSdkType(complete(response, items)) };
}

/** An answer as the API streams it. */
export function* responseEvents(
  response: ResponseBody,
  outputs: readonly Output[],
): Generator<ResponseStreamEvent, void> {
  let sequence_number = 0;
  for (const event of unnumbered(response, outputs)) {
    yield { ...event, sequence_number: sequence_number++ };
  }
}

/** The same answer all at once. */
export const wholeResponse = (response: ResponseBody, outputs: readonly Output[]): ResponseBody =>
  complete(response, outputs.map(toItem));
