import { Agent, tool } from '@openai/agents';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { ThreadStreamEvent } from '../chatkit/index.js';
import { createAgentResponder, type AgentResponderOptions } from './agent-responder.js';
import { createResponder } from './create-responder.js';
import {
  assistantMessage,
  collectFailures,
  Conversation,
  textsOf,
  userMessage,
} from './test/conversation.js';
import { chunk, says, useFakeChat, type ChatReply } from './test/fake-chat.js';
import { nodeImport, useModuleFolder } from './test/module-folder.js';

const folder = await useModuleFolder();
const fake = await useFakeChat();

const fail: AgentResponderOptions['onFailure'] = (failure) => {
  throw failure;
};
const timing = { random: () => 0, sleep: () => Promise.resolve() };

function responder(
  options: Partial<AgentResponderOptions> = {},
  openai: Partial<AgentResponderOptions['openai']> = {},
) {
  return createAgentResponder({
    openai: { apiKey: 'key', baseUrl: fake.baseUrl, api: 'chat-completions', timing, ...openai },
    onFailure: fail,
    ...options,
  });
}

const thoughtsOf = (events: readonly ThreadStreamEvent[]): string[] =>
  events.flatMap((event) =>
    event.type === 'thread.item.done' && event.item.type === 'workflow'
      ? event.item.workflow.tasks.flatMap((task) => (task.type === 'thought' ? task.content : []))
      : [],
  );

const deltasOf = (events: readonly ThreadStreamEvent[]): string[] =>
  events.flatMap((event) =>
    event.type === 'thread.item.updated' && 'delta' in event.update ? event.update.delta : [],
  );

const call = (index: number | undefined, id: string | undefined, name: string, args: string) => ({
  ...(index !== undefined && { index }),
  ...(id !== undefined && { id }),
  type: 'function',
  function: { name, arguments: args },
});

function weatherAgent() {
  const asked: string[] = [];
  const weather = tool({
    name: 'weather',
    description: 'Weather of a city',
    parameters: z.object({ city: z.string() }),
    execute: ({ city }) => {
      asked.push(city);
      return `Rain in ${city}`;
    },
  });
  return { asked, agent: new Agent({ name: 'Weather', model: 'test', tools: [weather] }) };
}

