import { fileURLToPath } from 'node:url';
import { startProgram, type Program } from '../../e2e/support/program.js';

export const script = (name: string): string =>
  fileURLToPath(new URL(`${name}.js`, import.meta.url));

/** A running program, and what it costs. */
export interface Measured {
  readonly url: string;
  /** Processor time so far, in microseconds. */
  cpu(): Promise<number>;
  /** Bytes, without garbage: of the process, and of what is used of them. */
  memory(): Promise<{ rss: number; used: number }>;
}

/** Starts programs that say where they listen, and stops them. */
export class Programs {
  readonly #all: Program[] = [];

  async start(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const program = startProgram(args, env);
    this.#all.push(program);
    const [, url = ''] = await program.waitFor(/listening at (http:\/\/[^\s"]+)/i);
    return { url, program };
  }

  async measure(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<Measured> {
    const { url, program } = await this.start(
      ['--expose-gc', '--import', script('meter'), ...args],
      env,
    );
    const [, meter = ''] = await program.waitFor(/meter at (http:\S+)/);
    const read = async (path: string): Promise<unknown> => (await fetch(meter + path)).json();
    return {
      url,
      cpu: async () => ((await read('/')) as { cpu: number }).cpu,
      memory: async () => (await read('/memory')) as { rss: number; used: number },
    };
  }

  async stop(): Promise<void> {
    await Promise.all(this.#all.map((program) => program.stop('SIGKILL')));
  }
}
