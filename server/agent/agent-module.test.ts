import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AgentModuleError, loadAgentModule, type LoadOptions } from './agent-module.js';
import { createModuleFolder, nodeImport, useModuleFolder } from './test/module-folder.js';
import { createUpstream } from './upstream.js';

const folder = await useModuleFolder();

const upstream = createUpstream({ apiKey: 'sk-test', baseUrl: 'http://127.0.0.1:9/v1' });

const load = (path: string, options: Partial<LoadOptions> = {}) =>
  loadAgentModule(path, { upstream, folder: folder.path, importModule: nodeImport, ...options });

const agent =
  "import { Agent } from '@openai/agents';\nconst agent = new Agent({ name: 'Mine' });\n";
const respond = '{ async *respond() {} }';

describe('AGENT_MODULE may export', () => {
  it.each([
    ['default-agent.mjs', `${agent}export default agent;`, 'agent'],
    ['named-agent.mjs', `${agent}export { agent };`, 'agent'],
    ['workflow.mjs', 'export const runWorkflow = async () => ({});', 'workflow'],
    ['default-workflow.mjs', 'export default async () => ({});', 'workflow'],
    ['default-responder.mjs', `export default ${respond};`, 'responder'],
    ['named-responder.mjs', `export const responder = ${respond};`, 'responder'],
    ['class.mjs', 'class Mine { async *respond() {} }\nexport default new Mine();', 'responder'],
    [
      'commonjs-agent.cjs',
      "const { Agent } = require('@openai/agents');\nmodule.exports = new Agent({ name: 'Mine' });",
      'agent',
    ],
    ['commonjs-workflow.cjs', 'exports.runWorkflow = async () => ({});', 'workflow'],
    [
      'both.mjs',
      `${agent}export const runWorkflow = async () => ({});\nexport { agent };`,
      'workflow',
    ],
    [
      'preferred.mjs',
      `${agent}export const runWorkflow = () => ({});\nexport default agent;`,
      'agent',
    ],
  ])('%s: %s', async (name, text, type) => {
    expect(await load(await folder.write(name, text))).toMatchObject({ type });
  });

  it('an agent with handlers of actions and hooks for its input', async () => {
    const text = `${agent}export default agent;
      export async function* action() {}
      export const input = { hidden: () => null };
      export const history = 'response';
      export const other = 1;`;
    const module = await load(await folder.write('handlers.mjs', text));
    expect(module).toMatchObject({
      type: 'agent',
      handlers: { action: expect.any(Function) as unknown },
      input: { hidden: expect.any(Function) as unknown },
      history: 'response',
    });
  });

  it('an agent of another copy of the SDK, which then runs the agent', async () => {
    const copy = 'node_modules/@openai/agents';
    const other = await createModuleFolder();
    const inner = join(other.path, 'inner');
    await mkdir(join(inner, copy), { recursive: true });
    await other.write(
      `inner/${copy}/package.json`,
      JSON.stringify({
        name: '@openai/agents',
        version: '0.1.0',
        exports: { '.': { require: './index.cjs', import: './index.mjs' } },
      }),
    );
    await other.write(`inner/${copy}/index.cjs`, '');
    await other.write(
      `inner/${copy}/index.mjs`,
      `export class Agent { instructions = ''; getSystemPrompt() {} }
       export const calls = [];
       export const setTracingDisabled = (value) => calls.push(['tracing disabled', value]);
       export const setTraceProcessors = () => calls.push(['no processors']);
       export class OpenAIProvider {}
       export class Runner { run() {} }
       export const setDefaultModelProvider = () => calls.push(['provider']);
       export const setDefaultOpenAIClient = (client) => calls.push(['client', client.baseURL]);`,
    );
    await other.write(
      'inner/agent.mjs',
      "import { Agent, calls } from '@openai/agents';\nexport default new Agent();\ncalls.push(['loaded']);",
    );
    const module = await load('agent.mjs', { folder: inner });
    expect(module.type === 'agent' && (module.sdk as unknown as { calls: unknown }).calls).toEqual([
      ['tracing disabled', true],
      ['no processors'],
      ['client', 'http://127.0.0.1:9/v1'],
      ['provider'],
      ['loaded'],
    ]);
    await other.remove();
  });
});

describe('A wrong AGENT_MODULE', () => {
  const mistake = async (path: string, options: Partial<LoadOptions> = {}): Promise<string> => {
    const error: unknown = await load(path, options).then(
      () => null,
      (reason: unknown) => reason,
    );
    if (!(error instanceof AgentModuleError))
      throw new Error('no AgentModuleError', { cause: error });
    expect(error.message.split('\n')).toHaveLength(1);
    expect(error.message.startsWith(`AGENT_MODULE ${path} `)).toBe(true);
    return error.message;
  };

  it('that is missing is reported with its full path', async () => {
    expect(await mistake('./nowhere.mjs')).toBe(
      `AGENT_MODULE ./nowhere.mjs is not found: there is no file ${join(folder.path, 'nowhere.mjs')}.`,
    );
    await mkdir(join(folder.path, 'folder.mjs'));
    expect(await mistake('folder.mjs')).toContain('is not found');
  });

  it('that is not a script is reported with the extensions that are', async () => {
    expect(await mistake(await folder.write('agent.json', '{}'))).toContain(
      '.js, .mjs, .cjs or .ts',
    );
  });

  it('that is TypeScript is reported with a way out where Node does not run it', async () => {
    const name = await folder.write('agent.ts', 'export const agent: number = 1;');
    expect(await mistake(name, { runsTypeScript: false })).toContain(
      `is TypeScript, which Node ${process.versions.node} does not run: compile it`,
    );
  });

  it.each([
    ['syntax.mjs', 'export default {', 'cannot be loaded: SyntaxError: Unexpected end of input'],
    ['throws.mjs', "throw new Error('No key.\\nAnd more');", 'cannot be loaded: Error: No key.'],
    ['throws-text.mjs', "throw 'No key';", 'cannot be loaded: Error: No key'],
    ['missing.mjs', "import 'no-such-package';", "Cannot find package 'no-such-package'"],
  ])('that does not load is reported with the reason: %s', async (name, text, message) => {
    expect(await mistake(await folder.write(name, text))).toContain(message);
  });

  it('that never finishes loading is given up', async () => {
    const name = await folder.write('waits.mjs', 'await new Promise(() => {});');
    expect(await mistake(name, { timeoutMs: 20 })).toContain('not loaded within 20 ms');
  });

  it.each([
    ['empty.mjs', '', 'it exports nothing; wanted is an Agent (default export, or `agent`),'],
    ['other.mjs', 'export const assistant = 1;\nexport default {};', 'it exports assistant;'],
    ['class-only.mjs', 'export default class Agent {}', 'it exports default;'],
    [
      'history.mjs',
      "export const history = 'all';\nexport const runWorkflow = () => '';",
      'its `history` is none of messages, transcript, none.',
    ],
    [
      'agent-history.mjs',
      `${agent}export const history = 'none';\nexport default agent;`,
      'its `history` is none of thread, response, conversation.',
    ],
    [
      'action.mjs',
      `${agent}export const action = 'open';\nexport default agent;`,
      'its `action` is no function.',
    ],
    ['null.mjs', 'export default null;', 'it exports default;'],
    [
      'look-alike.mjs',
      "export default { instructions: '', getSystemPrompt() {} };",
      'its Agent was made by a copy of @openai/agents that cannot be found from the module',
    ],
  ])(
    'that exports nothing usable is reported with what it exports: %s',
    async (name, text, message) => {
      expect(await mistake(await folder.write(name, text))).toContain(message);
    },
  );
});