describe('A server with Chat Completions alone', () => {
  it('A10: answers, and gets nothing that is for OpenAI alone', async () => {
    fake.script = () => says('One ', 'two.');
    const conversation = new Conversation();
    const events = await conversation.say(await responder({ model: 'llama' }), 'Count');
    expect(deltasOf(events)).toEqual(['One ', 'two.']);
    expect(textsOf(events)).toEqual(['One two.']);
    expect(conversation.thread.title).toBe('A title');
    const [request] = fake.requests;
    expect(request?.headers['authorization']).toBe('Bearer key');
    expect(Object.keys(request?.body ?? {}).sort()).toEqual(
      ['max_tokens', 'messages', 'model', 'stream', 'stream_options'].sort(),
    );
    expect(request?.body.messages.map(({ role }) => role)).toEqual(['system', 'user']);
  });

  it('A10: is named to the operator when the Responses API is asked for', async () => {
    const { failures, onFailure } = collectFailures();
    const strict = await responder({ onFailure, titles: 'first-words' }, { api: 'responses' });
    await expect(new Conversation('Known').say(strict, 'Hi')).rejects.toThrow();
    expect(failures[0]?.[0]).toMatchObject({
      code: 'no_responses_api',
      status: 404,
      message: expect.stringContaining('AGENT_API=chat-completions') as string,
    });
  });

  it.each([
    [
      'vLLM, usage in a last chunk without choices',
      [
        chunk({ role: 'assistant', content: '' }),
        chunk({ content: 'Yes.' }),
        chunk({ content: '' }, { finish_reason: 'stop', stop_reason: null }),
        {
          id: 'chatcmpl-1',
          choices: [],
          usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
        },
      ],
    ],
    [
      'Ollama, without usage',
      [
        chunk({ role: 'assistant', content: 'Yes.' }),
        chunk({ role: 'assistant', content: '' }, { finish_reason: 'stop' }),
      ],
    ],
    [
      'Azure, a filter report before the answer',
      [
        {
          id: '',
          model: '',
          choices: [],
          prompt_filter_results: [{ prompt_index: 0, content_filter_results: {} }],
        },
        chunk({ role: 'assistant', content: '', refusal: null }),
        chunk({ content: 'Yes.' }, { content_filter_results: {} }),
        chunk({}, { finish_reason: 'stop' }),
      ],
    ],
    [
      'without indexes',
      [
        { choices: [{ delta: { content: 'Yes.' } }] },
        { choices: [{ delta: {}, finish_reason: 'stop' }] },
      ],
    ],
    [
      'choices that are null',
      [{ choices: null }, chunk({ content: 'Yes.' }), { choices: null, usage: null }],
    ],
    [
      'a message in parts, as Mistral sends it',
      [
        chunk({ content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'Hm.' }] }] }),
        chunk({ content: [{ type: 'text', text: 'Yes.' }] }),
      ],
    ],
  ])('A10: is understood: %s', async (_name, chunks) => {
    fake.script = () => ({ chunks });
    expect(textsOf(await new Conversation('Known').say(await responder(), 'Well?'))).toEqual([
      'Yes.',
    ]);
    expect(fake.requests).toHaveLength(1);
  });

  it.each<[string, object[]]>([
    [
      'pieces with one id',
      [
        call(0, 'call_1', 'weather', ''),
        { index: 0, function: { arguments: '{"city":' } },
        { index: 0, function: { arguments: '"Oslo"}' } },
      ],
    ],
    ['all at once, without an id', [call(0, undefined, 'weather', '{"city":"Oslo"}')]],
    ['without an index', [call(undefined, 'a', 'weather', '{"city":"Oslo"}')]],
    [
      'an object for arguments',
      [{ index: 0, function: { name: 'weather', arguments: { city: 'Oslo' } } }],
    ],
    [
      'the name repeated',
      [call(0, 'a', 'weather', '{"city"'), call(0, 'a', 'weather', ':"Oslo"}')],
    ],
    [
      'an empty object first',
      [call(0, 'a', 'weather', '{}'), { index: 0, function: { arguments: '{"city":"Oslo"}' } }],
    ],
  ])('A10: calls tools: %s', async (_name, deltas) => {
    const { agent, asked } = weatherAgent();
    fake.script = (_request, index): ChatReply =>
      index === 0
        ? {
            chunks: [
              ...deltas.map((delta) => chunk({ tool_calls: [delta] })),
              chunk({}, { finish_reason: 'tool_calls' }),
            ],
          }
        : says('Rain.');
    expect(
      textsOf(await new Conversation('Known').say(await responder({ agent }), 'Oslo?')),
    ).toEqual(['Rain.']);
    expect(asked).toEqual(['Oslo']);
    const roles = fake.requests[1]?.body.messages.map(({ role }) => role);
    expect(roles?.slice(-2)).toEqual(['assistant', 'tool']);
  });

  it('A10: tells two calls apart that have the same index', async () => {
    const { agent, asked } = weatherAgent();
    fake.script = (_request, index) =>
      index === 0
        ? {
            chunks: [
              chunk({
                tool_calls: [
                  call(0, undefined, 'weather', '{"city":"Oslo"}'),
                  call(0, undefined, 'weather', '{"city":"Rome"}'),
                ],
              }),
            ],
          }
        : says('Rain.');
    await new Conversation('Known').say(await responder({ agent }), 'Both?');
    expect(asked).toEqual(['Oslo', 'Rome']);
  });

  it('A10: may give the same ids in each turn', async () => {
    const { agent, asked } = weatherAgent();
    const cities = ['Oslo', 'Rome', 'Bonn'];
    fake.script = ({ body }, index) => {
      const city = index % 3 === 2 ? undefined : cities[asked.length];
      expect(body.messages.at(-1)?.role).toBe(index % 3 === 0 ? 'user' : 'tool');
      return city === undefined
        ? says('Done.')
        : { chunks: [chunk({ tool_calls: [call(0, 'call_0', 'weather', `{"city":"${city}"}`)] })] };
    };
    const conversation = new Conversation('Known');
    const bot = await responder({ agent });
    expect(textsOf(await conversation.say(bot, 'First'))).toEqual(['Done.']);
    expect(textsOf(await conversation.say(bot, 'Second'))).toEqual(['Done.']);
    expect(asked).toEqual(['Oslo', 'Rome', 'Bonn']);
    const messages = await conversation.items();
    expect(messages.filter(({ type }) => type === 'assistant_message')).toHaveLength(2);
    const ids =
      fake.requests.at(-1)?.body.messages.flatMap(({ tool_call_id: id }) => id ?? []) ?? [];
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each([
    [
      'safety_identifier',
      {
        detail: [
          {
            type: 'extra_forbidden',
            loc: ['body', 'stream_options'],
            msg: 'Extra inputs are not permitted',
          },
        ],
      },
      422,
    ],
    [
      'stream_options',
      {
        error: {
          message: 'Unrecognized request argument supplied: stream_options',
          type: 'invalid_request_error',
          param: null,
          code: null,
        },
      },
      400,
    ],
    [
      'stream_options',
      {
        object: 'error',
        message:
          "[{'type': 'extra_forbidden', 'loc': ('body', 'stream_options'), 'msg': 'Extra inputs are not permitted'}]",
        code: 400,
      },
      400,
    ],
  ])('A10: may refuse a field that an answer can do without (%#)', async (_name, body, status) => {
    fake.script = (request) => ('stream_options' in request.body ? { status, body } : says('Yes.'));
    const bot = await responder();
    const conversation = new Conversation('Known');
    expect(textsOf(await conversation.say(bot, 'Well?'))).toEqual(['Yes.']);
    expect(textsOf(await conversation.say(bot, 'Again?'))).toEqual(['Yes.']);
    // Refused once, and remembered.
    expect(fake.requests).toHaveLength(3);
  });

  it('A10: may want max_completion_tokens', async () => {
    const message =
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.";
    fake.script = ({ body }) =>
      'max_tokens' in body
        ? {
            status: 400,
            body: {
              error: {
                message,
                type: 'invalid_request_error',
                param: 'max_tokens',
                code: 'unsupported_parameter',
              },
            },
          }
        : says('Yes.');
    expect(textsOf(await new Conversation('Known').say(await responder(), 'Well?'))).toEqual([
      'Yes.',
    ]);
    expect(fake.requests[1]?.body['max_completion_tokens']).toBe(16_384);
  });

  it('A10: runs an exported workflow', async () => {
    const file = await folder.write(
      'workflow.mjs',
      `import { Agent, Runner } from '@openai/agents';
       const agent = new Agent({ name: 'Helper', model: 'llama', modelSettings: { store: true } });
       export const runWorkflow = async ({ input_as_text }) => {
         const result = await new Runner().run(agent, [{ role: 'user', content: [{ type: 'input_text', text: input_as_text }] }]);
         return { output_text: result.finalOutput };
       };`,
    );
    fake.script = () => says('<think>Hm.</think>From the workflow.');
    const { responder: workflow } = await createResponder(
      { module: file, model: 'llama', instructions: undefined, api: 'chat-completions' },
      {
        openai: { apiKey: 'key', baseUrl: fake.baseUrl },
        onFailure: fail,
        load: { folder: folder.path, importModule: nodeImport },
      },
    );
    expect(textsOf(await new Conversation().say(workflow, 'Go'))).toEqual(['From the workflow.']);
    expect(fake.requests[0]?.body).not.toHaveProperty('store');
  });
});

