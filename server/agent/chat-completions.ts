import type { AgentInputItem, ModelResponse, StreamEvent } from '@openai/agents';
import { randomBytes } from 'node:crypto';
import type { Response } from 'openai/resources/responses/responses';
import { AgentFailure, className } from './failures.js';
import { modelEvent, ThoughtEvents } from './thought-events.js';
import { ThoughtSplitter, type TextPart } from './thoughts.js';

/** A piece of a tool call, as compatible servers send it: with an id or without, in pieces or at once. */
interface ToolCallDelta {
  readonly index?: number;
  readonly id?: string | null;
  readonly function?: { readonly name?: string | null; readonly arguments?: unknown };
}

/** What is known of a message's fields, in a stream or whole; each server leaves out some. */
interface ChatMessage {
  readonly content?: unknown;
  readonly refusal?: string | null;
  /** Of DeepSeek and older vLLM. */
  readonly reasoning_content?: unknown;
  /** Of Ollama, OpenRouter and vLLM. */
  readonly reasoning?: unknown;
  readonly tool_calls?: readonly ToolCallDelta[] | null;
}

interface ChatChunk {
  readonly choices?:
    | readonly {
        readonly delta?: ChatMessage | null;
        readonly message?: ChatMessage;
        readonly finish_reason?: string | null;
      }[]
    | null;
}

type Done = Extract<StreamEvent, { type: 'response_done' }>;
type Output = Done['response']['output'];

interface ToolCall {
  id: string;
  name: string;
  args: string;
}

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
};

/** Some servers give the arguments as an object. */
const argumentsText = (value: unknown): string =>
  typeof value === 'string'
    ? value
    : value === undefined || value === null
      ? ''
      : JSON.stringify(value);

/** Nine letters and digits, the only form that Mistral's models take. */
const newCallId = (): string => randomBytes(8).toString('hex').slice(0, 9);

/** The tool calls of one answer. */
class ToolCalls {
  readonly #calls: ToolCall[] = [];
  readonly #byIndex = new Map<number, ToolCall>();

  add(delta: ToolCallDelta): void {
    const index = delta.index ?? this.#calls.length - (this.#continues(delta) ? 1 : 0);
    const name = delta.function?.name ?? '';
    const args = argumentsText(delta.function?.arguments);
    const known = this.#byIndex.get(index);
    if (known === undefined || this.#isAnother(known, delta)) {
      const call = { id: delta.id ?? '', name, args };
      this.#calls.push(call);
      this.#byIndex.set(index, call);
      return;
    }
    known.id ||= delta.id ?? '';
    // Some repeat the name with each piece.
    if (known.name !== name) known.name += name;
    // Bedrock sends an empty object before the arguments.
    known.args = known.args === '{}' ? args : known.args + args;
  }

  /** Whether a piece without an index belongs to the last call. */
  #continues({ id, function: called }: ToolCallDelta): boolean {
    return (id ?? '') === '' && (called?.name ?? '') === '';
  }

  /** Whether a piece begins a call although its index is taken: some servers give all calls the index 0. */
  #isAnother(known: ToolCall, { id, function: called }: ToolCallDelta): boolean {
    if (id && known.id !== '' && id !== known.id) return true;
    const isWhole = isJson(known.args) && isJson(argumentsText(called?.arguments));
    return (called?.name ?? '') !== '' && isWhole && known.args !== '{}';
  }

  /** @param taken ids of earlier calls, which the SDK would take for the same call */
  output(taken: ReadonlySet<string>): Output {
    const ids = new Set(taken);
    return this.#calls.map(({ id, name, args }) => {
      const callId = id === '' || ids.has(id) ? newCallId() : id;
      ids.add(callId);
      return {
        type: 'function_call',
        callId,
        name,
        arguments: args === '' ? '{}' : args,
        status: 'completed',
      };
    });
  }
}

/** The text of a message, and the thoughts in it: Mistral sends a list of parts, the others a text. */
function partsOf(content: unknown): TextPart[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  if (!Array.isArray(content)) return [];
  return (content as readonly Record<string, unknown>[]).flatMap((part): TextPart[] => {
    if (part['type'] === 'thinking') {
      return partsOf(part['thinking']).map(({ text }) => ({ type: 'thought', text }));
    }
    return typeof part['text'] === 'string' ? [{ type: 'text', text: part['text'] }] : [];
  });
}

/** What is read of the event for an answer that was cut off. */
const cutOff = modelEvent({
  type: 'response.incomplete',
  response: {
    output: [],
    incomplete_details: { reason: 'max_output_tokens' },
  } as unknown as Response,
  sequence_number: 0,
});

