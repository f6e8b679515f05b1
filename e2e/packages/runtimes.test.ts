import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startSandbox, type Sandbox } from '@taskpilot-chat/sandbox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startProgram } from '../support/program.js';
import { installMs, runIn, usePacked } from './packed.js';

const project = usePacked('server');

/** The code of a recipe, by the names of its files. */
function filesOf(recipe: string): Record<string, string> {
  const text = readFileSync(new URL(`../../docs/recipes/${recipe}.md`, import.meta.url), 'utf8');
  const blocks = text.matchAll(/^```jsx?\n\/\/ (\S+)\n([\s\S]*?)^```$/gm);
  return Object.fromEntries(
    [...blocks].map(([, name = '', code = '']): [string, string] => [name, code]),
  );
}

/** Bundles a worker and runs it in workerd; wrangler, which does both, needs a newer Node. */
const runWorker = `
import { build } from 'esbuild';
import { Miniflare } from 'miniflare';
const { outputFiles: [{ text: contents }] } = await build({
  entryPoints: ['worker.mjs'],
  bundle: true,
  format: 'esm',
  platform: 'node',
  mainFields: ['module', 'main'],
  conditions: ['workerd', 'worker'],
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire('file:///worker.mjs');" },
  external: ['cloudflare:*'],
  write: false,
});
const runtime = new Miniflare({
  modules: [{ type: 'ESModule', path: 'worker.mjs', contents }],
  compatibilityDate: '2026-04-01',
  compatibilityFlags: ['nodejs_compat'],
  bindings: process.env,
  host: '127.0.0.1',
});
console.log('Listening on ' + (await runtime.ready).href);
`;

interface Runtime {
  readonly recipe: string;
  /** Of the registry. */
  readonly packages: readonly string[];
  /** What runs it, in the project's `node_modules/.bin`; Node by default. */
  readonly command?: string;
  readonly args: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
  readonly build?: readonly [command: string, ...args: string[]];
}

const runtimes: Readonly<Record<string, Runtime>> = {
  Express: { recipe: 'express', packages: ['express@5'], args: ['server.mjs'] },
  Hono: { recipe: 'hono', packages: ['hono@4', '@hono/node-server@1'], args: ['server.mjs'] },
  Bun: { recipe: 'bun', packages: ['bun@1'], command: 'bun', args: ['server.mjs'] },
  Deno: {
    recipe: 'deno',
    packages: ['deno@2'],
    command: 'deno',
    args: ['run', '--allow-net', '--allow-env', '--allow-read', '--allow-sys', 'server.mjs'],
  },
  workerd: {
    recipe: 'workers',
    packages: ['miniflare@4', 'esbuild@0.27'],
    files: { 'run.mjs': runWorker },
    args: ['run.mjs'],
  },
  Next: {
    recipe: 'next-route-handler',
    packages: ['next@16', 'react@19', 'react-dom@19'],
    files: {
      'app/layout.jsx':
        'export default ({ children }) => <html lang="en"><body>{children}</body></html>;',
      'app/page.jsx': 'export default () => <p>A page</p>;',
    },
    build: ['next', 'build'],
    args: ['node_modules/next/dist/bin/next', 'start', '--hostname', '127.0.0.1'],
  },
};

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ wordDelayMs: 5 });
}, installMs);
afterAll(() => sandbox.close());

const json = { 'content-type': 'application/json' };

interface Session {
  readonly client_secret: string;
  readonly api?: { readonly url: string };
}

/** A session of each backend, a conversation with one, and what is refused. */
async function useService(url: string, backend: string): Promise<void> {
  const endpoint = `${url}/api/chatkit/sessions`;
  const open = (headers: Record<string, string> = {}) =>
    fetch(endpoint, { method: 'POST', headers: { ...json, ...headers }, body: '{}' });

  const answer = await open();
  expect(answer.status).toBe(200);
  expect(answer.headers.get('set-cookie')).toMatch(/^__Host-taskpilot-visitor=/);
  expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
  const session = (await answer.json()) as Session;

  const refused = await open({ origin: 'https://evil.example' });
  expect(refused.status).toBe(403);
  expect(refused.headers.get('content-type')).toContain('application/problem+json');
  const origin = 'https://www.example.com';
  const preflight = await fetch(endpoint, { method: 'OPTIONS', headers: { origin } });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get('access-control-allow-origin')).toBe(origin);

  if (backend === 'hosted') {
    expect(session.client_secret).toMatch(/^ek_/);
    return;
  }
  const chat = new URL(session.api?.url ?? '', endpoint);
  const input = {
    content: [{ type: 'input_text', text: 'add water the plants' }],
    attachments: [],
    inference_options: {},
  };
  const stream = await fetch(chat, {
    method: 'POST',
    headers: { ...json, authorization: `Bearer ${session.client_secret}` },
    body: JSON.stringify({ type: 'threads.create', params: { input } }),
  });
  expect(stream.headers.get('content-type')).toBe('text/event-stream');
  let chunks = 0;
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of stream.body ?? []) {
    chunks += 1;
    text += decoder.decode(chunk, { stream: true });
  }
  expect(text).toContain('thread.item.done');
  expect(text).toMatch(/water the plants/);
  expect(text).not.toContain('"type":"error"');
  expect(chunks).toBeGreaterThan(2);
  const unknown = await fetch(chat, { method: 'POST', headers: json, body: '{}' });
  expect(unknown.status).toBe(401);
}

describe('The recipe of the fetch handler, from the packed server,', () => {
  it.each(Object.entries(runtimes))(
    'answers on %s',
    async (name, { recipe, packages, command, args, files, build }) => {
      const cwd = await project(
        name.toLowerCase(),
        ['@taskpilot-chat/server', ...packages],
        { ...filesOf(recipe), ...files },
        // Some of them need a newer Node on paper.
        ['--no-engine-strict'],
      );
      if (build !== undefined) await runIn(cwd, build[0], build.slice(1));
      for (const backend of ['hosted', 'self-hosted']) {
        const program = startProgram(
          args,
          {
            PORT: '0',
            OPENAI_API_KEY: sandbox.apiKey,
            OPENAI_BASE_URL: sandbox.base().apiBaseUrl,
            SESSION_SECRET: 'a-secret-for-tests-only-0123456789abcdef',
            AUTH: 'anonymous',
            ALLOWED_ORIGINS: 'https://www.example.com',
            CHATKIT_BACKENDS: backend,
            CHATKIT_DOMAIN_KEY: 'domain_pk_test',
          },
          cwd,
          command === undefined ? undefined : join(cwd, 'node_modules/.bin', command),
        );
        try {
          const [, port = ''] = await program.waitFor(/https?:\/\/[\w.]+:(\d+)/);
          await useService(`http://127.0.0.1:${port}`, backend);
        } finally {
          await program.stop();
        }
      }
    },
    installMs,
  );
});
