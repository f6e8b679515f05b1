import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, vi } from 'vitest';

const server = fileURLToPath(new URL('../..', import.meta.url));

type Env = Readonly<Record<string, string>>;

/** The command `taskpilot-chat`, as processes of their own with a folder of their own. */
export class CommandLine {
  readonly folder: string;
  readonly #running = new Set<() => void>();

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async build(): Promise<CommandLine> {
    // Inside the repository, so that the packages that stay outside of the bundle are found.
    const folder = await mkdtemp(join(server, '../node_modules/.taskpilot-chat-'));
    await build({
      entryPoints: [join(server, 'cli/main.ts')],
      outfile: join(folder, 'cli.mjs'),
      bundle: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
      tsconfigRaw: {},
    });
    return new CommandLine(folder);
  }

  start(args: readonly string[], env: Env = {}) {
    const program = spawn(process.execPath, [join(this.folder, 'cli.mjs'), ...args], {
      cwd: this.folder,
      env: { PATH: process.env['PATH'], HOST: '127.0.0.1', PORT: '0', ...env },
    });
    let stdout = '';
    let stderr = '';
    program.stdout.on('data', (chunk: Buffer) => void (stdout += chunk.toString()));
    program.stderr.on('data', (chunk: Buffer) => void (stderr += chunk.toString()));
    const end = () => void program.kill('SIGKILL');
    this.#running.add(end);
    const ended = once(program, 'close').then(([code]) => {
      this.#running.delete(end);
      return { code: code as number | null, stdout, stderr };
    });
    return {
      ended,
      stdout: () => stdout,
      stderr: () => stderr,
      kill: (signal: NodeJS.Signals = 'SIGTERM') => program.kill(signal),
      /** Of a service that listens. */
      url: () =>
        // The first start makes a database, which takes long on a busy machine.
        vi.waitFor(() => {
          const [, url = ''] = /listening at (http:[^"]*)"/.exec(stdout) ?? expect.fail(stderr);
          return url;
        }, 60_000),
    };
  }

  /** Runs a command to its end. */
  run(args: readonly string[], env: Env = {}) {
    return this.start(args, env).ended;
  }

  /** Kills what is still running. */
  async remove(): Promise<void> {
    for (const end of this.#running) end();
    await rm(this.folder, { recursive: true, force: true });
  }
}
