import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseSource } from './sources.js';

/** What is published, not what it was made from. */
const dist = new URL('../dist/', import.meta.url);

function read(name: string): string {
  return readFileSync(new URL(name, dist), 'utf8');
}

function list(folder: string, ending: string): string[] {
  return readdirSync(new URL(folder, dist), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`);
}

describe('The build', () => {
  beforeAll(() => {
    if (!existsSync(new URL('taskpilot-chat.js', dist)))
      throw new Error('Run npm run build first.');
  });

  it('FR-011: has neither a workflow id nor a key in any file for browsers', () => {
    const files = [
      'taskpilot-chat.js',
      'custom-elements.json',
      ...list('widget', ''),
      ...list('examples/public', '.js'),
    ];
    const leaks = files
      .filter((name) => /\.(js|ts|json)$/.test(name))
      .filter((name) => /wf_[0-9a-f]{8}|\bsk-[\w-]{8}|OPENAI_API_KEY/.test(read(name)));
    expect(leaks).toEqual([]);
  });

  it('SC-007: never names OpenAI’s API in a file for browsers', () => {
    const files = ['taskpilot-chat.js', ...list('widget', '.js')];
    expect(files.filter((name) => read(name).includes('api.openai.com'))).toEqual([]);
  });

  it('imports nothing in its modules for browsers but React and itself', () => {
    const foreign = list('widget', '.js').flatMap((name) =>
      parseSource(name, read(name))
        .imports.map(({ target }) => target)
        .filter((target) => !/^(widget\/|@lit\/react$|react$)/.test(target))
        .map((target) => `${name} imports ${target}`),
    );
    expect(foreign).toEqual([]);
  });

  it('is one classic script without imports', () => {
    const script = parseSource('taskpilot-chat.js', read('taskpilot-chat.js'));
    expect(script.imports).toEqual([]);
    expect(read('taskpilot-chat.js')).not.toMatch(/\bimport\.meta\b|\bexport\s*\{/);
  });

  it('has every file that package.json names', () => {
    const manifest = JSON.parse(
      readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
    ) as {
      exports: Record<string, string | Record<string, string>>;
      bin: Record<string, string>;
    };
    const targets = [manifest.exports, manifest.bin].flatMap((entries) =>
      Object.values(entries).flatMap((target) =>
        typeof target === 'string' ? target : Object.values(target),
      ),
    );
    const missing = targets.filter(
      (target) => !existsSync(new URL(`../${target}`, import.meta.url)),
    );
    expect(missing).toEqual([]);
  });
});
