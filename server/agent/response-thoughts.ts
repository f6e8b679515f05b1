import type { AgentInputItem, StreamEvent } from '@openai/agents';
import type {
  Response,
  ResponseOutputItem,
  ResponseStreamEvent,
} from 'openai/resources/responses/responses';
import { asResponseEvent } from './response-events.js';
import { AgentFailure, className, failureOfApiCode } from './failures.js';
import { modelEvent, ThoughtEvents } from './thought-events.js';
import { ThoughtSplitter, withoutThoughts } from './thoughts.js';

/** A part of a message, of the SDK's or of the API's, without thoughts. */
const cleanPart = <T extends { readonly type: string }>(part: T): T =>
  part.type === 'output_text' && 'text' in part && typeof part.text === 'string'
    ? { ...part, text: withoutThoughts(part.text) }
    : part;

/** The output of a model without the thoughts in its messages. */
export const cleanOutput = <T extends AgentInputItem>(output: readonly T[]): T[] =>
  output.map((item) =>
    'role' in item && item.role === 'assistant'
      ? {
          ...item,
          content: item.content.map(cleanPart),
        }
      : item,
  );

function cleanItem(item: ResponseOutputItem): ResponseOutputItem {
  if (item.type !== 'message') return item;
  return { ...item, content: item.content.map(cleanPart) };
}

const cleanResponse = (response: Response): Response => ({
  ...response,
  output: response.output.map(cleanItem),
});

const isBlankMessage = (item: ResponseOutputItem): boolean =>
  item.type === 'message' &&
  item.content.every((part) => part.type === 'output_text' && part.text.trim() === '');

type DeltaEvent = Extract<ResponseStreamEvent, { type: 'response.output_text.delta' }>;

/** The events of one answer: thoughts become events of their own, and blank messages are left out. */
class CleanedResponse {
  readonly #thoughts = new ThoughtEvents();
  readonly #splitters = new Map<string, ThoughtSplitter>();
  /** The events of a message that has no text yet. */
  #held: StreamEvent[] = [];

