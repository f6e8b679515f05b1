import { Readable } from 'node:stream';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { newResponse, responseEvents, wholeResponse } from '@taskpilot-chat/server/testing';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { OpenAIStyleError } from './openai-error.js';
import { type InputItem, script, type ScriptRequest } from './responses-script.js';
import type { Scenario } from './scenarios.js';
import { TaskLists } from './task-list.js';

export interface ResponsesOptions {
  readonly apiKey: string;
  readonly wordDelayMs: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** A thread's whole history is sent each time. */
export const responsesBodyLimit = 10_000_000;
/** Events that `stream-breaks` sends before it closes the connection. */
const eventsBeforeBreak = 8;
const maxBroken = 1000;

type Body = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Body =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const invalid = (message: string, param: string | null = null, code: string | null = null) =>
  new OpenAIStyleError(400, message, { param, code });

function parseInput(input: unknown): InputItem[] {
  if (typeof input === 'string') return [{ role: 'user', content: input }];
  if (!Array.isArray(input) || !input.every(isObject)) {
    throw invalid("Invalid type for 'input': expected a string or an array of objects.", 'input');
  }
  const calls = new Set(
    input.filter(({ type }) => type === 'function_call').map((item) => item['call_id']),
  );
  for (const item of input) {
    if (item['type'] === 'function_call_output' && !calls.has(item['call_id'])) {
      throw invalid(
        `No tool call found for function call output with call_id ${String(item['call_id'])}.`,
        'input',
      );
    }
    if (item['type'] === undefined && typeof item['role'] !== 'string') {
      throw invalid("Missing required parameter: 'input[].type'.", 'input');
    }
  }
  const answered = new Set(
    input.filter(({ type }) => type === 'function_call_output').map((item) => item['call_id']),
  );
  for (const call of calls) {
    if (!answered.has(call)) {
      throw invalid(`No tool output found for function call ${String(call)}.`, 'input');
    }
  }
  return input;
}

const noModel = (model: string) =>
  new OpenAIStyleError(
    404,
    `The model \`${model}\` does not exist or you do not have access to it.`,
    { code: 'model_not_found' },
  );

/** Any model is known, but those whose name begins so. */
const isMissing = (model: string): boolean => model.startsWith('missing-');

function parseBody(
  body: unknown,
): ScriptRequest & { readonly stream: boolean; readonly raw: Body } {
  if (!isObject(body)) throw invalid('The body must be a JSON object.');
  const { model, input, instructions, tools, stream, text } = body;
  if (typeof model !== 'string' || model === '') {
    throw invalid("Missing required parameter: 'model'.", 'model', 'missing_required_parameter');
  }
  if (isMissing(model)) throw noModel(model);
  if (stream != null && typeof stream !== 'boolean') {
    throw invalid("Invalid type for 'stream': expected a boolean.", 'stream');
  }
  const format = isObject(text) && isObject(text['format']) ? text['format'] : {};
  const user = body['safety_identifier'] ?? body['user'];
  return {
    raw: body,
    stream: stream === true,
    input: parseInput(input),
    instructions: typeof instructions === 'string' ? instructions : '',
    tools: (Array.isArray(tools) ? tools.filter(isObject) : [])
      .filter(({ type }) => type === 'function')
      .map(({ name }) => String(name)),
    schema: format['type'] === 'json_schema' ? (format['schema'] as Schema) : null,
    user: typeof user === 'string' ? user : null,
  };
}

export function checkKey({ headers }: FastifyRequest, apiKey: string): void {
  if (headers.authorization === `Bearer ${apiKey}`) return;
  throw new OpenAIStyleError(401, 'Incorrect API key provided.', { code: 'invalid_api_key' });
}

/** `GET /v1/models/{model}`. */
export const createModels =
  (apiKey: string) =>
  (request: FastifyRequest): object => {
    checkKey(request, apiKey);
    const { model } = request.params as { model: string };
    if (isMissing(model)) throw noModel(model);
    return { id: model, object: 'model', created: 1_764_000_000, owned_by: 'sandbox' };
  };

/** The models of the task assistant, of the examples and of guardrails; `GET /v1/models/{model}` knows more. */
const listedModels = [
  ...['gpt-6-luna', 'gpt-5', 'gpt-5-mini', 'gpt-4.1', 'gpt-4.1-mini'],
  'omni-moderation-latest',
];

/** `GET /v1/models`. */
export const createModelList =
  (apiKey: string) =>
  (request: FastifyRequest): object => {
    checkKey(request, apiKey);
    const data = listedModels.map((id) => ({
      ...{ id, object: 'model', created: 1_764_000_000, owned_by: 'sandbox' },
      shutdown_date: null,
    }));
    return { object: 'list', data };
  };

/** `POST /v1/responses`: a scripted model in the API's format. */
export function createResponses({ apiKey, wordDelayMs, now }: ResponsesOptions) {
  const lists = new TaskLists();
  const broken = new Set<string>();

  /** The conversation whose answer is to be cut: the scenario cuts the first text of each, not titles and calls of tools. */
  function toBreak(scenario: Scenario, { input, instructions }: ScriptRequest): string | null {
    if (scenario !== 'stream-breaks' || instructions.includes('title')) return null;
    const key = JSON.stringify(input[0]);
    return broken.has(key) ? null : key;
  }

  return async (request: FastifyRequest, reply: FastifyReply, scenario: Scenario) => {
    checkKey(request, apiKey);
    const parsed = parseBody(request.body);
    const response = newResponse(parsed.raw, Math.floor(now() / 1000));
    const outputs = script(parsed, lists);
    const closed = new AbortController();
    reply.raw.once('close', () => closed.abort());
    const delayMs = scenario === 'slow' ? wordDelayMs * 8 : wordDelayMs;
    const pause = () =>
      delayMs > 0 ? sleep(delayMs, undefined, { signal: closed.signal }) : undefined;
    if (!parsed.stream) {
      await pause();
      return reply.send(wholeResponse(response, outputs));
    }
    const conversation = outputs.some(({ type }) => type === 'function_call')
      ? null
      : toBreak(scenario, parsed);
    // Flushes what was written before the connection closes.
    const breakOff = async () => {
      const isWaiting = () => stream.readableLength + reply.raw.writableLength > 0;
      while (!stream.destroyed && isWaiting()) await turn();
      reply.raw.destroy();
    };
    const lines = async function* () {
      let sent = 0;
      try {
        for (const event of responseEvents(response, outputs)) {
          if (event.type.endsWith('.delta')) await pause();
          yield `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
          if (conversation === null || ++sent !== eventsBeforeBreak) continue;
          if (broken.size >= maxBroken) broken.clear();
          broken.add(conversation);
          await breakOff();
        }
      } catch (error) {
        if (!closed.signal.aborted) throw error;
      }
    };
    const stream: Readable = Readable.from(lines());
    return reply
      .type('text/event-stream; charset=utf-8')
      .header('cache-control', 'no-cache')
      .send(stream);
  };
}

/** The part of JSON Schema that `exampleOf` supports. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly anyOf?: readonly Schema[];
}

/** The choice that occurs in the message, or the first. */
function choose(choices: readonly unknown[], message: string): unknown {
  const lower = message.toLowerCase();
  return choices.find((choice) => lower.includes(String(choice).toLowerCase())) ?? choices[0];
}

/** A value that matches the schema: strings are the answer, enums are matched against the message. */
export function exampleOf(schema: Schema, message: string, answer: string): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return choose(schema.enum, message);
  const [first] = schema.anyOf ?? [];
  if (first !== undefined) return exampleOf(first, message, answer);
  const type = typeof schema.type === 'string' ? schema.type : schema.type?.[0];
  switch (type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([name, property]) => [
          name,
          exampleOf(property, message, answer),
        ]),
      );
    case 'array':
      return [];
    case 'number':
    case 'integer':
      return 0;
    case 'boolean':
      return false;
    case 'null':
      return null;
    default:
      return answer;
  }
}
