import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { defaultInstructions, defaultModel } from './agent-responder.js';
import { createResponder, type AgentConfig } from './create-responder.js';
import { startFakeModel, type FakeModel } from './test/fake-model.js';
import { createModuleFolder, nodeImport, type ModuleFolder } from './test/module-folder.js';
import { Conversation, textsOf } from './test/conversation.js';

let model: FakeModel;
let folder: ModuleFolder;
beforeAll(async () => {
  model = await startFakeModel();
  folder = await createModuleFolder();
});
afterAll(async () => {
  await model.close();
  await folder.remove();
});
beforeEach(() => {
  model.requests.length = 0;
});

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
    expect(rest).toEqual({ kind: 'default', ownCredentials: false, notReady: null });
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
    expect(rest).toEqual({ kind: 'agent', ownCredentials: false, notReady: null });
    await new Conversation('Known').say(responder, 'Hi');
    expect(model.requests[0]?.body).toMatchObject({ model: 'gpt-4.1', instructions: 'Mine.' });
    expect((await create({ module }, '')).notReady).not.toBeNull();
  });

  it('is the responder of AGENT_MODULE, which has its own credentials', async () => {
    const module = await folder.compile('echo-responder.mjs', 'echo.mjs');
    const { responder, ...rest } = await create({ module }, '');
    expect(rest).toEqual({ kind: 'responder', ownCredentials: true, notReady: null });
    const conversation = new Conversation();
    expect(textsOf(await conversation.say(responder, 'Hi'))).toEqual(['You said: Hi']);
    expect(conversation.thread.title).toBe('Hi');
    expect(model.requests).toHaveLength(0);
  });

  it('is a workflow, which may need none of our keys', async () => {
    const module = await folder.write('flow.mjs', "export const runWorkflow = () => 'Hello.';");
    const { responder, ...rest } = await create({ module }, '');
    expect(rest).toEqual({ kind: 'workflow', ownCredentials: false, notReady: null });
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
