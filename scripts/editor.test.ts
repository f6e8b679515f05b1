import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../', import.meta.url));

/** Of each folder, every so many files: enough to see each project, few enough for a minute. */
const perFolder = 2;

interface Message {
  readonly type: string;
  readonly request_seq?: number;
  readonly body?: unknown;
}

/** The language server that editors run, spoken to as they do. */
class TypeScriptServer {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, (body: unknown) => void>();
  #sequence = 0;

  constructor() {
    const path = fileURLToPath(import.meta.resolve('typescript/lib/tsserver.js'));
    this.#process = spawn(process.execPath, [path, '--disableAutomaticTypingAcquisition'], {
      cwd: root,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const { stdout } = this.#process;
    if (!stdout) throw new Error('tsserver has no output.');
    createInterface({ input: stdout }).on('line', (line) => {
      if (!line.startsWith('{')) return;
      const message = JSON.parse(line) as Message;
      if (message.type !== 'response' || message.request_seq === undefined) return;
      this.#waiting.get(message.request_seq)?.(message.body);
      this.#waiting.delete(message.request_seq);
    });
  }

  #write(command: string, args: object): number {
    this.#sequence += 1;
    const request = { seq: this.#sequence, type: 'request', command, arguments: args };
    this.#process.stdin?.write(`${JSON.stringify(request)}\n`);
    return this.#sequence;
  }

  /** For commands that are not answered. */
  send(command: string, args: object): void {
    this.#write(command, args);
  }

  ask<Body>(command: string, args: object): Promise<Body> {
    const sequence = this.#write(command, args);
    return new Promise((resolve) => {
      this.#waiting.set(sequence, (body) => {
        resolve(body as Body);
      });
    });
  }

  close(): void {
    this.#process.kill();
  }
}

function sample(): string[] {
  const files = execFileSync('git', ['ls-files', '*.ts', '*.tsx', '*.js', '*.mjs'], {
    cwd: root,
    encoding: 'utf8',
  })
    .trim()
    .split('\n');
  const folders = new Map<string, string[]>();
  for (const path of files) {
    const folder = path.slice(0, path.lastIndexOf('/') + 1);
    folders.set(folder, [...(folders.get(folder) ?? []), path]);
  }
  return [...folders.values()].flatMap((paths) => {
    const step = Math.max(1, Math.floor(paths.length / perFolder));
    return paths.filter((_, index) => index % step === 0).slice(0, perFolder + 1);
  });
}

describe('An editor', () => {
  let server: TypeScriptServer;
  beforeAll(() => {
    server = new TypeScriptServer();
  });
  afterAll(() => {
    server.close();
  });

  it('shows no false error in any file, and knows the project of each', async () => {
    const files = sample();
    const wrong: string[] = [];
    for (const path of files) {
      const file = `${root}${path}`;
      server.send('open', { file });
      const { configFileName } = await server.ask<{ configFileName: string }>('projectInfo', {
        file,
        needFileNameList: false,
      });
      if (!configFileName.endsWith('/tsconfig.json')) wrong.push(`${path} belongs to no project`);
      const errors = await server.ask<readonly { text: string; category: string }[]>(
        'semanticDiagnosticsSync',
        { file },
      );
      wrong.push(
        ...errors
          .filter(({ category }) => category === 'error')
          .map(({ text }) => `${path}: ${text}`),
      );
      server.send('close', { file });
    }
    expect(wrong).toEqual([]);
    console.log(`${files.length} files opened`);
    expect(files.length).toBeGreaterThan(60);
  }, 240_000);
});
