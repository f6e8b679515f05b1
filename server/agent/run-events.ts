import type {
  Agent,
  Model,
  ModelProvider,
  RunStreamEvent,
  RunToolApprovalItem,
  StreamEvent,
} from '@openai/agents';
import type { ResponseStreamEvent } from 'openai/resources/responses/responses';
import type { Annotation, HiddenContextItem, ThreadStreamEvent } from '../chatkit/index.js';
import type { Answer } from './answer.js';
import { imageAsDataUrl, Images, type StoreImage } from './images.js';
import { Messages } from './messages.js';
import {
  annotationOf,
  asResponseEvent,
  writeGenericEvent,
  writeResponseEvent,
  type AnswerItems,
  type ReadCitation,
} from './response-events.js';
import { functionTask, isClientTool, stepOf, toolRecord } from './tools.js';

const cutOffNotice: ThreadStreamEvent = {
  type: 'notice',
  level: 'info',
  message: 'The answer was cut off because it became too long.',
};

const hasTextOutput = ({ outputType }: { readonly outputType: unknown }): boolean =>
  outputType === undefined || outputType === 'text';

const textOf = (output: unknown): string =>
  typeof output === 'string' ? output : output === undefined ? '' : JSON.stringify(output);

export interface RunEventsOptions {
  /** A `data:` URL by default. */
  readonly storeImage?: StoreImage | undefined;
  /** What is shown for a citation of the model; by default, what it names. */
  readonly citation?: ReadCitation | undefined;
}

/** Turns the events of one run of the SDK into events of the thread. */
export class RunEvents {
  readonly #answer: Answer;
  readonly #items: { -readonly [Key in keyof AnswerItems]: AnswerItems[Key] };
  readonly #calls = new Map<string, { name: string; arguments: string; tool: unknown }>();

  constructor(
    agent: { readonly outputType: unknown },
    answer: Answer,
    { storeImage = imageAsDataUrl, citation }: RunEventsOptions = {},
  ) {
    this.#answer = answer;
    const { steps, itemOptions } = answer;
    this.#items = {
      steps,
      messages: new Messages({ ...itemOptions, onBegin: () => steps.end() }),
      images: new Images({ ...itemOptions, storeImage }),
      streamsText: hasTextOutput(agent),
      onCutOff: () => answer.emit(cutOffNotice),
      annotationOf: annotationOf(citation),
    };
  }

  /** Whether the final output has to be written as a message: structured output is not streamed. */
  get needsOutputText(): boolean {
    return !this.#items.streamsText;
  }

  /** Writes an event of the model; returns a promise only when that takes time. */
  readonly writeResponse = (event: ResponseStreamEvent): Promise<void> | undefined =>
    writeResponseEvent(event, this.#items);

  /** Writes an event of the run; returns a promise only when that takes time. */
  write(event: RunStreamEvent): Promise<void> | undefined {
    switch (event.type) {
      case 'raw_model_stream_event': {
        const { data } = event;
        if (data.type === 'model') {
          const raw = asResponseEvent(data.event);
          return raw === null ? undefined : this.writeResponse(raw);
        }
        // The same in the SDK's form; of a model that speaks the Responses API, its own events hold more.
        if (asResponseEvent(data.providerData) === null) writeGenericEvent(data, this.#items);
        return undefined;
      }
      case 'run_item_stream_event':
        this.#writeItem(event);
        return undefined;
      case 'agent_updated_stream_event':
        this.#items.streamsText = hasTextOutput(event.agent);
        return undefined;
    }
  }

  /** Shows a call that has waited for an approval; its output is recorded when it comes. */
  resumeCall({ rawItem, agent }: RunToolApprovalItem): void {
    if (rawItem.type !== 'function_call') return;
    const { name, callId, arguments: args } = rawItem;
    const tool: unknown = (agent as Agent).tools.find((candidate) => candidate.name === name);
    this.#calls.set(callId, { name, arguments: args, tool });
    const step = stepOf(tool);
    if (step !== null) this.#items.steps.set(callId, functionTask(name, 'loading', step));
  }

  #writeItem({ item }: Extract<RunStreamEvent, { type: 'run_item_stream_event' }>): void {
    const { steps } = this.#items;
    if (item.type === 'tool_call_item' && item.rawItem.type === 'function_call') {
      const { name, callId, arguments: args } = item.rawItem;
      const tool = item.agent.tools.find((candidate) => candidate.name === name);
      if (isClientTool(tool)) return;
      this.#calls.set(callId, { name, arguments: args, tool });
      const step = stepOf(tool);
      if (step !== null) steps.set(callId, functionTask(name, 'loading', step));
    }
    if (item.type === 'tool_call_output_item' && item.rawItem.type === 'function_call_result') {
      const { callId } = item.rawItem;
      const call = this.#calls.get(callId);
      if (call === undefined) return;
      this.#calls.delete(callId);
      if (steps.get(callId) !== undefined) {
        steps.set(callId, functionTask(call.name, 'complete', stepOf(call.tool) ?? {}));
      }
      const { newId, now, threadId } = this.#answer.itemOptions;
      const record: HiddenContextItem = {
        type: 'hidden_context_item',
        id: newId('message'),
        thread_id: threadId,
        created_at: now(),
        content: toolRecord(callId, call.name, call.arguments, textOf(item.output)),
      };
      this.#answer.emit({ type: 'thread.item.done', item: record });
    }
  }

  /** Adds a whole message. */
  addMessage(text: string, annotations?: readonly Annotation[]): void {
    this.#items.messages.add(text, annotations);
  }

  /** Ends the items that are open. */
  end(): void {
    this.#items.messages.endAll();
    this.#items.steps.end();
  }
}

