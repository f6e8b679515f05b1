import { spawn } from 'node:child_process';

export interface Program {
  /** Resolves with the first match in standard output or error. */
  waitFor(pattern: RegExp): Promise<RegExpExecArray>;
  readonly output: () => string;
  /** Resolves with the exit code; null when a signal ended it. */
  readonly ended: Promise<number | null>;
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Characters of output that are kept. */
const maxOutput = 200_000;

/**
 * Runs a built program of this project with a bare environment and `env`.
 *
 * @param command what runs it; Node by default
 */
export function startProgram(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  cwd = '/',
  command = process.execPath,
): Program {
  const child = spawn(command, args, {
    cwd,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const listeners = new Set<() => void>();
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      // Bounds the memory of a test whose server logs a lot.
      if (output.length < maxOutput) output += text;
      for (const listener of listeners) listener();
    });
  }
  return {
    output: () => output,
    ended,
    waitFor: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(output);
          if (!match) return;
          listeners.delete(look);
          resolve(match);
        };
        listeners.add(look);
        look();
        void ended.then((code) => {
          reject(
            new Error(`ended with ${String(code)} before it said ${String(pattern)}:\n${output}`),
          );
        });
      }),
    stop: (signal = 'SIGTERM') => {
      child.kill(signal);
      return ended;
    },
  };
}