describe('Azure OpenAI', () => {
  it.each([
    ['https://res.openai.azure.com', undefined, '/openai/v1/chat/completions'],
    ['https://res.openai.azure.com/openai/v1/', undefined, '/openai/v1/chat/completions'],
    ['https://res.services.ai.azure.com/openai/v1', 'v1', '/openai/v1/chat/completions'],
    ['https://gateway.example.com/azure', 'v1', '/azure/openai/v1/chat/completions'],
    [
      'https://res.openai.azure.com',
      '2024-10-21',
      '/openai/deployments/my%20gpt/chat/completions?api-version=2024-10-21',
    ],
  ])('A10: %s with version %s is asked at %s', async (baseUrl, azureApiVersion, path) => {
    const azure = (url: string | URL | Request, init?: RequestInit) => {
      const { origin, pathname, search } = new URL(url);
      expect(origin).toBe(new URL(baseUrl).origin);
      return fetch(new URL(pathname + search, fake.baseUrl), init);
    };
    const bot = await responder(
      { model: 'my gpt' },
      { baseUrl, azureApiVersion, apiKey: 'azure-key', fetch: azure },
    );
    expect(textsOf(await new Conversation('Known').say(bot, 'Hi'))).toEqual(['Hello.']);
    expect(fake.requests[0]?.url).toBe(path);
    expect(fake.requests[0]?.headers).toMatchObject({ 'api-key': 'azure-key' });
    expect(fake.requests[0]?.headers['authorization']).toBeUndefined();
    expect(fake.requests[0]?.body).toMatchObject({ max_completion_tokens: 16_384, store: false });
    expect(fake.requests[0]?.body).not.toHaveProperty('safety_identifier');
  });

  it('A10: takes an Entra token as bearer token', async () => {
    await new Conversation('Known').say(
      await responder({}, { apiKey: 'eyJ0.e30.x', azureApiVersion: 'v1' }),
      'Hi',
    );
    expect(fake.requests[0]?.headers['authorization']).toBe('Bearer eyJ0.e30.x');
  });

  it('A10: tells a filter from a fault', async () => {
    const { failures, onFailure } = collectFailures();
    fake.script = () => ({
      status: 400,
      body: {
        error: {
          code: 'content_filter',
          status: 400,
          message:
            'The response was filtered due to the prompt triggering Azure OpenAI’s content management policy.',
          innererror: {},
        },
      },
    });
    await expect(
      new Conversation('Known').say(await responder({ onFailure }), 'x'),
    ).rejects.toThrow();
    expect(failures[0]?.[0].code).toBe('content_filtered');
  });
});

