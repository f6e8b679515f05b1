import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { beforeAll, expect, it } from 'vitest';
import { useFakeModel } from './test/fake-model.js';
import { useModuleFolder } from './test/module-folder.js';

const run = promisify(execFile);

const model = await useFakeModel();
const folder = await useModuleFolder();
beforeAll(async () => {
  await build({
    entryPoints: [join(import.meta.dirname, 'test/telemetry-program.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    outfile: join(folder.path, 'program.mjs'),
    logLevel: 'error',
  });
});

it.each([
  [
    'an agent',
    'agent',
    () =>
      folder.write(
        'agent.mjs',
        "import { Agent } from '@openai/agents';\nexport default new Agent({ name: 'Mine' });",
      ),
  ],
  ['an export', 'workflow', () => folder.compile('agent-builder-export.ts', 'export.mjs')],
  ['a CommonJS export', 'workflow', () => folder.compile('agent-builder-export.ts', 'export.cjs')],
])(
  'In production, %s connects to the model alone, without tracing, and nothing keeps the process alive',
  async (_title, kind, write) => {
    const { stdout, stderr } = await run(
      process.execPath,
      ['program.mjs', await write(), model.baseUrl],
      {
        cwd: folder.path,
        // The SDK's tracing would use a key in the environment.
        env: { ...process.env, NODE_ENV: 'production', OPENAI_API_KEY: 'sk-environment' },
        timeout: 14_000,
      },
    );
    expect(stderr).toBe('');
    const printed = JSON.parse(stdout) as { hosts: string[]; idleMs: number };
    expect(printed).toMatchObject({ kind, texts: ['Hello.'] });
    expect(printed.hosts).toEqual([new URL(model.baseUrl).host]);
    // The connection to the model is kept open for a while; the tracing's timer would take five seconds.
    expect(printed.idleMs).toBeLessThan(5000);
    expect(model.requests.map(({ authorization }) => authorization)).toContain('Bearer sk-test');
    expect(model.requests.map(({ authorization }) => authorization)).not.toContain(
      'Bearer sk-environment',
    );
  },
);
