import { describe, expect, it, vi } from 'vitest';
import { checkModels, modelsIn } from './model-check.js';
import { createResponder } from './create-responder.js';
import { useAgentHarness } from './test/agent-harness.js';
import { Conversation, textsOf } from './test/conversation.js';
import { createModuleFolder, nodeImport } from './test/module-folder.js';

const harness = useAgentHarness();

describe('A4: a map of models', () => {
  it('applies to the agents of an export and to titles, and leaves out what the new model refuses', async () => {
    const folder = await createModuleFolder();
    const { responder, models } = await createResponder(
      {
        module: await folder.compile('agent-builder-chain.ts', 'chain.mjs'),
        model: 'gpt-4o',
        instructions: undefined,
        modelMap: { 'gpt-4.1': 'gpt-6-luna', 'gpt-5': 'gpt-4o', 'gpt-4o': 'gpt-6-luna' },
      },
      {
        openai: { apiKey: 'sk-test', baseUrl: harness.model.baseUrl },
        onFailure: (failure) => {
          throw failure;
        },
        load: { folder: folder.path, importModule: nodeImport },
      },
    );
    expect(models).toEqual(['gpt-6-luna', 'gpt-4o']);
    expect(textsOf(await new Conversation().say(responder, 'Hi'))).toHaveLength(3);
    const [first, second] = harness.model.requests.map(({ body }) => body);
    expect(first).toMatchObject({ model: 'gpt-4o' });
    expect(first?.['reasoning']).toBeUndefined();
    expect(second).toMatchObject({ model: 'gpt-6-luna', max_output_tokens: 2048 });
    expect(second?.['temperature']).toBeUndefined();
    expect(second?.['top_p']).toBeUndefined();
    expect(harness.model.titles[0]?.body.model).toBe('gpt-6-luna');
    await folder.remove();
  });
});

describe('A4: a model that ends', () => {
  const signal = new AbortController().signal;
  const upstream = (fetch: () => Promise<Response>) => ({
    apiKey: 'sk-test',
    baseUrl: 'https://api.example.com/v1/',
    fetch,
  });

  it('is told of at the start, and one that is not listed', async () => {
    const data = [
      { id: 'gpt-4.1', shutdown_date: '2027-01-14' },
      { id: 'gpt-5', shutdown_date: 1_796_947_200 },
      { id: 'gpt-6-luna', shutdown_date: null },
    ];
    const fetch = vi.fn(() => Promise.resolve(Response.json({ data })));
    const names = ['gpt-4.1', 'gpt-5', 'gpt-6-luna', 'gpt-3'];
    expect(await checkModels(names, upstream(fetch), signal)).toEqual([
      'The agent’s model gpt-4.1 ends on 2027-01-14. Set AGENT_MODEL_MAP=gpt-4.1=… to use another one.',
      'The agent’s model gpt-5 ends on 2026-12-11. Set AGENT_MODEL_MAP=gpt-5=… to use another one.',
      'The agent’s model gpt-3 is not listed. Set AGENT_MODEL_MAP=gpt-3=… to use another one.',
    ]);
    expect(fetch).toHaveBeenCalledWith('https://api.example.com/v1/models', expect.anything());
  });

  it.each([
    ['that is away', () => Promise.reject(new TypeError('fetch failed'))],
    ['without a list', () => Promise.resolve(new Response('', { status: 404 }))],
    ['that answers with something else', () => Promise.resolve(new Response('<html>'))],
  ])('is not guessed of a server %s', async (_what, fetch) => {
    expect(await checkModels(['gpt-4.1'], upstream(fetch), signal)).toEqual([]);
  });

  it('is found in the code of an export', () => {
    expect(modelsIn('model: "gpt-4.1",\n model: "gpt-5", model: "gpt-4.1", model')).toEqual([
      'gpt-4.1',
      'gpt-5',
    ]);
  });
});
