import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** A TypeScript file as a process of its own. */
export interface Program {
  /** Starts it; `lines` has what it prints. */
  start(...args: readonly string[]): { child: ChildProcess; lines: AsyncIterable<string> };
  remove(): Promise<void>;
}

/** @param flags of Node */
export async function compile(file: URL, flags: readonly string[] = []): Promise<Program> {
  const folder = await mkdtemp(join(tmpdir(), 'taskpilot-program-'));
  const outfile = join(folder, 'program.mjs');
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  await build({
    entryPoints: [fileURLToPath(file)],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    logLevel: 'silent',
  });
  return {
    start: (...args) => {
      const child = spawn(process.execPath, [...flags, outfile, ...args], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      return { child, lines: createInterface({ input: child.stdout }) };
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
