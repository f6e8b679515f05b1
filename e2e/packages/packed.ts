import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

export const exec = promisify(execFile);
export const npm = (args: readonly string[], cwd: string) =>
  exec('npm', [...args, '--no-audit', '--no-fund'], { cwd, maxBuffer: 20_000_000 });
export const installMs = 300_000;

interface Packed {
  readonly name: string;
  readonly filename: string;
}

/** A command of a project; what it prints is the message of its failure. */
export async function runIn(
  cwd: string,
  command: string,
  args: readonly string[] = [],
): Promise<string> {
  const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1' };
  try {
    return (await exec(join(cwd, 'node_modules/.bin', command), [...args], { cwd, env })).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(stdout + stderr, { cause: error });
  }
}

/**
 * The packages as their consumers get them: packed, and installed into empty projects with `engine-strict` on
 * the Node that runs this. The npm registry is needed.
 */
export function usePacked(...workspaces: readonly string[]) {
  let folder: string;
  const tarballs = new Map<string, string>();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'taskpilot-packages-'));
    const { stdout } = await npm(
      [
        'pack',
        '--json',
        ...workspaces.flatMap((name) => ['--workspace', name]),
        '--pack-destination',
        folder,
      ],
      root,
    );
    const packed = JSON.parse(stdout) as Packed[] | Record<string, Packed>;
    for (const { name, filename } of Object.values(packed)) {
      tarballs.set(name, join(folder, filename));
    }
  }, installMs);
  afterAll(() => rm(folder, { recursive: true, force: true }), installMs);

  /** An empty project with these packages: those of this repository as tarballs, others from the registry. */
  return async function project(
    name: string,
    packages: readonly string[],
    files: Readonly<Record<string, string>> = {},
    options: readonly string[] = ['--engine-strict'],
  ): Promise<string> {
    const cwd = join(folder, name);
    await mkdir(cwd);
    const manifest = { name, private: true, type: 'module' };
    for (const [path, text] of Object.entries({
      'package.json': JSON.stringify(manifest),
      ...files,
    })) {
      await mkdir(join(cwd, path, '..'), { recursive: true });
      await writeFile(join(cwd, path), text);
    }
    const specifiers = packages.map((wanted) => tarballs.get(wanted) ?? wanted);
    await npm(['install', ...options, ...specifiers], cwd);
    return cwd;
  };
}

/** Strict options of a consumer's type checker. */
export const strict = (
  moduleResolution: string,
  module: string,
  more: Readonly<Record<string, unknown>> = {},
) =>
  JSON.stringify({
    compilerOptions: {
      target: 'ES2022',
      module,
      moduleResolution,
      strict: true,
      noEmit: true,
      jsx: 'react-jsx',
      lib: ['ES2023', 'DOM', 'DOM.Iterable', 'ESNext.Disposable'],
      types: [],
      // The types of @openai/chatkit import without file extensions, which nodenext refuses.
      skipLibCheck: moduleResolution === 'nodenext',
    },
    ...more,
  });
