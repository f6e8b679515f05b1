import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startModelSandbox } from './test/model-sandbox.js';
import type { Sandbox, Scenario } from '../index.js';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startModelSandbox({ wordDelayMs: 0 });
});
afterAll(() => sandbox.close());

const client = (scenario?: Scenario) =>
  new OpenAI({
    apiKey: sandbox.apiKey,
    baseURL: sandbox.base(scenario).apiBaseUrl,
    maxRetries: 0,
  });

const post = (body: unknown, { key = sandbox.apiKey, raw = false } = {}) =>
  fetch(`${sandbox.url}/v1/responses`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: raw ? String(body) : JSON.stringify(body),
  });

const ask = async (input: string | OpenAI.Responses.ResponseInput, more = {}) => {
  const response = await client().responses.create({ model: 'm', input, stream: false, ...more });
  return response.output_text;
};

describe('The sandbox’s models', () => {
  it('are all that are asked for, but those that begin with missing-', async () => {
    const { models } = client();
    expect(await models.retrieve('m')).toMatchObject({ id: 'm', object: 'model' });
    await expect(models.retrieve('missing-m')).rejects.toMatchObject({ code: 'model_not_found' });
    const wrongKey = new OpenAI({ apiKey: 'sk-x', baseURL: sandbox.base().apiBaseUrl });
    await expect(wrongKey.models.retrieve('m')).rejects.toMatchObject({ status: 401 });
  });
});

