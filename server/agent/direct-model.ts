import type { Model, ModelProvider, StreamEvent } from '@openai/agents';
import type { ResponseStreamEvent } from 'openai/resources/responses/responses';
import { isResponsesType, typeOf } from './model-events.js';

type ModelRequest = Parameters<Model['getStreamedResponse']>[0];

/** Shows an event as it comes; to be awaited when it takes its time. */
export type Show = (event: ResponseStreamEvent) => Promise<void> | undefined;

/** Which of the streams that go through a provider are those of the run itself. */
class Run {
  #signal: AbortSignal | null | undefined = null;

  /**
   * The run's own requests come first, and all with the same signal; an agent that is used as a tool has
   * another one, and what it says is not for the visitor.
   */
  owns({ signal }: ModelRequest): boolean {
    if (this.#signal === null) this.#signal = signal;
    return signal !== undefined && this.#signal === signal;
  }
}

class DirectModel implements Model {
  readonly #model: Model;
  readonly #run: Run;
  readonly #show: Show;

  constructor(model: Model, run: Run, show: Show) {
    this.#model = model;
    this.#run = run;
    this.#show = show;
  }

  getResponse(request: ModelRequest): ReturnType<Model['getResponse']> {
    return this.#model.getResponse(request);
  }

  getRetryAdvice(...args: Parameters<NonNullable<Model['getRetryAdvice']>>) {
    return this.#model.getRetryAdvice?.(...args);
  }

  getStreamedResponse(request: ModelRequest): AsyncIterable<StreamEvent> {
    const events = this.#model.getStreamedResponse(request);
    return this.#run.owns(request) ? this.#direct(events) : events;
  }

  async *#direct(events: AsyncIterable<StreamEvent>): AsyncGenerator<StreamEvent, void> {
    for await (const event of events) {
      if (event.type === 'model') {
        const raw = event.event as unknown;
        if (isResponsesType(typeOf(raw))) {
          const shown = this.#show(raw as ResponseStreamEvent);
          if (shown !== undefined) await shown;
          continue;
        }
      } else if (
        event.type === 'output_text_delta' &&
        isResponsesType(typeOf(event.providerData))
      ) {
        continue;
      }
      yield event;
    }
  }
}

/**
 * Models whose events are shown where they arrive. The SDK would pass each through its run loop and a queue of
 * its own, twice for each piece of text: half of what an answer costs.
 */
export function directModels(provider: ModelProvider, show: Show): ModelProvider {
  const run = new Run();
  return {
    getModel: async (name) => new DirectModel(await provider.getModel(name), run, show),
  };
}