const overflows: [string, number, object | string, number?][] = [
  [
    'OpenAI',
    400,
    {
      error: {
        message:
          "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens.",
        type: 'invalid_request_error',
        param: 'messages',
        code: 'context_length_exceeded',
      },
    },
  ],
  [
    'Azure',
    400,
    { error: { message: 'Your input exceeds the limit.', code: 'context_length_exceeded' } },
  ],
  [
    'vLLM',
    400,
    {
      object: 'error',
      message:
        "This model's maximum context length is 4096 tokens. However, you requested 20000 tokens (3616 in the messages, 16384 in the completion). Please reduce the length of the messages or completion.",
      type: 'BadRequestError',
      param: null,
      code: 400,
    },
    1024,
  ],
  [
    'newer vLLM',
    400,
    {
      error: {
        message:
          "'max_tokens' or 'max_completion_tokens' is too large: 16384. This model's maximum context length is 8192 tokens and your request has 120 input tokens (16384 > 8192 - 120).",
        type: 'BadRequestError',
        param: 'max_tokens',
        code: 400,
      },
    },
    2048,
  ],
  [
    'llama.cpp',
    400,
    {
      error: {
        code: 400,
        message:
          'the request exceeds the available context size. try increasing the context size or enable context shift',
        type: 'exceed_context_size_error',
        n_prompt_tokens: 9000,
        n_ctx: 4096,
      },
    },
  ],
  ['Ollama', 400, { error: 'the input length exceeds the context length' }],
  [
    'Ollama, newer',
    400,
    {
      error: {
        message: 'prompt too long; exceeded max context length by 12 tokens',
        type: 'invalid_request_error',
        param: null,
        code: null,
      },
    },
  ],
  [
    'LiteLLM',
    400,
    {
      error: {
        message:
          'litellm.BadRequestError: litellm.ContextWindowExceededError: prompt is too long: 205000 tokens > 200000 maximum',
        type: null,
        param: null,
        code: '400',
      },
    },
  ],
  [
    'TGI',
    422,
    {
      error:
        'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 `inputs` tokens and 1000 `max_new_tokens`',
      error_type: 'validation',
    },
  ],
  [
    'Mistral',
    400,
    {
      object: 'error',
      message:
        'Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length',
      type: 'invalid_request_error',
    },
  ],
  [
    'Gemini',
    400,
    {
      error: {
        code: 400,
        message:
          'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).',
        status: 'INVALID_ARGUMENT',
      },
    },
  ],
  [
    'LM Studio',
    400,
    {
      error:
        'Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens, which is not enough.',
    },
  ],
];

