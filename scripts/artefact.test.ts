import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { brotliCompressSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseSource } from './sources.js';

/** What is published, not what it was made from. */
const root = new URL('../', import.meta.url);

function read(name: string): string {
  return readFileSync(new URL(name, root), 'utf8');
}

/** Compiled beside the sources, but never published. */
const isTest = (name: string) => /\.test\.|(^|[\\/])test[\\/]/.test(name);

function list(folder: string, ending: string): string[] {
  return readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending) && !isTest(name))
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`);
}

interface Manifest {
  readonly exports: Record<string, string | Record<string, string>>;
  readonly bin?: Record<string, string>;
  readonly dependencies: Record<string, string>;
  readonly peerDependencies?: Record<string, string>;
}

const manifestOf = (name: string) => JSON.parse(read(`${name}/package.json`)) as Manifest;

describe('The build', () => {
  beforeAll(() => {
    if (!existsSync(new URL('widget/dist/taskpilot-chat.js', root)))
      throw new Error('Run npm run build first.');
  });

  it('FR-011: has neither a workflow id nor a key in any file for browsers', () => {
    const files = [...list('widget/dist', ''), ...list('examples/dist/public', '.js')];
    const leaks = files
      .filter((name) => /\.(js|ts|json)$/.test(name))
      .filter((name) => /wf_[0-9a-f]{8}|\bsk-[\w-]{8}|OPENAI_API_KEY/.test(read(name)));
    expect(leaks).toEqual([]);
  });

  it('SC-007: never names OpenAI’s API in a file for browsers', () => {
    const files = list('widget/dist', '.js');
    expect(files.filter((name) => read(name).includes('api.openai.com'))).toEqual([]);
  });

  it('imports nothing in its modules for browsers but its declared dependencies and itself', () => {
    const { dependencies, peerDependencies } = manifestOf('widget');
    const allowed = Object.keys({ ...dependencies, ...peerDependencies });
    const foreign = list('widget/dist', '.js').flatMap((name) =>
      parseSource(name, read(name))
        .imports.map(({ target }) => target)
        .filter((target) => !target.startsWith('widget/dist/'))
        .filter((target) => !allowed.some((own) => `${target}/`.startsWith(`${own}/`)))
        .map((target) => `${name} imports ${target}`),
    );
    expect(foreign).toEqual([]);
  });

  it('is one classic script without imports', () => {
    const path = 'widget/dist/taskpilot-chat.js';
    const script = parseSource(path, read(path));
    expect(script.imports).toEqual([]);
    expect(read(path)).not.toMatch(/\bimport\.meta\b|\bexport\s*\{/);
  });

  it('has a script of at most 25,760 bytes brotli', () => {
    const bytes = brotliCompressSync(read('widget/dist/taskpilot-chat.js')).length;
    expect(bytes).toBeLessThanOrEqual(25_760);
  });

  it('has a session client without Lit', () => {
    const seen = new Set<string>();
    const follow = (path: string): void => {
      if (seen.has(path)) return;
      seen.add(path);
      if (!path.startsWith('widget/dist/')) return;
      for (const { target } of parseSource(path, read(`${path}.js`)).imports) follow(target);
    };
    follow('widget/dist/modules/session');
    expect([...seen].filter((path) => !path.startsWith('widget/dist/'))).toEqual([]);
  });

  it('has a fetch handler without Fastify and without databases', () => {
    const packages = new Set<string>();
    const seen = new Set<string>();
    const follow = (path: string): void => {
      if (seen.has(path)) return;
      seen.add(path);
      if (!path.startsWith('server/dist/')) {
        packages.add(
          path
            .split('/')
            .slice(0, path.startsWith('@') ? 2 : 1)
            .join('/'),
        );
        return;
      }
      for (const { target } of parseSource(path, read(`${path}.js`)).imports) follow(target);
    };
    follow('server/dist/fetch/index');
    // Each works in every runtime that has Node's modules; only what is listed here was tried there.
    expect([...packages].filter((name) => !name.startsWith('node:')).sort()).toEqual([
      '@huggingface/jinja',
      '@openai/agents',
      'aws4fetch',
      'cockatiel',
      'cookie',
      'cookie-signature',
      'helmet',
      'ipaddr.js',
      'jose',
      'leven',
      'lru-cache',
      'negotiator',
      'openai',
      'secure-json-parse',
      'typebox',
    ]);
    const absent = ['node:fs', 'node:http', 'node:child_process', 'node:worker_threads'];
    expect([...packages].filter((name) => absent.includes(name))).toEqual([]);
  });

  it.each(['widget', 'server', 'sandbox'])(
    'has every file that package.json of %s names',
    (name) => {
      const manifest = manifestOf(name);
      const targets = [manifest.exports, manifest.bin ?? {}].flatMap((entries) =>
        Object.values(entries).flatMap((target) =>
          typeof target === 'string' ? target : Object.values(target),
        ),
      );
      expect(targets.filter((target) => !existsSync(new URL(`${name}/${target}`, root)))).toEqual(
        [],
      );
    },
  );
});
