import { randomUUID } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { OpenAIStyleError } from './openai-error.js';
import { checkKey, exampleOf } from './responses.js';
import { script } from './responses-script.js';
import { TaskLists } from './task-list.js';

/*
 * What guardrails of an agent ask OpenAI for. It stands in for them, so that they run: it is no judge of any text.
 */

type Body = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Body =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function bodyOf({ body }: FastifyRequest): Body {
  if (isObject(body)) return body;
  throw new OpenAIStyleError(400, 'The body must be a JSON object.');
}

const missing = (name: string) =>
  new OpenAIStyleError(400, `Missing required parameter: '${name}'.`, {
    param: name,
    code: 'missing_required_parameter',
  });

const categories = [
  ...['harassment', 'harassment/threatening', 'hate', 'hate/threatening', 'illicit'],
  ...['illicit/violent', 'self-harm', 'self-harm/instructions', 'self-harm/intent', 'sexual'],
  ...['sexual/minors', 'violence', 'violence/graphic'],
] as const;

/** The word that makes the sandbox object to a text. */
const flagWord = /\bflag this\b/i;

/** `POST /v1/moderations`: flags a text that says “flag this”, as violence. */
export const createModerations = (apiKey: string) => (request: FastifyRequest) => {
  checkKey(request, apiKey);
  const { input, model } = bodyOf(request);
  if (input === undefined) throw missing('input');
  const inputs: unknown[] = Array.isArray(input) ? input : [input];
  return {
    id: `modr-${randomUUID()}`,
    model: typeof model === 'string' ? model : 'omni-moderation-latest',
    results: inputs.map((text) => {
      const flagged = flagWord.test(JSON.stringify(text));
      const isHit = (name: string) => flagged && name === 'violence';
      return {
        flagged,
        categories: Object.fromEntries(categories.map((name) => [name, isHit(name)])),
        category_scores: Object.fromEntries(
          categories.map((name) => [name, isHit(name) ? 0.99 : 0.01]),
        ),
        category_applied_input_types: Object.fromEntries(
          categories.map((name) => [name, ['text']]),
        ),
      };
    }),
  };
};

function textOf(message: unknown): string {
  const content = isObject(message) ? message['content'] : '';
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .filter(isObject)
    .map(({ text }) => (typeof text === 'string' ? text : ''))
    .join('\n');
}

/** What the judge of a guardrail answers: it objects to a text that says “flag this”. */
function verdict(text: string): object {
  const flagged = flagWord.test(text);
  return { flagged, confidence: flagged ? 0.99 : 0.01 };
}

function answerTo(body: Body, lists: TaskLists): string {
  const messages = Array.isArray(body['messages']) ? (body['messages'] as unknown[]) : [];
  if (messages.length === 0) throw missing('messages');
  const input = messages.filter(isObject);
  const last = textOf(input.at(-1));
  const format = isObject(body['response_format']) ? body['response_format'] : {};
  if (format['type'] === 'json_object') return JSON.stringify(verdict(last));
  const isSystem = ({ role }: Body) => role === 'system' || role === 'developer';
  const instructions = input.filter(isSystem).map(textOf).join('\n');
  const user = typeof body['user'] === 'string' ? body['user'] : null;
  const others = input.filter((message) => !isSystem(message));
  const request = { instructions, input: others, tools: [], schema: null, user };
  const [output] = script(request, lists);
  const text = output?.type === 'message' ? output.text : '';
  const wrapped = isObject(format['json_schema']) ? format['json_schema']['schema'] : undefined;
  if (!isObject(wrapped)) return text;
  const example = exampleOf(wrapped, last, text);
  return JSON.stringify(isObject(example) ? withVerdict(example, last) : example);
}

/** The fields by which guardrails judge, where the schema has them. */
const withVerdict = (example: Body, text: string): Body => ({
  ...example,
  ...Object.fromEntries(Object.entries(verdict(text)).filter(([name]) => name in example)),
});

/** `POST /v1/chat/completions`, streamed or not: text and JSON, without tools. */
export function createChatCompletions(apiKey: string, now: () => number) {
  const lists = new TaskLists();
  return (request: FastifyRequest, reply: FastifyReply) => {
    checkKey(request, apiKey);
    const body = bodyOf(request);
    const { model, stream } = body;
    if (typeof model !== 'string' || model === '') throw missing('model');
    const content = answerTo(body, lists);
    const common = {
      id: `chatcmpl-${randomUUID()}`,
      created: Math.floor(now() / 1000),
      model,
    };
    const tokens = Math.ceil(content.length / 4);
    const usage = { prompt_tokens: 1, completion_tokens: tokens, total_tokens: tokens + 1 };
    if (stream !== true) {
      const message = { role: 'assistant', content, refusal: null };
      const choice = { index: 0, message, logprobs: null, finish_reason: 'stop' };
      return reply.send({ ...common, object: 'chat.completion', choices: [choice], usage });
    }
    const line = (value: object) => `data: ${JSON.stringify(value)}\n\n`;
    const chunk = (delta: object, finish_reason: string | null) =>
      line({
        ...common,
        object: 'chat.completion.chunk',
        choices: [{ index: 0, delta, logprobs: null, finish_reason }],
      });
    const wantsUsage = isObject(body['stream_options']) && body['stream_options']['include_usage'];
    const words = content.match(/\s*\S+\s*/g) ?? [];
    return reply
      .type('text/event-stream; charset=utf-8')
      .header('cache-control', 'no-cache')
      .send(
        [
          chunk({ role: 'assistant', content: '' }, null),
          ...words.map((word) => chunk({ content: word }, null)),
          chunk({}, 'stop'),
          ...(wantsUsage === true
            ? [line({ ...common, object: 'chat.completion.chunk', choices: [], usage })]
            : []),
          'data: [DONE]\n\n',
        ].join(''),
      );
  };
}