async function longConversation() {
  const conversation = new Conversation('Known');
  const { thread } = conversation;
  for (let index = 0; index < 20; index += 1) {
    await conversation.add(userMessage(thread, `Question ${index} ${'word '.repeat(300)}`));
    await conversation.add(assistantMessage(thread, `Answer ${index} ${'word '.repeat(300)}`));
  }
  return conversation;
}

describe('A conversation that does not fit', () => {
  it.each(overflows)(
    'A10: is sent once more with less of it: %s',
    async (_name, status, body, maxTokens) => {
      fake.script = (_request, index) => (index === 0 ? { status, body } : says('Fits.'));
      const conversation = await longConversation();
      expect(textsOf(await conversation.say(await responder(), 'Last'))).toEqual(['Fits.']);
      const [first, second] = fake.requests.map(({ body: asked }) => asked);
      expect(fake.requests).toHaveLength(2);
      expect(second?.messages.length).toBeLessThan(first?.messages.length ?? 0);
      expect(second?.messages[0]).toEqual(first?.messages[0]);
      expect(second?.messages[1]?.role).toBe('user');
      expect(second?.messages.at(-1)).toEqual(first?.messages.at(-1));
      if (maxTokens !== undefined) expect(second?.['max_tokens']).toBe(maxTokens);
    },
  );

  it('A10: is a failure when the smaller one does not fit either', async () => {
    const { failures, onFailure } = collectFailures();
    fake.script = () => ({
      status: 400,
      body: { error: 'the input length exceeds the context length' },
    });
    const conversation = await longConversation();
    await expect(conversation.say(await responder({ onFailure }), 'Last')).rejects.toThrow(
      /too long/,
    );
    expect(failures.map(([failure]) => failure.code)).toEqual(['context_too_long']);
    expect(fake.requests).toHaveLength(2);
  });

  it('A10: is not what a limit of requests says', async () => {
    const { failures, onFailure } = collectFailures();
    fake.script = () => ({
      status: 429,
      body: { error: { message: 'Too many tokens per minute', code: 'rate_limit_exceeded' } },
    });
    const conversation = await longConversation();
    await expect(conversation.say(await responder({ onFailure }), 'Last')).rejects.toThrow();
    expect(failures[0]?.[0].code).toBe('rate_limited');
  });
});

