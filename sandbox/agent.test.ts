import { Agent } from '@openai/agents';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Sandbox } from './index.js';
import { ChatKitServer, MemoryStore, type ThreadStreamEvent } from '../server/chatkit/index.js';
import { createAgentResponder } from '../server/agent/agent-responder.js';
import type { OnFailure } from '../server/agent/answer-stream.js';
import { clientTool } from '../server/agent/tools.js';
import { createResponder } from '../server/agent/create-responder.js';
import { startModelSandbox } from './api/test/model-sandbox.js';
import { createModuleFolder, nodeImport } from '../server/agent/test/module-folder.js';
import { brief, outline, textsOf } from '../server/agent/test/conversation.js';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startModelSandbox({ wordDelayMs: 1 });
});
afterAll(() => sandbox.close());

const onFailure: OnFailure = (failure) => {
  throw failure;
};
const openai = () => ({ apiKey: sandbox.apiKey, baseUrl: sandbox.base().apiBaseUrl });

/** A visitor of the protocol's server; each body is a request. */
function visitor(responder: Awaited<ReturnType<typeof createAgentResponder>>) {
  const store = new MemoryStore();
  const server = new ChatKitServer({ store, responder });
  const ask = async (
    body: unknown,
    signal = new AbortController().signal,
    onEvent: (event: ThreadStreamEvent) => void = () => undefined,
  ) => {
    const result = await server.process(body, { user: 'ada', signal });
    if (result.type === 'json') throw new Error('no stream');
    const events: ThreadStreamEvent[] = [];
    for await (const event of result.events) {
      events.push(structuredClone(event));
      onEvent(event);
    }
    return events;
  };
  return { ask, store };
}

const input = (text: string) => ({
  content: [{ type: 'input_text', text }],
  attachments: [],
  inference_options: {},
});
const create = (text: string) => ({ type: 'threads.create', params: { input: input(text) } });
const threadOf = (events: readonly ThreadStreamEvent[]): string => {
  const [first] = events;
  if (first?.type !== 'thread.created') throw new Error('no thread');
  return first.thread.id;
};

describe('A chat with the sandbox as the model', () => {
  it('has threads with titles, and remembers what was said', async () => {
    const { ask } = visitor(await createAgentResponder({ openai: openai(), onFailure }));
    const events = await ask(create('add water the plants'));
    expect(outline(events.filter(({ type }) => type !== 'thread.updated'))).toEqual([
      'thread.created',
      'thread.item.done user_message',
      'stream_options',
      'thread.item.added assistant_message',
      'assistant_message.content_part.added',
      'assistant_message.content_part.text_delta',
      'assistant_message.content_part.done',
      'thread.item.done assistant_message',
    ]);
    const titles = events.flatMap((event) =>
      event.type === 'thread.updated' ? event.thread.title : [],
    );
    expect(titles).toEqual(['Add water the plants']);
    const thread_id = threadOf(events);
    const more = await ask({
      type: 'threads.add_user_message',
      params: { thread_id, input: input('list') },
    });
    expect(textsOf(more).join()).toContain('water the plants');
  });

  it('goes on after a tool in the page', async () => {
    const agent = new Agent({
      name: 'Test',
      instructions: 'Test.',
      tools: [
        clientTool({
          name: 'add_task',
          description: 'Adds.',
          parameters: { type: 'object', properties: {} },
          strict: false,
        }),
      ],
    });
    const { ask } = visitor(await createAgentResponder({ openai: openai(), onFailure, agent }));
    const events = await ask(create('use tool add_task {"title":"Water"}'));
    expect(events.map(brief)).toContain('thread.item.done client_tool_call');
    const rest = await ask({
      type: 'threads.add_client_tool_output',
      params: { thread_id: threadOf(events), result: { ok: true } },
    });
    expect(textsOf(rest)).toEqual(['The tool says: {"ok":true}']);
  });

  it('keeps what was said when the visitor stops, and tells the model', async () => {
    const { ask, store } = visitor(await createAgentResponder({ openai: openai(), onFailure }));
    const controller = new AbortController();
    const events = await ask(create('hi'), controller.signal, (event) => {
      if (event.type === 'thread.item.updated' && 'delta' in event.update) controller.abort();
    });
    const thread_id = threadOf(events);
    const page = { limit: 10, order: 'asc' } as const;
    await expect
      .poll(async () => (await store.loadItems(thread_id, page, { user: 'ada' })).data)
      .toMatchObject([
        { type: 'user_message' },
        { type: 'assistant_message' },
        { type: 'sdk_hidden_context' },
      ]);
    await ask({ type: 'threads.add_user_message', params: { thread_id, input: input('list') } });
    const { body } = sandbox.requests.at(-1) ?? {};
    expect(JSON.stringify(body)).toMatch(/stopped the answer/);
  });

  it('is answered by Agent Builder’s export as well', async () => {
    const folder = await createModuleFolder();
    const { responder } = await createResponder(
      {
        module: await folder.compile('agent-builder-export.ts', 'export.mjs'),
        model: undefined,
        instructions: undefined,
      },
      { openai: openai(), onFailure, load: { folder: folder.path, importModule: nodeImport } },
    );
    const { ask } = visitor(responder);
    const events = await ask(create('add water the plants'));
    const more = await ask({
      type: 'threads.add_user_message',
      params: { thread_id: threadOf(events), input: input('list') },
    });
    expect(textsOf(more).join()).toContain('water the plants');
    await folder.remove();
  });
});

describe('A1: an export with guardrails in a rehearsal', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it.each([
    ['add water the plants', /water the plants/],
    ['flag this', null],
  ])('runs its checks against the sandbox: %s', async (message, said) => {
    vi.stubEnv('OPENAI_API_KEY', sandbox.apiKey);
    vi.stubEnv('OPENAI_BASE_URL', sandbox.base().apiBaseUrl);
    const folder = await createModuleFolder();
    const failures: string[] = [];
    const { responder } = await createResponder(
      {
        module: await folder.compile('agent-builder-guardrails.ts', 'guardrails.mjs'),
        model: undefined,
        instructions: undefined,
      },
      {
        openai: openai(),
        onFailure: ({ code }) => failures.push(code),
        load: { folder: folder.path, importModule: nodeImport },
      },
    );
    const events = await visitor(responder).ask(create(message));
    if (said !== null) expect(textsOf(events).join()).toMatch(said);
    expect(failures).toEqual(said === null ? ['guardrail'] : []);
    await folder.remove();
  });

  it('streams a chat completion', async () => {
    const client = new OpenAI({ apiKey: sandbox.apiKey, baseURL: sandbox.base().apiBaseUrl });
    const stream = await client.chat.completions.create({
      model: 'gpt-4.1',
      stream: true,
      messages: [{ role: 'user', content: 'hello' }],
    });
    let text = '';
    for await (const { choices } of stream) text += choices[0]?.delta.content ?? '';
    const whole = await client.chat.completions.create({
      model: 'gpt-4.1',
      messages: [{ role: 'user', content: 'hello' }],
    });
    expect(text).not.toBe('');
    expect(whole.choices[0]?.message.content).toBe(text);
  });
});
