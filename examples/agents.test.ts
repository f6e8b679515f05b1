import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sandbox } from '@taskpilot-chat/sandbox';
import { createResponder } from '../server/agent/index.js';
import { checkModels } from '../server/agent/model-check.js';
import { startModelSandbox } from '../sandbox/api/test/model-sandbox.js';
import { nodeImport } from '../server/agent/test/module-folder.js';
import { Conversation, outline, textsOf } from '../server/agent/test/conversation.js';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startModelSandbox({ wordDelayMs: 0 });
});
afterAll(() => sandbox.close());

/** Loads a module as the service does: in Node, with the built package. */
const load = (name: string) =>
  createResponder(
    { module: name, model: undefined, instructions: undefined },
    {
      openai: { apiKey: sandbox.apiKey, baseUrl: sandbox.base().apiBaseUrl },
      onFailure: (failure) => {
        throw failure;
      },
      load: { folder: import.meta.dirname, importModule: nodeImport },
    },
  );

describe('The example agents', () => {
  it('task-agent.mjs uses a tool on the server and one in the page', async () => {
    const { responder, kind } = await load('agents/task-agent.mjs');
    expect(kind).toBe('agent');
    const conversation = new Conversation('Known');
    const events = await conversation.say(responder, 'use tool days_until {"date":"2000-01-01"}');
    expect(outline(events)).toContain('progress_update');
    expect(textsOf(events).join()).toMatch(/^The tool says: -\d+ days$/);
    const call = await conversation.say(responder, 'use tool add_task {"title":"Water"}');
    expect(call).toMatchObject([
      { item: { type: 'client_tool_call', name: 'add_task', arguments: { title: 'Water' } } },
    ]);
  });

  it('A4: task-agent.mjs names a model that the start has nothing to say about', async () => {
    const { models } = await load('agents/task-agent.mjs');
    const upstream = { apiKey: sandbox.apiKey, baseUrl: sandbox.base().apiBaseUrl };
    const { signal } = new AbortController();
    expect(models).toEqual(['gpt-6-luna']);
    expect(await checkModels(models, upstream, signal)).toEqual([]);
  });

  it('echo-responder.mjs needs no model', async () => {
    const { responder, kind, ownCredentials } = await load('agents/echo-responder.mjs');
    expect({ kind, ownCredentials }).toEqual({ kind: 'responder', ownCredentials: true });
    const events = await new Conversation().say(responder, 'Hi');
    expect(textsOf(events)).toEqual(['You said: Hi']);
  });
});
