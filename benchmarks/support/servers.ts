import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import { startProgram, type Program } from '../../e2e/support/program.js';
import { pageOrigin } from './load.js';

/** Path of a program in this folder. */
export const support = (name: string): string =>
  fileURLToPath(new URL(`${name}.js`, import.meta.url));

/** As an operator runs it, but for the limits: one address asks for all of these sessions. */
export const settings = {
  NODE_ENV: 'production',
  AUTH: 'anonymous',
  SESSION_SECRET: 'a-secret-for-benchmarks-only-0123456789',
  ALLOWED_ORIGINS: pageOrigin,
  RATE_LIMIT_PER_MINUTE: '100000',
  OPENAI_API_KEY: 'sk-benchmark',
  HOST: '127.0.0.1',
  PORT: '0',
};

/** A port that nobody listens on now. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Waits until the service answers at its address. */
async function answering(url: string): Promise<string> {
  const end = Date.now() + 20_000;
  for (;;) {
    try {
      await fetch(`${url}/healthz`);
      return url;
    } catch (error) {
      if (Date.now() > end) throw error;
      await sleep(50);
    }
  }
}

/** Starts servers as processes of their own, and ends them after the tests of the file. */
export function useServers() {
  const programs: Program[] = [];
  afterAll(async () => {
    await Promise.all(programs.map((program) => program.stop('SIGKILL')));
  });
  /** Resolves with the address that the program prints, or, when `quiet`, answers at. */
  return async (
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    { quiet = false } = {},
  ): Promise<string> => {
    if (quiet) {
      const port = await freePort();
      programs.push(startProgram(args, { ...env, PORT: String(port), LOG_LEVEL: 'warn' }));
      return answering(`http://127.0.0.1:${port}`);
    }
    const program = startProgram(args, env);
    programs.push(program);
    const [, url = ''] = await program.waitFor(/listening at (http:\/\/[^\s"]+)/i);
    return url;
  };
}