  write(raw: ResponseStreamEvent): StreamEvent[] {
    switch (raw.type) {
      case 'response.output_item.added':
      case 'response.content_part.added': {
        const isText = raw.type === 'response.content_part.added' || raw.item.type === 'message';
        if (!isText) return [modelEvent(raw)];
        this.#held.push(modelEvent(raw));
        return [];
      }
      case 'response.reasoning_text.delta':
        return this.#thoughts.push(raw.delta);
      case 'response.output_text.delta':
        return this.#text(raw);
      case 'response.output_text.done': {
        const rest = this.#endText(raw);
        const text = withoutThoughts(raw.text);
        return text.trim() === '' ? rest : [...rest, ...this.#shown(modelEvent({ ...raw, text }))];
      }
      case 'response.content_part.done': {
        const { part } = raw;
        if (part.type !== 'output_text') return [modelEvent(raw)];
        const text = withoutThoughts(part.text);
        return text.trim() === '' ? [] : [modelEvent({ ...raw, part: { ...part, text } })];
      }
      case 'response.output_item.done': {
        const item = cleanItem(raw.item);
        const rest = item.type === 'message' ? this.#endItem(raw.item) : [];
        if (!isBlankMessage(item)) {
          const event = modelEvent({ ...raw, item });
          return [...rest, ...(item.type === 'message' ? this.#shown(event) : [event])];
        }
        this.#held = [];
        return rest;
      }
      case 'response.refusal.delta':
      case 'response.refusal.done':
      case 'response.output_text.annotation.added':
        return this.#shown(modelEvent(raw));
      case 'response.completed':
      case 'response.incomplete':
        return [
          ...this.#thoughts.flush(),
          modelEvent({ ...raw, response: cleanResponse(raw.response) }),
        ];
      default:
        return [modelEvent(raw)];
    }
  }

  #shown(...events: StreamEvent[]): StreamEvent[] {
    const held = this.#held;
    this.#held = [];
    return [...this.#thoughts.flush(), ...held, ...events];
  }

  #splitterOf(raw: { readonly item_id: string; readonly content_index: number }): ThoughtSplitter {
    const key = `${raw.item_id}/${raw.content_index}`;
    const splitter = this.#splitters.get(key) ?? new ThoughtSplitter();
    this.#splitters.set(key, splitter);
    return splitter;
  }

  #text(raw: DeltaEvent): StreamEvent[] {
    const parts = this.#splitterOf(raw).push(raw.delta);
    return parts.flatMap((part) => this.#part(raw, part.type, part.text));
  }

  #part(raw: DeltaEvent, type: 'thought' | 'text', text: string): StreamEvent[] {
    if (type === 'thought') return this.#thoughts.push(text);
    const event = modelEvent({ ...raw, delta: text });
    if (text.trim() !== '' || this.#held.length === 0) return this.#shown(event);
    this.#held.push(event);
    return [];
  }

  #endText(
    raw: Extract<ResponseStreamEvent, { type: 'response.output_text.done' }>,
  ): StreamEvent[] {
    const delta: DeltaEvent = { ...raw, type: 'response.output_text.delta', delta: '' };
    return this.#splitterOf(raw)
      .end()
      .flatMap((part) => this.#part(delta, part.type, part.text));
  }

  /** Forgets the message; its thoughts are shown even if the server sent no deltas. */
  #endItem(item: ResponseOutputItem): StreamEvent[] {
    if (item.type !== 'message') return [];
    const events = item.content.flatMap((part, index) => {
      const key = `${item.id}/${index}`;
      if (part.type !== 'output_text' || this.#splitters.delete(key)) return [];
      return new ThoughtSplitter()
        .push(part.text)
        .flatMap(({ type, text }) => (type === 'thought' ? this.#thoughts.push(text) : []));
    });
    return [...events, ...this.#thoughts.flush()];
  }
}

type DoneEvent = Extract<StreamEvent, { type: 'response_done' }>;

/** The SDK's event for a complete response. Tool calls are left out: their arguments may be cut off. */
function responseDone({ id, output, usage }: Response): DoneEvent {
  return {
    type: 'response_done',
    response: {
      id,
      output: output.flatMap((item) =>
        item.type === 'message'
          ? {
              type: 'message' as const,
              role: 'assistant' as const,
              status: 'incomplete' as const,
              id: item.id,
              content: item.content,
            }
          : [],
      ),
      usage: {
        inputTokens: usage?.input_tokens ?? 0,
        outputTokens: usage?.output_tokens ?? 0,
        totalTokens: usage?.total_tokens ?? 0,
      },
    },
    providerData: { type: 'response.incomplete' },
  };
}

/**
 * The events of the SDK's Responses model, with the thoughts of open models as such. Text has the API's events alone:
 * `runModels` adds those of the SDK where they are read. A stream that was cut off at the model's output limit ends like a
 * complete one: from @openai/agents 0.15 on the SDK throws there instead, which would make an error of the answer, and skip
 * the output guardrails.
 *
 * @throws {AgentFailure} for an event that reports a failed answer
 */
export async function* responseEvents(
  events: AsyncIterable<StreamEvent>,
): AsyncGenerator<StreamEvent, void> {
  const answer = new CleanedResponse();
  const cleanDone = (event: DoneEvent): DoneEvent => ({
    ...event,
    response: { ...event.response, output: cleanOutput(event.response.output) },
  });
  let cutOff: Response | null = null;
  try {
    for await (const event of events) {
      if (event.type === 'response_done') {
        yield cleanDone(event);
        continue;
      }
      // The API's event that follows says the same.
      if (event.type === 'output_text_delta' && asResponseEvent(event.providerData) !== null)
        continue;
      const raw = event.type === 'model' ? asResponseEvent(event.event) : null;
      if (raw === null) {
        yield event;
        continue;
      }
      if (raw.type === 'error') throw failureOfApiCode(raw.code, raw.message);
      if (raw.type === 'response.failed') {
        throw failureOfApiCode(raw.response.error?.code, raw.response.error?.message);
      }
      if (raw.type === 'response.incomplete') {
        if (raw.response.incomplete_details?.reason === 'content_filter') {
          throw new AgentFailure('content_filtered');
        }
        cutOff = raw.response;
      }
      // Not `yield*`, which makes several promises of each entry of a list.
      for (const shown of answer.write(raw)) yield shown;
    }
  } catch (error) {
    if (cutOff === null || className(error) !== 'ModelBehaviorError') throw error;
    yield cleanDone(responseDone(cutOff));
  }
}
