import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startProgram } from '../support/program.js';
import { exec, installMs, npm, runIn, usePacked } from './packed.js';

const project = usePacked('widget', 'server', 'sandbox');

const node = (cwd: string, code: string) =>
  exec(process.execPath, ['--input-type=module', '--eval', code], { cwd });

async function sizeOf(path: string): Promise<number> {
  const { size, blocks } = await stat(path);
  if (!(await stat(path)).isDirectory()) return Math.max(size, blocks * 512);
  const names = await readdir(path);
  const sizes = await Promise.all(names.map((name) => sizeOf(join(path, name))));
  return sizes.reduce((sum, one) => sum + one, 0);
}

describe('taskpilot-chat, packed', () => {
  it(
    'brings at most 12 packages and 9 MB, and its modules can be imported on a server',
    async () => {
      const cwd = await project('widget', ['taskpilot-chat']);
      const { stdout } = await npm(['ls', '--all', '--parseable'], cwd);
      const installed = new Set(stdout.trim().split('\n').slice(1));
      const bytes = await sizeOf(join(cwd, 'node_modules'));
      console.log(`taskpilot-chat: ${installed.size} packages, ${bytes} bytes on disk`);
      expect(installed.size).toBeLessThanOrEqual(12);
      expect(bytes).toBeLessThanOrEqual(9 * 1024 * 1024);
      await node(
        cwd,
        `const { TaskPilotChat, errorCodes } = await import('taskpilot-chat/element');
         const { chatKitApi } = await import('taskpilot-chat/session');
         await import('taskpilot-chat');
         if (!TaskPilotChat || !errorCodes.length || !chatKitApi) throw new Error('missing exports');`,
      );
      const script = await readFile(
        join(cwd, 'node_modules/taskpilot-chat/dist/taskpilot-chat.js'),
        'utf8',
      );
      expect(script).not.toMatch(/^import |^export /m);
      const files = await readdir(join(cwd, 'node_modules/taskpilot-chat/dist'), {
        recursive: true,
      });
      expect(files.filter((name) => /\.test\.|(^|\/)test\//.test(name))).toEqual([]);
    },
    installMs,
  );
});

describe('@taskpilot-chat/server and @taskpilot-chat/sandbox, packed', () => {
  it(
    'install, type-check, and run',
    async () => {
      const cwd = await project(
        'server',
        [
          '@taskpilot-chat/server',
          '@taskpilot-chat/sandbox',
          'typescript@6.0',
          '@types/node@20',
          'fastify@5',
        ],
        {
          'tsconfig.json': JSON.stringify({
            compilerOptions: {
              target: 'ES2022',
              module: 'NodeNext',
              strict: true,
              noEmit: true,
              types: ['node'],
              // drizzle-orm declares types of database drivers that are not installed.
              skipLibCheck: true,
            },
            include: ['*.ts'],
          }),
          'service.ts': `import { buildApp, readConfig } from '@taskpilot-chat/server';
import { MemoryStore, type Responder } from '@taskpilot-chat/server/chatkit';
import { startSandbox } from '@taskpilot-chat/sandbox';
const responder: Responder = { async *respond() {} };
const sandbox = await startSandbox();
const { apiBaseUrl } = sandbox.base();
const config = readConfig({ OPENAI_API_KEY: sandbox.apiKey, OPENAI_BASE_URL: apiBaseUrl, LOG_LEVEL: 'silent' });
const app = await buildApp(config, { responder, store: new MemoryStore() });
const answer = await app.inject({ method: 'POST', url: '/api/chatkit/sessions', payload: {} });
console.log(answer.statusCode, Object.keys(answer.json() as object).sort().join());
await app.close();
await sandbox.close();
`,
        },
      );
      const bin = (name: string) => join(cwd, 'node_modules/.bin', name);
      await runIn(cwd, 'tsc');
      await runIn(cwd, 'tsc', ['--noEmit', 'false', '--outDir', 'out']);
      const { stdout } = await exec(process.execPath, ['out/service.js'], { cwd });
      expect(stdout).toMatch(/^200 client_secret,expires_at,session_id/);

      expect((await exec(bin('taskpilot-chat'), ['--version'], { cwd })).stdout).toBe('0.1.0\n');
      expect((await exec(bin('taskpilot-chat'), ['sandbox', '--help'], { cwd })).stdout).toContain(
        'Stands in for OpenAI',
      );
      const service = startProgram(
        [join(cwd, 'node_modules/@taskpilot-chat/server/dist/main.js')],
        { PORT: '0', HOST: '127.0.0.1', LOG_LEVEL: 'info' },
        cwd,
      );
      try {
        const [, url = ''] = await service.waitFor(/(http:\/\/127\.0\.0\.1:\d+)/);
        expect((await fetch(`${url}/healthz`)).status).toBe(200);
        const script = await fetch(`${url}/taskpilot-chat.js`, {
          headers: { 'accept-encoding': 'br' },
        });
        expect(script.headers.get('content-encoding')).toBe('br');
        expect(await script.text()).toContain('taskpilot-chat');
      } finally {
        expect(await service.stop()).toBe(0);
      }
    },
    installMs,
  );
});