type ModelRequest = Parameters<Model['getStreamedResponse']>[0];

/** Takes an event of the run's own models; awaited when it returns a promise. */
export type WriteResponse = (event: ResponseStreamEvent) => Promise<void> | undefined;

/** The events of a model's stream, without those of the Responses API if `write` takes them. */
async function* modelEvents(
  events: AsyncIterable<StreamEvent>,
  write: WriteResponse | null,
): AsyncGenerator<StreamEvent, void> {
  for await (const event of events) {
    const raw = write !== null && event.type === 'model' ? asResponseEvent(event.event) : null;
    if (write === null) {
      yield event;
    } else if (raw !== null) {
      const written = write(raw);
      if (written !== undefined) await written;
    } else if (event.type !== 'output_text_delta' || asResponseEvent(event.providerData) === null) {
      yield event;
    }
  }
}

class RunModel implements Model {
  readonly #model: Model;
  readonly #writeOf: (request: ModelRequest) => WriteResponse | null;

  constructor(model: Model, writeOf: (request: ModelRequest) => WriteResponse | null) {
    this.#model = model;
    this.#writeOf = writeOf;
  }

  getResponse(request: ModelRequest): ReturnType<Model['getResponse']> {
    return this.#model.getResponse(request);
  }

  getRetryAdvice(...args: Parameters<NonNullable<Model['getRetryAdvice']>>) {
    return this.#model.getRetryAdvice?.(...args);
  }

  getStreamedResponse(request: ModelRequest): AsyncIterable<StreamEvent> {
    return modelEvents(this.#model.getStreamedResponse(request), this.#writeOf(request));
  }
}

/**
 * The models of one run.
 *
 * @param write gets the model's events as they arrive. The SDK would pass each through its run loop and a
 *   queue, twice for each piece of text: half of the CPU time of an answer. Null: they take that way.
 */
export function runModels(provider: ModelProvider, write: WriteResponse | null): ModelProvider {
  let ownSignal: AbortSignal | null | undefined = null;
  /**
   * The run's own requests come first, and all with the same signal. An agent that is used as a tool has
   * another one; its text is not for the visitor.
   */
  const writeOf = ({ signal }: ModelRequest): WriteResponse | null => {
    if (ownSignal === null) ownSignal = signal;
    return signal !== undefined && signal === ownSignal ? write : null;
  };
  return { getModel: async (name) => new RunModel(await provider.getModel(name), writeOf) };
}
