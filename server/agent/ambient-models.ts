import type { AgentInputItem, Model, ModelProvider } from '@openai/agents';
import { isDeepStrictEqual } from 'node:util';

type ModelRequest = Parameters<Model['getResponse']>[0];
type ModelOutput = Awaited<ReturnType<Model['getResponse']>>['output'];

/**
 * A workflow that runs its agents by itself, and knows nothing of us: what its models are told of us, and
 * what we are told by them.
 */
export interface AmbientWork {
  /** Ends its requests. */
  readonly signal: AbortSignal;
  /** The message that it answers. */
  readonly message: string;
  /** What was said before; empty when the workflow is not to know it. */
  readonly earlier: readonly AgentInputItem[];
  /** What a model has said last. */
  said: string | null;
}

/** What a model says to people, of all that it answers; null when it only calls tools. */
function saidIn(output: ModelOutput): string | null {
  const texts = output.flatMap((item) =>
    'role' in item && item.role === 'assistant'
      ? item.content.flatMap((part) => (part.type === 'output_text' ? part.text : []))
      : [],
  );
  return texts.length === 0 ? null : texts.join('');
}

function textOf(item: AgentInputItem | undefined): string | null {
  if (item === undefined || !('role' in item) || item.role !== 'user') return null;
  if (typeof item.content === 'string') return item.content;
  return item.content.map((part) => (part.type === 'input_text' ? part.text : '')).join('');
}

/**
 * The request with what was said before, when it begins with the message: so does everything that an
 * exported workflow tells its agents. One that has got the conversation from us gets it no second time.
 */
function withEarlier(request: ModelRequest, { message, earlier }: AmbientWork): ModelRequest {
  const input: AgentInputItem[] =
    typeof request.input === 'string'
      ? [{ type: 'message', role: 'user', content: request.input }]
      : request.input;
  const knows = isDeepStrictEqual(input.slice(0, earlier.length), earlier);
  if (knows || textOf(input[0]) !== message) return request;
  return { ...request, input: [...earlier, ...input] };
}

/** The models of workflows: they know the conversation, and what they say is heard. */
export function ambientModels(
  provider: ModelProvider,
  current: () => AmbientWork | undefined,
): ModelProvider {
  const prepare = (request: ModelRequest): ModelRequest => {
    const work = current();
    return work === undefined ? request : withEarlier(request, work);
  };
  const hear = (output: ModelOutput) => {
    const [work, text] = [current(), saidIn(output)];
    if (work !== undefined && text !== null) work.said = text;
  };
  const wrap = (model: Model): Model => ({
    getResponse: async (request) => {
      const response = await model.getResponse(prepare(request));
      hear(response.output);
      return response;
    },
    async *getStreamedResponse(request) {
      for await (const event of model.getStreamedResponse(prepare(request))) {
        if (event.type === 'response_done') hear(event.response.output);
        yield event;
      }
    },
    getRetryAdvice: (args) => model.getRetryAdvice?.(args),
  });
  return { getModel: async (name) => wrap(await provider.getModel(name)) };
}
