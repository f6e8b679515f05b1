import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import OpenAI from 'openai';
import { setTimeout as sleep } from 'node:timers/promises';
import { createResponder } from '../server/agent/index.js';
import { Conversation } from '../server/agent/test/conversation.js';
import { startFakeModel, text, type FakeModel } from '../server/agent/test/fake-model.js';
import {
  createModuleFolder,
  nodeImport,
  type ModuleFolder,
} from '../server/agent/test/module-folder.js';
import { median, print, round } from './support/figures.js';

/** Until the first event of the model, in milliseconds. */
const latencyMs = 75;
const rounds = 15;

let model: FakeModel;
let folder: ModuleFolder;
beforeAll(async () => {
  model = await startFakeModel();
  model.script = async (_request, reply) => {
    await sleep(latencyMs);
    reply.outputs(text('An answer of some words.'));
  };
  folder = await createModuleFolder();
});
afterAll(async () => {
  await model.close();
  await folder.remove();
});

describe('The first word of an exported workflow', () => {
  it('A1: takes at most 1.2 times as long as that of the bare model', async () => {
    const client = new OpenAI({ apiKey: 'sk-test', baseURL: model.baseUrl });
    const bare = async () => {
      const start = performance.now();
      const stream = await client.responses.create({ model: 'gpt-5', input: 'Hi', stream: true });
      for await (const { type } of stream) {
        if (type === 'response.output_text.delta') return performance.now() - start;
      }
      throw new Error('The model said nothing.');
    };
    const { responder } = await createResponder(
      {
        module: await folder.compile('agent-builder-export.ts', 'export.mjs'),
        model: undefined,
        instructions: undefined,
      },
      {
        openai: { apiKey: 'sk-test', baseUrl: model.baseUrl },
        onFailure: (failure) => {
          throw failure;
        },
        titles: 'first-words',
        load: { folder: folder.path, importModule: nodeImport },
      },
    );
    const exported = async () => {
      const conversation = new Conversation('Known');
      const message = {
        ...({ type: 'user_message', id: 'm', thread_id: conversation.thread.id } as const),
        created_at: conversation.thread.created_at,
        content: [{ type: 'input_text' as const, text: 'Hi' }],
        attachments: [],
        inference_options: {},
      };
      await conversation.add(message);
      const start = performance.now();
      let first = NaN;
      for await (const event of responder.respond(
        conversation.thread,
        message,
        conversation.context,
      )) {
        const isUpdate = event.type === 'thread.item.updated' && Number.isNaN(first);
        if (isUpdate && event.update.type.endsWith('text_delta')) first = performance.now() - start;
      }
      return first;
    };
    await bare();
    await exported();
    const times = { bare: [] as number[], exported: [] as number[] };
    for (let round = 0; round < rounds; round += 1) {
      times.bare.push(await bare());
      times.exported.push(await exported());
    }
    const [bareMs, exportedMs] = [median(times.bare), median(times.exported)];
    print('First word, median in ms', [
      { of: 'bare model', ms: round(bareMs), ratio: '1.00' },
      { of: 'exported workflow', ms: round(exportedMs), ratio: round(exportedMs / bareMs, 2) },
    ]);
    expect(exportedMs / bareMs).toBeLessThanOrEqual(1.2);
  });
});