describe('The sandbox’s Responses API', () => {
  it('streams the events that OpenAI’s SDK knows, numbered', async () => {
    const stream = await client().responses.create({ model: 'm', input: 'hi', stream: true });
    const types: string[] = [];
    let text = '';
    for await (const event of stream) {
      expect(event.sequence_number).toBe(types.length);
      types.push(event.type);
      if (event.type === 'response.output_text.delta') text += event.delta;
      if (event.type === 'response.completed') {
        expect(event.response).toMatchObject({ status: 'completed', model: 'm' });
        expect(event.response.output[0]).toMatchObject({ content: [{ text }] });
      }
    }
    expect(types.filter((type, index) => type !== types[index - 1])).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ]);
    expect(text).toMatch(/^Hello! I am a scripted stand-in/);
  });

  it('answers at once, too', async () => {
    expect(await ask('hi')).toMatch(/^Hello!/);
  });

  it.each([
    [
      'without the key',
      () => post({ model: 'm', input: 'hi' }, { key: 'sk-x' }),
      401,
      'invalid_api_key',
    ],
    ['without a model', () => post({ input: 'hi' }), 400, 'missing_required_parameter'],
    [
      'with a model that is missing',
      () => post({ model: 'missing-1', input: 'hi' }),
      404,
      'model_not_found',
    ],
    ['without input', () => post({ model: 'm' }), 400, null],
    ['with something else than messages', () => post({ model: 'm', input: [{}] }), 400, null],
    ['with no JSON', () => post('{', { raw: true }), 400, null],
    [
      'with a call that has no output',
      () =>
        post({
          model: 'm',
          input: [{ type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' }],
        }),
      400,
      null,
    ],
    [
      'with an output that has no call',
      () =>
        post({ model: 'm', input: [{ type: 'function_call_output', call_id: 'c', output: '' }] }),
      400,
      null,
    ],
  ])('refuses a request %s, in OpenAI’s envelope', async (_title, send, status, code) => {
    const response = await send();
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({
      error: { message: expect.any(String) as string, code },
    });
  });

  it('keeps the tasks of each user, by safety_identifier', async () => {
    await ask('add water the plants', { safety_identifier: 'ada' });
    expect(await ask('list', { safety_identifier: 'ada' })).toContain('water the plants');
    expect(await ask('list', { safety_identifier: 'bob' })).toContain('empty');
  });

  it('takes the tasks from the conversation where nobody says whose it is', async () => {
    const said = (...texts: string[]) =>
      texts.map((content) => ({ role: 'user' as const, content }));
    expect(await ask(said('add water the plants', 'list'))).toContain('water the plants');
    expect(await ask(said('list'))).toContain('empty');
    const transcript =
      'So far:\n<conversation>\n<user>\nadd feed the cat\n</user>\n</conversation>\n<message>\nlist\n</message>';
    expect(await ask(transcript)).toContain('feed the cat');
  });

  it('calls a tool that the message names, and tells what it said', async () => {
    const tools = [{ type: 'function', name: 'add_task', parameters: {}, strict: false }] as const;
    const input = 'use tool add_task {"title":"Water"}';
    const { output } = await client().responses.create({ model: 'm', input, tools: [...tools] });
    const [call] = output;
    if (call?.type !== 'function_call') throw new Error('no call');
    expect(call).toMatchObject({ name: 'add_task', arguments: '{"title":"Water"}' });
    expect(
      await ask(
        [
          { role: 'user', content: input },
          call,
          { type: 'function_call_output', call_id: call.call_id, output: 'done' },
        ],
        { tools },
      ),
    ).toBe('The tool says: done');
    expect(await ask('use tool rm {}', { tools })).toMatch(/scripted/);
  });

  it('works with the tools of a board: what it says comes from what they return', async () => {
    const tools = ['list_tasks', 'move_task'].map((name) => ({
      ...({ type: 'function', name, parameters: {}, strict: false } as const),
    }));
    const input: OpenAI.Responses.ResponseInput = [
      { role: 'user', content: 'list' },
      { role: 'user', content: 'done with the menu' },
    ];
    const next = async () => {
      const { output } = await client().responses.create({ model: 'm', input, tools });
      const [item] = output;
      if (item?.type !== 'function_call') return item?.type === 'message' ? item.content : null;
      input.push(item);
      return [item.name, JSON.parse(item.arguments)] as const;
    };
    const give = (output: unknown) => {
      const { call_id } = input.at(-1) as OpenAI.Responses.ResponseFunctionToolCall;
      input.push({ type: 'function_call_output', call_id, output: JSON.stringify(output) });
    };
    expect(await next()).toEqual(['list_tasks', {}]);
    give({ tasks: [{ id: 'a', title: 'Print the menu', column: 'todo' }] });
    expect(await next()).toEqual(['move_task', { id: 'a', column: 'done' }]);
    give({ task: { id: 'a', title: 'Print the menu', column: 'done' }, open: 3 });
    expect(await next()).toMatchObject([
      { text: 'Well done: **Print the menu** is finished. You have **3** open tasks.' },
    ]);
    input.push({ role: 'user', content: 'remove the menu' });
    expect(await next()).toEqual(['list_tasks', {}]);
    give({ tasks: [{ id: 'a', title: 'Print the menu', column: 'done' }] });
    expect(await next()).toMatchObject([
      { text: 'I am sorry: this page does not let me do that.' },
    ]);
  });

  it('gives titles', async () => {
    const instructions = 'Write a title for a chat that begins with the message that you get.';
    expect(await ask('add water the plants.', { instructions })).toBe('Add water the plants');
  });

  it('follows a schema', async () => {
    const schema = {
      type: 'object',
      properties: {
        category: { type: 'string', enum: ['tasks', 'summary'] },
        open: { type: 'number' },
        text: { type: 'string' },
      },
    };
    const text = { format: { type: 'json_schema', name: 'x', schema } };
    expect(JSON.parse(await ask('a summary', { text }))).toMatchObject({
      category: 'summary',
      open: 0,
      text: expect.any(String) as string,
    });
  });

  it('thinks and cites when it is asked to', async () => {
    const { output } = await client().responses.create({
      model: 'm',
      input: 'think, and cite a source',
    });
    expect(output).toMatchObject([
      { type: 'reasoning', summary: [{}, {}] },
      { type: 'message', content: [{ annotations: [{ type: 'url_citation' }] }] },
    ]);
  });

  it('is there when the workflow is gone', async () => {
    const gone = client('workflow-gone');
    await expect(
      gone.beta.chatkit.sessions.create({ user: 'ada', workflow: { id: 'wf_x' } }),
    ).rejects.toMatchObject({ status: 404 });
    const { output_text } = await gone.responses.create({ model: 'm', input: 'hi' });
    expect(output_text).toMatch(/^Hello!/);
  });

  it('is cut off once where the scenario says so', async () => {
    const read = async () => {
      const stream = await client('stream-breaks').responses.create({
        model: 'm',
        input: 'hi there',
        stream: true,
      });
      for await (const event of stream) types.push(event.type);
    };
    const types: string[] = [];
    await expect(read()).rejects.toThrow();
    expect(types).toHaveLength(8);
    await read();
    expect(types.at(-1)).toBe('response.completed');
  });

  it('stops when the client leaves', async () => {
    const slow = await startModelSandbox({ wordDelayMs: 20 });
    const controller = new AbortController();
    const response = await fetch(`${slow.url}/v1/responses`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${slow.apiKey}` },
      body: JSON.stringify({ model: 'm', input: 'hi', stream: true }),
      signal: controller.signal,
    });
    const reader = response.body?.getReader();
    await reader?.read();
    controller.abort();
    await expect(reader?.read()).rejects.toThrow();
    await expect.poll(() => slow.requests.length).toBe(1);
    await slow.close();
  });
});
