import type { Model, ModelProvider, ModelResponse, StreamEvent } from '@openai/agents';
import { chatEvents, chatResponse } from './chat-completions.js';
import { smallerRequest } from './context-overflow.js';
import { AgentFailure, toFailure } from './failures.js';
import { asResponseEvent } from './response-events.js';
import { cleanOutput, responseEvents } from './response-thoughts.js';

/** Which API of the server the models speak. */
export type AgentApi = 'responses' | 'chat-completions';

type ModelRequest = Parameters<Model['getResponse']>[0];

/** Whether there is nothing for the visitor and nothing to do: no text, no call, thoughts alone. */
const isEmpty = ({ output }: { readonly output: ModelResponse['output'] }): boolean =>
  output.every((item) => {
    if (item.type === 'reasoning') return true;
    if (!('role' in item)) return false;
    return (
      item.role === 'assistant' &&
      item.content.every((part) => part.type === 'output_text' && part.text.trim() === '')
    );
  });

/**
 * A request after an overflow.
 *
 * @throws the error, when it is another one or nothing can be left out
 */
function smallerAfter(error: unknown, request: ModelRequest): ModelRequest {
  const failure = toFailure(error);
  const { cause } = failure;
  const refusal = cause instanceof Error ? cause.message : '';
  const smaller = failure.code === 'context_too_long' ? smallerRequest(request, refusal) : null;
  if (smaller === null) throw error;
  return smaller;
}

const announcements = ['response.created', 'response.queued', 'response.in_progress'];

/** Whether an event is a part of an answer, after which nothing may be asked again. */
function isAnswer(event: StreamEvent): boolean {
  if (event.type === 'response_started') return false;
  const raw = event.type === 'model' ? asResponseEvent(event.event) : null;
  return raw === null || !announcements.includes(raw.type);
}

type Done = Extract<StreamEvent, { type: 'response_done' }>;

/** The end of an answer, with the tokens of an empty one before it. */
function withUsage(done: Done, empty: Done | null): Done {
  if (empty === null) return done;
  const [first, second] = [empty.response.usage, done.response.usage];
  const usage = {
    ...second,
    inputTokens: first.inputTokens + second.inputTokens,
    outputTokens: first.outputTokens + second.outputTokens,
    totalTokens: first.totalTokens + second.totalTokens,
  };
  return { ...done, response: { ...done.response, usage } };
}

/**
 * A model that answers: thoughts are told from the answer, a conversation that does not fit is sent again
 * once with less of it, and an empty answer is asked for once more. The SDK would ask ten times.
 */
class CompatibleModel implements Model {
  readonly #model: Model;
  readonly #api: AgentApi;

  constructor(model: Model, api: AgentApi) {
    this.#model = model;
    this.#api = api;
  }

  getRetryAdvice(...args: Parameters<NonNullable<Model['getRetryAdvice']>>) {
    return this.#model.getRetryAdvice?.(...args);
  }

  async getResponse(request: ModelRequest): Promise<ModelResponse> {
    let asked = request;
    const first = await this.#whole(asked).catch((error: unknown) => {
      asked = smallerAfter(error, asked);
      return this.#whole(asked);
    });
    if (!isEmpty(first)) return first;
    const second = await this.#whole(asked);
    if (isEmpty(second)) throw new AgentFailure('no_answer');
    second.usage.add(first.usage);
    return second;
  }

  async #whole(request: ModelRequest): Promise<ModelResponse> {
    const response = await this.#model.getResponse(request);
    return this.#api === 'chat-completions'
      ? chatResponse(response, request.input)
      : { ...response, output: cleanOutput(response.output) };
  }

  async *getStreamedResponse(request: ModelRequest): AsyncGenerator<StreamEvent, void> {
    let asked = request;
    let isSmaller = false;
    let empty: Done | null = null;
    for (;;) {
      let hasBegun = false;
      let done: Done | null = null;
      try {
        for await (const event of this.#events(asked)) {
          hasBegun ||= isAnswer(event);
          if (event.type === 'response_done') {
            done = withUsage(event, empty);
          }
          // What follows an empty end may say why it is empty.
          if (done === null) yield event;
          else if (!isEmpty(done.response)) yield event.type === 'response_done' ? done : event;
        }
      } catch (error) {
        if (hasBegun || isSmaller) throw error;
        asked = smallerAfter(error, asked);
        isSmaller = true;
        continue;
      }
      if (done === null || !isEmpty(done.response)) return;
      if (empty !== null) {
        yield done;
        throw new AgentFailure('no_answer');
      }
      empty = done;
    }
  }

  #events(request: ModelRequest): AsyncIterable<StreamEvent> {
    const events = this.#model.getStreamedResponse(request);
    return this.#api === 'chat-completions'
      ? chatEvents(events, request.input)
      : responseEvents(events);
  }
}

/** The models of a provider, whose answers are those of OpenAI's whatever the server. */
export const compatibleModels = (provider: ModelProvider, api: AgentApi): ModelProvider => ({
  getModel: async (name) => new CompatibleModel(await provider.getModel(name), api),
});
