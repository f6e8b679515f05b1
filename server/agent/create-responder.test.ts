import { describe, expect, it } from 'vitest';
import { defaultInstructions, defaultModel } from './agent-responder.js';
import { createResponder, type AgentConfig } from './create-responder.js';
import { startFakeModel, useFakeModel } from './test/fake-model.js';
import { nodeImport, useModuleFolder } from './test/module-folder.js';
import { Conversation, textsOf } from './test/conversation.js';

const model = await useFakeModel();
const folder = await useModuleFolder();

const create = (config: Partial<AgentConfig>, apiKey: string | undefined = 'sk-service') =>
  createResponder(
    { module: undefined, model: undefined, instructions: undefined, ...config },
    {
      openai: { apiKey: apiKey === '' ? undefined : apiKey, baseUrl: model.baseUrl },
      onFailure: (failure) => {
        throw failure;
      },
      load: { folder: folder.path, importModule: nodeImport },
    },
  );

describe('The configured responder', () => {
  it('is a task assistant', async () => {
    const { responder, ...rest } = await create({});
    expect(rest).toMatchObject({ kind: 'default', ownCredentials: false, notReady: null });
    await new Conversation('Known').say(responder, 'Hi');
    expect(model.requests[0]?.body).toMatchObject({
      model: defaultModel,
      instructions: defaultInstructions,
    });
  });

  it('takes AGENT_MODEL, AGENT_INSTRUCTIONS and AGENT_API_KEY', async () => {
    const { responder, ownCredentials } = await create({
      model: 'gpt-4.1',
      instructions: 'Be kind.',
      apiKey: 'sk-agent',
    });
    expect(ownCredentials).toBe(true);
    await new Conversation('Known').say(responder, 'Hi');
    expect(model.requests[0]).toMatchObject({
      authorization: 'Bearer sk-agent',
      body: { model: 'gpt-4.1', instructions: 'Be kind.' },
    });
  });

  it('S2: bounds what the model writes by AGENT_MAX_OUTPUT_TOKENS, and the title as well', async () => {
    const bounds = async (config: Partial<AgentConfig>) => {
      model.requests.length = 0;
      model.titles.length = 0;
      const { responder } = await create(config);
      await new Conversation().say(responder, 'Hi');
      return [...model.requests, ...model.titles].map(({ body }) => body['max_output_tokens']);
    };
    expect(await bounds({})).toEqual([16_384, 1024]);
    expect(await bounds({ maxOutputTokens: 500 })).toEqual([500, 1024]);
    const capped = await folder.write(
      'capped.mjs',
      `import { Agent } from '@openai/agents';
       export default new Agent({ name: 'A', model: 'gpt-4.1', modelSettings: { maxTokens: 99 } });`,
    );
    expect(await bounds({ module: capped, maxOutputTokens: 500 })).toEqual([99, 1024]);
    const open = await folder.write(
      'open.mjs',
      `import { Agent } from '@openai/agents';
       export default new Agent({ name: 'A', model: 'gpt-4.1' });`,
    );
    expect(await bounds({ module: open, maxOutputTokens: 500 })).toEqual([500, 1024]);
    const workflow = await folder.write(
      'workflow.mjs',
      `import { Agent, Runner } from '@openai/agents';
       export const runWorkflow = async ({ input_as_text }) => {
         const result = await new Runner().run(new Agent({ name: 'A', model: 'gpt-4.1' }), input_as_text);
         return { output_text: result.finalOutput };
       };`,
    );
    expect(await bounds({ module: workflow, maxOutputTokens: 500 })).toEqual([500, 1024]);
  });

  it('S1: gives the model no more of a thread than AGENT_HISTORY_TOKENS', async () => {
    const { responder } = await create({ historyTokens: 400 });
    const conversation = new Conversation('Known');
    for (let message = 0; message < 5; message++) {
      await conversation.say(responder, `${message} ${'x'.repeat(400)}`);
    }
    const { input } = model.requests.at(-1)?.body as { input: object[] };
    const sent = JSON.stringify(input);
    expect([0, 1, 2, 3, 4].filter((message) => sent.includes(`${message} xxx`))).toEqual([3, 4]);
  });

  it('is not ready without a key', async () => {
    const missing = 'The agent has no key: set OPENAI_API_KEY or AGENT_API_KEY.';
    expect(await create({}, '')).toMatchObject({ notReady: missing, ownCredentials: false });
  });

  it('is the agent of AGENT_MODULE, with AGENT_MODEL if it has no model', async () => {
    const module = await folder.write(
      'agent.mjs',
      "import { Agent } from '@openai/agents';\nexport default new Agent({ name: 'Mine', instructions: 'Mine.' });",
    );
    const { responder, ...rest } = await create({ module, model: 'gpt-4.1' });
    expect(rest).toMatchObject({ kind: 'agent', ownCredentials: false, notReady: null });
    await new Conversation('Known').say(responder, 'Hi');
    expect(model.requests[0]?.body).toMatchObject({ model: 'gpt-4.1', instructions: 'Mine.' });
    expect((await create({ module }, '')).notReady).not.toBeNull();
  });

  it('is an agent with what its module exports beside it: actions, hooks, who keeps the history', async () => {
    const module = await folder.write(
      'agent-and-more.mjs',
      `import { Agent } from '@openai/agents';
      export default new Agent({ name: 'Mine', instructions: 'Mine.' });
      export const history = 'response';
      export const input = ({ user }) => ({ hidden: ({ content }) => user + ' ' + content });
      export const streamOptions = () => ({ allow_cancel: false });`,
    );
    const { responder } = await create({ module });
    const conversation = new Conversation('Known');
    const { thread, context } = conversation;
    expect(responder.streamOptions?.(thread, context)).toEqual({ allow_cancel: false });
    await conversation.say(responder, 'Hi');
    await conversation.add({
      ...{ type: 'hidden_context_item', id: 'h', thread_id: thread.id },
      ...{ created_at: context.now(), content: 'clicked' },
    });
    await conversation.say(responder, 'And?');
    const { body } = model.requests[1] ?? {};
    expect(body?.['previous_response_id']).toMatch(/^resp_/);
    expect(JSON.stringify(body?.input)).toContain('ada clicked');
  });

  it('is the responder of AGENT_MODULE, which has its own credentials', async () => {
    const module = await folder.compile('echo-responder.mjs', 'echo.mjs');
    const { responder, ...rest } = await create({ module }, '');
    expect(rest).toMatchObject({ kind: 'responder', ownCredentials: true, notReady: null });
    const conversation = new Conversation();
    expect(textsOf(await conversation.say(responder, 'Hi'))).toEqual(['You said: Hi']);
    expect(conversation.thread.title).toBe('Hi');
    expect(model.requests).toHaveLength(0);
  });

  it('is a responder that runs agents itself, each service’s at its own address', async () => {
    const module = await folder.write(
      'by-hand.mjs',
      `import { Agent, run } from '@openai/agents';
      const agent = new Agent({ name: 'Mine', instructions: 'Mine.' });
      export default new (class {
        async *#answer(thread, { newId, now }) {
          yield { type: 'progress_update', text: 'Running' };
          const { finalOutput: text } = await run(agent, 'Hi');
          const item = { type: 'assistant_message', id: newId('message'), thread_id: thread.id, created_at: now(), content: [{ text }] };
          yield { type: 'thread.item.done', item };
        }
        respond(thread, _message, context) { return this.#answer(thread, context); }
        action(thread, _action, _sender, context) { return this.#answer(thread, context); }
      })();`,
    );
    const { responder } = await create({ module });
    // Sets the SDK's default client, too.
    const other = await startFakeModel();
    await createResponder(
      { module, model: undefined, instructions: undefined },
      {
        openai: { apiKey: 'sk-other', baseUrl: other.baseUrl },
        onFailure: (failure) => {
          throw failure;
        },
        load: { folder: folder.path, importModule: nodeImport },
      },
    );
    const conversation = new Conversation('Known');
    expect(textsOf(await conversation.say(responder, 'Hi'))).toEqual(['Hello.']);
    const { thread, context } = conversation;
    const action = responder.action?.(thread, { type: 'go' }, null, context) ?? [];
    for await (const event of action) expect(event).toBeDefined();
    expect(model.requests).toHaveLength(2);
    expect(other.requests).toEqual([]);
    await other.close();
  });

  it('is a workflow, which may need none of our keys', async () => {
    const module = await folder.write('flow.mjs', "export const runWorkflow = () => 'Hello.';");
    const { responder, ...rest } = await create({ module }, '');
    expect(rest).toMatchObject({ kind: 'workflow', ownCredentials: false, notReady: null });
    const conversation = new Conversation();
    expect(textsOf(await conversation.say(responder, 'Hi there'))).toEqual(['Hello.']);
    expect(conversation.thread.title).toBe('Hi there');
  });

  it('connects to the configured address only', async () => {
    const asked: string[] = [];
    const { responder } = await createResponder(
      { module: undefined, model: undefined, instructions: undefined },
      {
        openai: {
          apiKey: 'sk-test',
          baseUrl: model.baseUrl,
          fetch: (input, init) => {
            asked.push(new URL(input instanceof Request ? input.url : input).origin);
            return fetch(input, init);
          },
        },
        onFailure: (failure) => {
          throw failure;
        },
      },
    );
    await new Conversation().say(responder, 'Hi');
    expect(new Set(asked)).toEqual(new Set([new URL(model.baseUrl).origin]));
  });
});
