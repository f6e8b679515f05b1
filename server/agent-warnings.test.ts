import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createModuleFolder, type ModuleFolder } from './agent/test/module-folder.js';
import { MemoryStore } from './chatkit/index.js';
import { answering, failing } from './test/fake-openai.js';
import { eventually, useHarness } from './test/harness.js';

const harness = useHarness();
let folder: ModuleFolder;
beforeAll(async () => {
  folder = await createModuleFolder();
});
afterAll(() => folder.remove());

const selfHosted = { CHATKIT_BACKENDS: 'self-hosted' };

/** What the log of a service warns of. */
const warningsOf = (logs: readonly string[]): string[] =>
  logs
    .map((line) => JSON.parse(line) as { readonly level: number | string; readonly msg: string })
    .filter(({ level }) => level === 40 || level === 'warn')
    .map(({ msg }) => msg);

describe('What the log says of an agent at the start', () => {
  it('A4: a model that ends, once the list of models has come from the server', async () => {
    const upstream = await harness.openAI();
    const data = [{ id: 'gpt-4.1', shutdown_date: '2027-01-14' }, { id: 'gpt-6-luna' }];
    upstream.behave(answering(JSON.stringify({ data })));
    const env = { ...selfHosted, AGENT_MODEL: 'gpt-4.1' };
    const service = await harness.service(env, { upstream, store: new MemoryStore() });
    expect(upstream.calls).toEqual([]);
    await service.listen();
    await eventually(() =>
      expect(warningsOf(service.logs)).toContain(
        'The agent’s model gpt-4.1 ends on 2027-01-14. Set AGENT_MODEL_MAP=gpt-4.1=… to use another one.',
      ),
    );
    expect(upstream.calls.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /v1/models',
    ]);
  });

  it.each([
    ['that is mapped to one that does not end', answering('{"data":[{"id":"gpt-6-luna"}]}')],
    ['of a server without a list', failing(404)],
  ])('A4: nothing of a model %s', async (_title, behaviour) => {
    const upstream = await harness.openAI();
    upstream.behave(behaviour);
    const env = { ...selfHosted, AGENT_MODEL: 'gpt-4.1', AGENT_MODEL_MAP: 'gpt-4.1=gpt-6-luna' };
    const service = await harness.service(env, { upstream, store: new MemoryStore() });
    await service.listen();
    await eventually(() => expect(upstream.calls).toHaveLength(1));
    expect(warningsOf(service.logs).filter((text) => text.includes('model'))).toEqual([]);
  });

  it('A3: an `approvalRequest` that is private to the export, a reusable prompt, and approvals that pass', async () => {
    const name = await folder.compile('agent-builder-approval.ts', 'private.mjs');
    const source = await readFile(`${folder.path}/${name}`, 'utf8');
    await folder.write(
      name,
      source.replace('instructions:', 'prompt: { id: "pmpt_1" }, instructions:'),
    );
    const env = { ...selfHosted, AGENT_MODULE: `${folder.path}/${name}`, AGENT_APPROVALS: 'allow' };
    const service = await harness.service(env, { store: new MemoryStore() });
    const warnings = warningsOf(service.logs);
    for (const text of [
      'Call workflow.approvalRequest(…) instead',
      'uses a reusable prompt, which OpenAI ends on 30 November 2026',
      'AGENT_APPROVALS=allow: tools that want an approval run without one.',
    ]) {
      expect(warnings.filter((warning) => warning.includes(text))).toHaveLength(1);
    }
  });

  it('A3: nothing of an export that asks through the workflow’s argument', async () => {
    const name = await folder.compile('agent-builder-approval.ts', 'asking.mjs');
    const source = await readFile(`${folder.path}/${name}`, 'utf8');
    const asking = source
      .replace('if (approvalRequest(', 'if (workflow.approvalRequest(')
      .replace(/const approvalRequest = [\s\S]*?\n};\n/, '');
    await folder.write(name, asking);
    const env = { ...selfHosted, AGENT_MODULE: `${folder.path}/${name}` };
    const service = await harness.service(env, { store: new MemoryStore() });
    expect(warningsOf(service.logs).join()).not.toMatch(/pproval|prompt/);
  });
});
