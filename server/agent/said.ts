import type { Model, ModelProvider } from '@openai/agents';

type ModelRequest = Parameters<Model['getResponse']>[0];
type ModelOutput = Awaited<ReturnType<Model['getResponse']>>['output'];

/** What a model says to people, of all that it answers; null when it only calls tools. */
export function saidIn(output: ModelOutput): string | null {
  const texts = output.flatMap((item) =>
    'role' in item && item.role === 'assistant'
      ? item.content.flatMap((part) => (part.type === 'output_text' ? part.text : []))
      : [],
  );
  return texts.length === 0 ? null : texts.join('');
}

/**
 * Models that tell what they have said. Some workflows of Agent Builder end without returning anything: their
 * answer is what the last model said.
 */
export function listening(provider: ModelProvider, onSaid: (text: string) => void): ModelProvider {
  const hear = (output: ModelOutput) => {
    const text = saidIn(output);
    if (text !== null) onSaid(text);
  };
  const wrap = (model: Model): Model => ({
    getResponse: async (request: ModelRequest) => {
      const response = await model.getResponse(request);
      hear(response.output);
      return response;
    },
    async *getStreamedResponse(request: ModelRequest) {
      for await (const event of model.getStreamedResponse(request)) {
        if (event.type === 'response_done') hear(event.response.output);
        yield event;
      }
    },
    getRetryAdvice: (args) => model.getRetryAdvice?.(args),
  });
  return { getModel: async (name) => wrap(await provider.getModel(name)) };
}
