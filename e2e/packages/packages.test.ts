import { once } from 'node:events';
import { readdir, readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { launchBrowser } from '../support/browser.js';
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

/** Opens the files of a folder in a browser; resolves with the errors of the page when the bubble is there. */
async function openInBrowser(site: string): Promise<string[]> {
  const types: Record<string, string> = {
    '.html': 'text/html',
    '.js': 'text/javascript',
    '.css': 'text/css',
  };
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const path = pathname === '/' ? '/index.html' : pathname;
    void readFile(join(site, path)).then(
      (body) =>
        response.writeHead(200, { 'content-type': types[extname(path)] ?? 'text/plain' }).end(body),
      () => response.writeHead(404).end(),
    );
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/`);
    await page.getByRole('button', { name: 'Chat with Ann' }).waitFor();
    return errors;
  } finally {
    await browser.close();
    server.close();
  }
}

const reactPage = `import { TaskPilotChat } from 'taskpilot-chat/react';
export function Page() {
  return <TaskPilotChat label="Chat with Ann" sessionEndpoint="/sessions" onOpen={(event) => { event.preventDefault(); }} />;
}
`;

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

  it(
    'runs in React 19 built by Vite',
    async () => {
      const cwd = await project(
        'vite-react',
        ['taskpilot-chat', 'react@19', 'react-dom@19', 'vite@8', '@vitejs/plugin-react@6'],
        {
          'index.html':
            '<!doctype html><html lang="en"><div id="root"></div><script type="module" src="/main.tsx"></script></html>',
          'main.tsx': `import { createRoot } from 'react-dom/client';
import { Page } from './page.js';
createRoot(document.getElementById('root')).render(<Page />);`,
          'page.tsx': reactPage,
          'vite.config.js': `import react from '@vitejs/plugin-react';
export default { plugins: [react()] };`,
        },
      );
      await runIn(cwd, 'vite', ['build']);
      expect(await openInBrowser(join(cwd, 'dist'))).toEqual([]);
    },
    installMs,
  );

  it(
    'runs in Next built by webpack, rendered on the server',
    async () => {
      const cwd = await project('next', ['taskpilot-chat', 'react@19', 'react-dom@19', 'next@16'], {
        'next.config.mjs': `export default { output: 'export' };`,
        'app/layout.jsx': `export default function Layout({ children }) {
  return <html lang="en"><body>{children}</body></html>;
}`,
        // A server component: the package's own 'use client' makes the border.
        'app/page.jsx': reactPage
          .replace('export function', 'export default function')
          .replace(/ onOpen=\{.*\}\}/, ''),
      });
      await runIn(cwd, 'next', ['build', '--webpack']);
      expect(await openInBrowser(join(cwd, 'out'))).toEqual([]);
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