/** Collects one answer of Chat Completions in the shapes of compatible servers. */
class ChatAnswer {
  readonly #splitter = new ThoughtSplitter();
  readonly #thoughts = new ThoughtEvents();
  readonly #calls = new ToolCalls();
  readonly #taken: ReadonlySet<string>;
  #text = '';
  #refusal = '';
  /** White space before the answer, which may be all there is. */
  #blank = '';
  #finish: string | null = null;

  constructor(input: string | readonly AgentInputItem[]) {
    const calls = typeof input === 'string' ? [] : input;
    this.#taken = new Set(
      calls.flatMap((item) => (item.type === 'function_call' ? [item.callId] : [])),
    );
  }

  /** @returns events for the visitor */
  add({ choices }: ChatChunk): StreamEvent[] {
    const [choice] = choices ?? [];
    if (choice === undefined) return [];
    this.#finish = choice.finish_reason ?? this.#finish;
    const message = choice.delta ?? choice.message ?? {};
    const { reasoning_content: reasoning = message.reasoning } = message;
    const events = typeof reasoning === 'string' ? this.#thoughts.push(reasoning) : [];
    for (const part of partsOf(message.content)) {
      const parts = part.type === 'text' ? this.#splitter.push(part.text) : [part];
      events.push(...parts.flatMap((piece) => this.#write(piece)));
    }
    if (message.refusal) {
      this.#refusal += message.refusal;
      events.push(...this.#thoughts.flush());
    }
    for (const call of message.tool_calls ?? []) this.#calls.add(call);
    return events;
  }

  /**
   * @returns events for the visitor
   * @throws {AgentFailure} when a filter stopped the answer
   */
  end(): StreamEvent[] {
    const events = this.#splitter.end().flatMap((part) => this.#write(part));
    events.push(...this.#thoughts.flush());
    if (this.#finish === 'content_filter') throw new AgentFailure('content_filtered');
    return events;
  }

  get isCutOff(): boolean {
    return this.#finish === 'length';
  }

  get output(): Output {
    const content = [
      ...(this.#text === '' ? [] : [{ type: 'output_text' as const, text: this.#text }]),
      ...(this.#refusal === '' ? [] : [{ type: 'refusal' as const, refusal: this.#refusal }]),
    ];
    const message = { type: 'message', role: 'assistant', status: 'completed', content } as const;
    return [...(content.length === 0 ? [] : [message]), ...this.#calls.output(this.#taken)];
  }

  #write({ type, text }: TextPart): StreamEvent[] {
    if (type === 'thought') return this.#thoughts.push(text);
    if (this.#text === '' && text.trim() === '') {
      this.#blank += text;
      return [];
    }
    const delta = this.#blank + text;
    this.#blank = '';
    this.#text += delta;
    return [...this.#thoughts.flush(), { type: 'output_text_delta', delta }];
  }
}

type Input = string | readonly AgentInputItem[];

const noUsage = { inputTokens: 0, outputTokens: 0, totalTokens: 0 };

/** From @openai/agents 0.15 on the SDK throws at the end of an answer that was cut off before its first word. */
async function* endedEvents(
  events: AsyncIterable<StreamEvent>,
  answer: ChatAnswer,
): AsyncGenerator<StreamEvent, void> {
  try {
    yield* events;
  } catch (error) {
    if (!answer.isCutOff || className(error) !== 'ModelBehaviorError') throw error;
    yield { type: 'response_done', response: { id: '', output: [], usage: noUsage } };
  }
}

/**
 * The events of the SDK's Chat Completions model, made anew from the server's chunks: it knows OpenAI's alone, so
 * that thoughts are lost or part of the answer, and calls without index or id become one.
 */
export async function* chatEvents(
  events: AsyncIterable<StreamEvent>,
  input: Input,
): AsyncGenerator<StreamEvent, void> {
  const answer = new ChatAnswer(input);
  for await (const event of endedEvents(events, answer)) {
    switch (event.type) {
      case 'model':
        yield* answer.add(event.event as ChatChunk);
        break;
      case 'response_done':
        yield* answer.end();
        yield { ...event, response: { ...event.response, output: answer.output } };
        if (answer.isCutOff) yield cutOff;
        break;
      case 'response_started':
        yield event;
        break;
      default:
    }
  }
}

/**
 * A whole answer of the SDK's Chat Completions model, as `chatEvents`.
 *
 * @throws {AgentFailure} when a filter stopped the answer
 */
export function chatResponse(response: ModelResponse, input: Input): ModelResponse {
  const answer = new ChatAnswer(input);
  answer.add(response.providerData as ChatChunk);
  answer.end();
  return { ...response, output: answer.output };
}
