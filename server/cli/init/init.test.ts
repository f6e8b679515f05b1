import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { parseEnv } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../config.js';
import { loadEnvironment } from '../../environment.js';
import { eventually } from '../../test/harness.js';
import { UsageError } from '../arguments.js';
import { EnvFile } from './env-file.js';
import { runInit } from './init.js';
import { openTerminal, type Terminal } from './terminal.js';

const apiKey = 'sk-of-the-init-test';

let folder: string;
let path: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'taskpilot-init-'));
  path = join(folder, '.env');
  await writeFile(join(folder, 'key'), `${apiKey}\n`);
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(() => rm(path, { force: true }));

/** What the command prints. */
async function init(args: readonly string[], terminal: Terminal | null = null): Promise<string> {
  const lines: string[] = [];
  await runInit(args, { path, print: (line) => lines.push(line), terminal });
  return lines.join('\n');
}

const values = async () => parseEnv(await readFile(path, 'utf8'));

describe('init', () => {
  it('writes a secret that only this account can read, and prints the tag', async () => {
    const printed = await init([
      '--origin=https://www.example.com',
      '--origin=https://*.shop.example',
      '--public-url=https://chat.example.com',
      `--key-file=${join(folder, 'key')}`,
      '--auth=anonymous',
    ]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const { SESSION_SECRET: secret = '', ...others } = await values();
    expect(secret).toMatch(/^[\w-]{43}$/);
    expect(others).toEqual({
      ALLOWED_ORIGINS: 'https://www.example.com,https://*.shop.example',
      PUBLIC_URL: 'https://chat.example.com',
      OPENAI_API_KEY_FILE: join(folder, 'key'),
      AUTH: 'anonymous',
    });
    expect(printed).toContain(
      '<script src="https://chat.example.com/taskpilot-chat.js" async data-session-endpoint="https://chat.example.com/api/chatkit/sessions"></script>',
    );
    expect(printed).not.toContain(secret);
    expect(printed).not.toContain(apiKey);
    // The service starts with it in production.
    const { env } = loadEnvironment({ NODE_ENV: 'production' }, path);
    expect(readConfig(env).openai.apiKey).toBe(apiKey);
  });

  it('keeps what the file says, comments included, and adds what is missing', async () => {
    const before =
      '# Mine\nexport LOG_LEVEL=warn # few\nOPENAI_API_KEY=\nSESSION_SECRET="kept, and kept as it is, 0123"';
    await writeFile(path, before);
    const printed = await init(['--workflow', 'wf_mine']);
    expect(await readFile(path, 'utf8')).toBe(`${before}\nCHATKIT_WORKFLOW_ID=wf_mine\n`);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(printed).toContain('now sets CHATKIT_WORKFLOW_ID.');
    expect(printed).toContain('OPENAI_API_KEY is still missing.');
    expect(await init([])).toContain('sets all of it already.');
  });

  it('replaces a value with --force only', async () => {
    const before =
      'ALLOWED_ORIGINS="https://a.example,\nhttps://b.example"\nSESSION_SECRET=old\nPORT=4000\n';
    await writeFile(path, before);
    const change = ['--origin', 'https://c.example'];
    await expect(init(change)).rejects.toThrow(/sets ALLOWED_ORIGINS already: --force replaces it/);
    expect(await readFile(path, 'utf8')).toBe(before);
    await init([...change, '--force']);
    expect(await readFile(path, 'utf8')).toBe(
      'ALLOWED_ORIGINS=https://c.example\nSESSION_SECRET=old\nPORT=4000\n',
    );
  });

  it('puts a file with the key in the place of a key with --force only', async () => {
    await writeFile(path, `OPENAI_API_KEY=sk-old\n`);
    const change = ['--key-file', join(folder, 'key')];
    await expect(init(change)).rejects.toThrow(/sets OPENAI_API_KEY already/);
    await init([...change, '--force']);
    expect(readConfig(loadEnvironment({}, path).env).openai.apiKey).toBe(apiKey);
  });

  it.each([
    [['--origin', 'example.com'], '--origin takes an origin such as'],
    [['--workflow', 'mine'], '--workflow takes a workflow id that starts with wf_'],
    [['--auth', 'none'], '--auth takes one of anonymous, jwt, header'],
    [['--key-file', '/nowhere/key'], '/nowhere/key (ENOENT)'],
    [['--key', 'sk'], 'There is no flag --key'],
    [['--origins', 'https://a.example'], 'did you mean --origin?'],
  ])('refuses %j, and writes nothing', async (args, message) => {
    await expect(init(args)).rejects.toThrow(UsageError);
    await expect(init(args)).rejects.toThrow(message);
    await expect(stat(path)).rejects.toThrow('ENOENT');
  });
});

describe('init in a terminal', () => {
  function person() {
    const input = new PassThrough();
    const output = new PassThrough();
    const shown = text(output);
    let seen = '';
    output.on('data', (chunk: Buffer) => (seen += chunk.toString()));
    const terminal = openTerminal(input, output);
    return {
      terminal,
      /** Types a line as soon as a question is on the screen. */
      answer: async (question: RegExp, line: string) => {
        await eventually(() => expect(seen).toMatch(question));
        seen = '';
        input.write(`${line}\r`);
      },
      leave: () => input.end(),
      shown: async () => {
        terminal.close();
        output.end();
        return shown;
      },
    };
  }

  it('asks for what is missing, again where it cannot be, and never shows the key', async () => {
    const { terminal, answer, shown } = person();
    const done = init([], terminal);
    await answer(/API key/, apiKey);
    await answer(/Origins of pages/, 'example.com');
    await answer(/Origins of pages/, 'https://www.example.com');
    await answer(/How users are known/, '');
    const printed = await done;
    expect(printed).toContain('It takes a comma list of origins');
    expect(await values()).toMatchObject({
      OPENAI_API_KEY: apiKey,
      ALLOWED_ORIGINS: 'https://www.example.com',
      AUTH: 'anonymous',
    });
    expect(`${printed}${await shown()}`).not.toContain(apiKey);
  });

  it('asks for nothing that a flag or the file says', async () => {
    await writeFile(path, 'OPENAI_API_KEY=sk\nAUTH=anonymous\n');
    const { terminal, shown } = person();
    await init(['--origin', 'https://a.example'], terminal);
    expect(await shown()).toBe('');
  });

  it('writes nothing when the person leaves', async () => {
    const { terminal, answer, leave } = person();
    const done = init([], terminal);
    const failed = expect(done).rejects.toThrow('Nothing was written.');
    await answer(/API key/, apiKey);
    leave();
    await failed;
    await expect(stat(path)).rejects.toThrow('ENOENT');
  });
});

describe('EnvFile', () => {
  it.each(['plain', 'a b', 'a#b', '"x"', "it's", 'a\\b c', '$HOME `x`', ''])(
    'reads %j back as it was written',
    async (value) => {
      await (await EnvFile.read(path)).with({ NAME: value, OTHER: 'x' }).write();
      expect(await values()).toEqual({ NAME: value, OTHER: 'x' });
    },
  );
});
