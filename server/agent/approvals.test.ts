/** Approvals through the whole of the ChatKit server: what a visitor and an operator get when they go another way. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { StructuredInputItem, ThreadStreamEvent } from '../chatkit/index.js';
import { MemoryStore, type ProcessContext, type Store } from '../chatkit/index.js';
import { create, Harness } from '../chatkit/test/harness.js';
import { openStore } from '../storage/index.js';
import { approvalTexts } from './approval-texts.js';
import { createResponder } from './create-responder.js';
import { collectFailures, textsOf } from './test/conversation.js';
import { startFakeModel, text, type FakeModel } from './test/fake-model.js';
import { createModuleFolder, nodeImport, type ModuleFolder } from './test/module-folder.js';

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
  model.script = ({ body }, reply) => {
    const result = body.input.find(({ type }) => type === 'function_call_output');
    if (result !== undefined)
      reply.outputs(text(`The tool says: ${JSON.stringify(result['output'])}`));
    else reply.outputs({ type: 'function_call', name: 'closeTask', arguments: '{"id":"7"}' });
  };
});

/** An agent in place of a workflow. */
const agentModule = `
  import { Agent, tool } from '@openai/agents';
  const closeTask = tool({ name: 'closeTask', description: 'Closes a task.', needsApproval: true, strict: false,
    parameters: { type: 'object', properties: {}, required: [], additionalProperties: true },
    execute: async ({ id }) => \`closed \${id}\` });
  export default new Agent({ name: 'Closer', instructions: 'Close tasks.', model: 'gpt-4.1', tools: [closeTask] });`;

const modules = {
  'an agent': () => folder.write('approving-agent.mjs', agentModule),
  'an exported workflow': () => folder.compile('agent-builder-tool.ts', 'approving.mjs'),
} as const;
type Kind = keyof typeof modules;
const kinds = Object.keys(modules) as Kind[];

/** A service, as a process has it: nothing but the store is shared with another one. */
async function service(kind: Kind, store: Store = new MemoryStore()) {
  const { failures, onFailure } = collectFailures();
  const { responder } = await createResponder(
    { module: await modules[kind](), model: undefined, instructions: undefined },
    {
      openai: { apiKey: 'sk-test', baseUrl: model.baseUrl },
      onFailure,
      titles: 'first-words',
      load: { folder: folder.path, importModule: nodeImport },
    },
  );
  const harness = new Harness(store);
  harness.responder.answer = (...asked) => responder.respond(...asked);
  return { harness, failures };
}

/** The question at the end of an answer. */
function questionOf(events: readonly ThreadStreamEvent[]): StructuredInputItem {
  for (const event of events) {
    if (event.type === 'thread.item.done' && event.item.type === 'structured_input') {
      return event.item;
    }
  }
  return expect.fail(`Nothing was asked: ${JSON.stringify(events)}`);
}

/** The visitor's answer as ChatKit sends it. */
const decision = ({ thread_id, id, inputs }: StructuredInputItem, choice = 0) => {
  const [question] = inputs;
  const value = question?.type === 'multiple_choice' ? question.options[choice]?.value : undefined;
  const answers = { [question?.id ?? '']: { values: [value] } };
  return {
    type: 'threads.add_structured_input',
    params: { thread_id, item_id: id, input: { status: 'answered', answers } },
  };
};

const hiddenItems = async ({ store }: Harness, threadId: string) => {
  const page = { limit: 99, order: 'asc', maxBytes: Infinity } as const;
  const { data } = await store.loadItems(threadId, page, { user: 'alice' });
  return data.filter(({ type }) => type === 'hidden_context_item');
};

