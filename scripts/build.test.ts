import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const exec = promisify(execFile);
const root = fileURLToPath(new URL('../', import.meta.url));

interface Manifest {
  readonly scripts: Readonly<Record<string, string>>;
  readonly wireit: Readonly<Record<string, object>>;
}

/** A project with the build configuration of this one, whose build writes one file. */
let folder: string;
const write = async (path: string, text: string): Promise<void> => {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'taskpilot-build-'));
  const { scripts, wireit } = JSON.parse(
    await readFile(join(root, 'package.json'), 'utf8'),
  ) as Manifest;
  await write('package.json', JSON.stringify({ scripts: { build: scripts['build'] }, wireit }));
  await write(
    'scripts/build.js',
    `const fs = require('node:fs');
     fs.mkdirSync('widget/dist', { recursive: true });
     fs.writeFileSync('widget/dist/taskpilot-chat.js', 'built');`,
  );
  await write('widget/define.ts', '');
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Whether the command has run. */
async function build(): Promise<boolean> {
  const { stdout } = await exec('npm', ['run', 'build'], { cwd: folder });
  return stdout.includes('Ran 1 script');
}

describe('npm run build', () => {
  it('builds once, and anew when a source, a configuration or the lockfile has changed', async () => {
    expect(await build()).toBe(true);
    expect(await build()).toBe(false);
    for (const path of [
      'widget/define.ts',
      'widget/strings/fi.ts',
      'server/http/new.ts',
      'sandbox/frame/static/index.html',
      'examples/pages/new.html',
      'scripts/run.js',
      'tsconfig.json',
      'rollup.config.mjs',
      'custom-elements-manifest.config.js',
      'package-lock.json',
    ]) {
      await write(path, path.endsWith('.json') ? '{"changed":true}' : '// changed');
      expect(await build(), path).toBe(true);
    }
    expect(await build()).toBe(false);
  }, 60_000);

  it('has its results again when they are missing', async () => {
    await build();
    await rm(join(folder, 'widget/dist'), { recursive: true });
    await build();
    expect(await readFile(join(folder, 'widget/dist/taskpilot-chat.js'), 'utf8')).toBe('built');
  });
});