describe('Thoughts over Chat Completions', () => {
  it.each<[string, object[]]>([
    [
      'in tags',
      [
        chunk({ content: '<thi' }),
        chunk({ content: 'nk>First. ' }),
        chunk({ content: 'Second.</th' }),
        chunk({ content: 'ink>\n\nIt is ' }),
        chunk({ content: 'four.' }),
      ],
    ],
    [
      'in reasoning_content',
      [
        chunk({ content: null, reasoning_content: 'First. ' }),
        chunk({ reasoning_content: 'Second.' }),
        chunk({ content: 'It is ' }),
        chunk({ content: 'four.' }),
      ],
    ],
    [
      'in reasoning',
      [
        chunk({ content: '', reasoning: 'First. ' }),
        chunk({ content: '', reasoning: 'Second.' }),
        chunk({ content: 'It is ' }),
        chunk({ content: 'four.' }),
      ],
    ],
  ])('A12: are a step before the answer: %s', async (_name, chunks) => {
    fake.script = () => ({ chunks });
    const conversation = new Conversation('Known');
    const events = await conversation.say(await responder(), '2 + 2?');
    expect(thoughtsOf(events)).toEqual(['First. Second.']);
    expect(deltasOf(events)).toEqual(['It is ', 'four.']);
    expect(textsOf(events)).toEqual(['It is four.']);
    expect((await conversation.items()).map(({ type }) => type)).toEqual([
      'user_message',
      'workflow',
      'assistant_message',
    ]);
    await conversation.say(await responder(), 'Sure?');
    expect(JSON.stringify(fake.requests.at(-1)?.body)).not.toContain('Second.');
  });

  it('A12: leave code that the answer shows as it is', async () => {
    const text = 'Write this:\n```xml\n<think>plan</think>\n```';
    fake.script = () => says('<think>Code.</think>', ...text.split(/(?=[<`])/));
    const events = await new Conversation('Known').say(await responder(), 'How?');
    expect(textsOf(events)).toEqual([text]);
    expect(thoughtsOf(events)).toEqual(['Code.']);
  });

  it('A12: do not go back to the server after a tool', async () => {
    const { agent } = weatherAgent();
    fake.script = (_request, index) =>
      index === 0
        ? {
            chunks: [
              chunk({ reasoning_content: 'I need the weather.' }),
              chunk({ content: '<think>Really.</think>' }),
              chunk({ tool_calls: [call(0, 'a', 'weather', '{"city":"Oslo"}')] }),
            ],
          }
        : says('Rain.');
    const events = await new Conversation('Known').say(await responder({ agent }), 'Oslo?');
    expect(textsOf(events)).toEqual(['Rain.']);
    expect(JSON.stringify(fake.requests[1]?.body)).not.toMatch(/need the weather|Really|reasoning/);
  });

  it('A12: cost the page bytes in proportion to their length', async () => {
    const words = Array.from({ length: 4000 }, (_, index) => `word${index} `);
    fake.script = () => says('<think>', ...words, '</think>', 'Done.');
    const events = await new Conversation('Known').say(await responder(), 'Think');
    expect(thoughtsOf(events)[0]).toBe(words.join('').trimStart());
    expect(JSON.stringify(events).length).toBeLessThan(words.join('').length * 14);
  });
});

describe('An answer without content over Chat Completions', () => {
  it.each<[string, ChatReply]>([
    [
      'nothing',
      { chunks: [chunk({ role: 'assistant', content: '' }), chunk({}, { finish_reason: 'stop' })] },
    ],
    ['no chunk at all', { chunks: [] }],
    ['white space', says('\n', ' ')],
    ['thoughts alone', says('<think>Hm.</think>\n')],
    ['an unfinished thought', says('<think>Hm. And then')],
    ['nothing before the output limit', { chunks: [chunk({}, { finish_reason: 'length' })] }],
    [
      'reasoning up to the output limit',
      { chunks: [chunk({ reasoning_content: 'Hm.' }), chunk({}, { finish_reason: 'length' })] },
    ],
    [
      'reasoning alone',
      { chunks: [chunk({ reasoning_content: 'Hm.' }), chunk({}, { finish_reason: 'stop' })] },
    ],
  ])('A11: is asked for once more, then fails: %s', async (_name, reply) => {
    const { failures, onFailure } = collectFailures();
    fake.script = () => reply;
    const conversation = new Conversation('Known');
    await expect(conversation.say(await responder({ onFailure }), 'Hi')).rejects.toThrow();
    expect(failures.map(([{ code }]) => code)).toEqual(['no_answer']);
    expect(fake.requests).toHaveLength(2);
    expect((await conversation.items()).filter(({ type }) => type === 'assistant_message')).toEqual(
      [],
    );
  });

  it('A11: may be made good by the second', async () => {
    fake.script = (_request, index) => (index === 0 ? says('<think>Hm.</think>') : says('Here.'));
    expect(textsOf(await new Conversation('Known').say(await responder(), 'Hi'))).toEqual([
      'Here.',
    ]);
  });
});