describe('A3: an approval', () => {
  it('goes on after a restart of the service, on the same database', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'taskpilot-approvals-'));
    onTestFinished(() => rm(dataDir, { recursive: true }));
    const before = await openStore({ dataDir });
    const questions = new Map<Kind, StructuredInputItem>();
    for (const kind of kinds) {
      const { harness } = await service(kind, before.store);
      questions.set(kind, questionOf(await harness.stream(create('Close it'))));
    }
    await before.close();
    const after = await openStore({ dataDir });
    for (const [kind, question] of questions) {
      const { harness, failures } = await service(kind, after.store);
      const events = await harness.stream(decision(question));
      expect(textsOf(events).join()).toContain('closed 7');
      expect(failures).toEqual([]);
    }
    expect(model.requests).toHaveLength(2 * kinds.length);
    await after.close();
  }, 120_000);

  it.each(kinds)('of %s may be given on another instance', async (kind) => {
    const store = new MemoryStore();
    const one = await service(kind, store);
    const other = await service(kind, store);
    const question = questionOf(await one.harness.stream(create('Close it')));
    const events = await other.harness.stream(decision(question), { idempotencyKey: 'key' });
    expect(textsOf(events).join()).toContain('closed 7');
    // Nothing of the run is kept when it has ended.
    expect(JSON.stringify(await hiddenItems(one.harness, question.thread_id))).not.toContain(
      'taskpilot.approval',
    );
  });

  it.each([
    ['with the same key', ['key', 'key']],
    ['with keys of their own', ['one', 'other']],
    ['without keys', [undefined, undefined]],
  ])('that is given twice at once runs its tool once: %s', async (_title, keys) => {
    const { harness, failures } = await service('an agent');
    const question = questionOf(await harness.stream(create('Close it')));
    const send = (caller: Partial<ProcessContext>) => harness.stream(decision(question), caller);
    const outcomes = await Promise.allSettled(
      keys.map((key) => send(key === undefined ? {} : { idempotencyKey: key })),
    );
    const answered = outcomes.filter(({ status }) => status === 'fulfilled');
    expect(answered).toHaveLength(keys[0] === 'key' ? 2 : 1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ status: 400 });
      else expect(textsOf(outcome.value).join()).toContain('closed 7');
    }
    expect(model.requests).toHaveLength(2);
    const { thread_id: threadId } = question;
    const said = (await harness.history(threadId)).filter((line) => line.includes('closed 7'));
    expect(said).toHaveLength(1);
    expect(failures).toEqual([]);
    await expect(send({})).rejects.toMatchObject({ status: 400 });
  });

  it('of a thread that has been deleted is refused, and runs nothing', async () => {
    const { harness, failures } = await service('an agent');
    const question = questionOf(await harness.stream(create('Close it')));
    await harness.json({ type: 'threads.delete', params: { thread_id: question.thread_id } });
    for (const caller of [{}, { idempotencyKey: 'key' }]) {
      await expect(harness.stream(decision(question), caller)).rejects.toThrow('No thread');
    }
    expect(model.requests).toHaveLength(1);
    expect(failures).toEqual([]);
  });

  it('that would store more than 1 MiB is not asked for: the visitor and the operator learn why', async () => {
    const { harness, failures } = await service('an agent');
    model.script = (_request, reply) =>
      reply.outputs({
        ...{ type: 'function_call', name: 'closeTask' },
        arguments: JSON.stringify({ id: 'x'.repeat(1024 * 1024) }),
      });
    const events = await harness.stream(create('Close it'));
    expect(events.at(-1)).toEqual({
      type: 'error',
      code: 'custom',
      message: expect.stringContaining('Please start a new one') as string,
      allow_retry: false,
    });
    expect(failures.map(([{ code, message }]) => [code, message])).toEqual([
      ['approval_unsupported', expect.stringContaining('more than 1 MiB')],
    ]);
    const [threadId = ''] = await harness.threadIds();
    expect(await hiddenItems(harness, threadId)).toEqual([]);
    expect(await harness.history(threadId)).not.toContain('structured_input');
  });

  it.each([
    ['de-AT', '„Close task“ erlauben?', ['Erlauben', 'Ablehnen']],
    ['fr', 'Autoriser « Close task » ?', ['Autoriser', 'Refuser']],
    ['pt-PT', 'Permitir “Close task”?', ['Permitir', 'Recusar']],
    ['zh-TW', 'Allow “Close task”?', ['Allow', 'Decline']],
    ['nl', 'Allow “Close task”?', ['Allow', 'Decline']],
  ])(
    'is asked for in the visitor’s language, and decided in any: %s',
    async (language, asked, options) => {
      const { harness } = await service('an exported workflow');
      const caller = { headers: { 'accept-language': language } };
      const question = questionOf(await harness.stream(create('Close it'), caller));
      expect(question.inputs).toEqual([
        expect.objectContaining({
          question: `${asked}\n{"id":"7"}`,
          options: options.map((value) => ({ value })),
        }),
      ]);
      // The browser's language may have changed since.
      const allowed = await harness.stream(decision(question), {
        headers: { 'accept-language': 'ja' },
      });
      expect(textsOf(allowed).join()).toContain('closed 7');
      const another = questionOf(await harness.stream(create('Close it'), caller));
      const declined = await harness.stream(decision(another, 1), caller);
      expect(textsOf(declined).join()).not.toContain('closed 7');
    },
  );
});

describe('The texts of approvals', () => {
  it.each([
    'ar',
    'bn',
    'de',
    'en',
    'es',
    'fr',
    'hi',
    'id',
    'it',
    'ja',
    'ko',
    'pt-BR',
    'ru',
    'tr',
    'ur',
    'zh-CN',
  ])('exist in each language of the widget: %s', (locale) => {
    const [question, allow, decline] = approvalTexts(locale);
    expect(question).toMatch(/\{tool\}.*\{server\}/);
    expect(allow).not.toBe(decline);
    if (locale !== 'en') expect(question).not.toBe(approvalTexts('en')[0]);
  });
});
