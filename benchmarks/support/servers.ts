import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import { startProgram, type Program } from '../../e2e/support/program.js';

/** Path of a program in this folder. */
export const support = (name: string): string =>
  fileURLToPath(new URL(`${name}.js`, import.meta.url));

/** As an operator runs it, but for the limits: one address asks for all of these sessions. */
export const settings = {
  NODE_ENV: 'production',
  AUTH: 'anonymous',
  SESSION_SECRET: 'a-secret-for-benchmarks-only-0123456789',
  RATE_LIMIT_PER_MINUTE: '100000',
  OPENAI_API_KEY: 'sk-benchmark',
  HOST: '127.0.0.1',
  PORT: '0',
};

/** Starts servers as processes of their own, and ends them after the tests of the file. */
export function useServers() {
  const programs: Program[] = [];
  afterAll(async () => {
    await Promise.all(programs.map((program) => program.stop('SIGKILL')));
  });
  /** Resolves with the address that the program prints. */
  return async (
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<string> => {
    const program = startProgram(args, env);
    programs.push(program);
    const [, url = ''] = await program.waitFor(/listening at (http:\/\/[^\s"]+)/i);
    return url;
  };
}
