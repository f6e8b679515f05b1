import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startFailure } from './start-failure.js';
import { sessionsPath } from './sessions/routes.js';
import { apiKey, ok, startFakeOpenAI, type Behaviour } from './test/fake-openai.js';
import { eventually } from './test/harness.js';
import { version } from './version.js';

const here = fileURLToPath(new URL('.', import.meta.url));
let folder: string;
beforeAll(async () => {
  // Inside the repository, so that the packages that stay outside of the bundle are found.
  folder = await mkdtemp(join(here, '../node_modules/.taskpilot-chat-'));
  await build({
    entryPoints: [join(here, 'main.ts')],
    outfile: join(folder, 'main.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    tsconfigRaw: {},
  });
});
afterAll(() => rm(folder, { recursive: true }));

/** The service as a process of its own, which reads `.env` of its folder and nothing of ours. */
function start(env: Readonly<Record<string, string>>) {
  const program = spawn(process.execPath, [join(folder, 'main.mjs')], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOST: '127.0.0.1', PORT: '0', ...env },
  });
  let output = '';
  const collect = (chunk: Buffer) => void (output += chunk.toString());
  program.stdout.on('data', collect);
  program.stderr.on('data', collect);
  const ended = once(program, 'close').then(([code]) => code as number | null);
  onTestFinished(() => void program.kill('SIGKILL'));
  return {
    ended,
    output: () => output,
    stop: () => program.kill('SIGTERM'),
    url: () =>
      eventually(() => {
        const [, url = ''] = /listening at (http:[^"]*)"/.exec(output) ?? expect.fail(output);
        return url;
      }),
  };
}

const open = (url: string) =>
  fetch(`${url}${sessionsPath}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });

describe('node server/dist/main.js', () => {
  it('on SIGTERM is first not ready, finishes what is under way, and ends well', async () => {
    const upstream = await startFakeOpenAI();
    onTestFinished(() => upstream.close());
    let release: (() => void) | undefined;
    const held: Behaviour = (...exchange) => {
      release = () => ok()(...exchange);
    };
    upstream.behave(held);
    await writeFile(
      join(folder, '.env'),
      `OPENAI_API_KEY=${apiKey}\nAUTH=anonymous\nSESSION_SECRET=${'s'.repeat(32)}\n`,
    );
    const service = start({ NODE_ENV: 'production', OPENAI_BASE_URL: upstream.baseUrl });
    const url = await service.url();
    const underWay = open(url);
    await eventually(() => expect(release).toBeDefined());
    // A browser opens connections ahead.
    const unused = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => undefined);
    await once(unused, 'connect');

    service.stop();
    await eventually(async () => {
      expect(await (await fetch(`${url}/readyz`)).json()).toMatchObject({ reason: 'closing' });
    });
    await eventually(() => expect(fetch(`${url}/healthz`)).rejects.toThrow());
    release?.();
    expect((await underWay).status).toBe(200);
    expect(await service.ended).toBe(0);
    expect(service.output()).not.toContain(apiKey);
  });

  it('S9: a rejected promise that an agent leaves alone is logged and counted, and nothing ends', async () => {
    await writeFile(
      join(folder, 'floating.mjs'),
      `export const responder = {
        async *respond() {
          yield { type: 'progress_update', text: 'Begun' };
          Promise.reject(new TypeError('floating'));
          await new Promise((resolve) => setImmediate(resolve));
          yield { type: 'progress_update', text: 'Ended' };
        },
      };`,
    );
    await writeFile(join(folder, '.env'), '');
    const service = start({
      // Without a key the first of them is left out, and the database is made when it is needed.
      CHATKIT_BACKENDS: 'hosted,self-hosted',
      AGENT_MODULE: join(folder, 'floating.mjs'),
      DATA_DIR: join(folder, 'floating-data'),
    });
    const url = await service.url();
    const { client_secret: token } = (await (await open(url)).json()) as { client_secret: string };
    const say = (text: string) =>
      fetch(`${url}/api/chatkit`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({
          type: 'threads.create',
          params: {
            input: {
              content: [{ type: 'input_text', text }],
              attachments: [],
              inference_options: {},
            },
          },
        }),
      });
    const answers = await Promise.all([say('one'), say('two')]);
    for (const answer of answers) expect(await answer.text()).toContain('Ended');
    await eventually(() =>
      expect(service.output().match(/A promise was rejected/g)).toHaveLength(2),
    );
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toContain('taskpilot_unhandled_rejections_total 2');
    service.stop();
    expect(await service.ended).toBe(0);
  }, 180_000);

  it('tells at its start what serves and what is missing, and at its end that it has ended', async () => {
    await writeFile(join(folder, '.env'), '');
    const service = start({ AUTH: 'anonymous', CHATKIT_BACKENDS: 'hosted', DATA_DIR: './chats' });
    await service.url();
    const lines = () =>
      service
        .output()
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { msg: string });
    const named = (part: string) => lines().filter(({ msg }) => msg.includes(part));
    await eventually(() => expect(named('serves.')).toHaveLength(1));
    expect(named('serves.')).toMatchObject([
      {
        msg: `TaskPilot Chat ${version} serves.`,
        version,
        mode: 'development',
        auth: 'anonymous',
        backends: ['hosted'],
        storage: 'embedded in ./chats',
        missing: [
          expect.stringMatching(/^SESSION_SECRET is not set/),
          expect.stringMatching(/^OPENAI_API_KEY is not set/),
        ],
      },
    ]);

    service.stop();
    expect(await service.ended).toBe(0);
    expect(named('has ended')).toMatchObject([
      { signal: 'SIGTERM', uptimeSeconds: expect.any(Number) as number },
    ]);
    expect(lines().at(-1)).toEqual(named('has ended')[0]);
  });

  it('FR-010: ends with one line about what is wrong', async () => {
    const service = start({
      NODE_ENV: 'production',
      AUTH: 'anonymous',
      TRUST_PROXY: '10.0.0.0/99',
    });
    expect(await service.ended).toBe(1);
    expect(service.output()).toBe(
      'taskpilot-chat: TRUST_PROXY takes true, false, a number of hops, or a comma list of addresses.\n',
    );
  });

  it('FR-010: says that HOST is no address of this machine', async () => {
    const service = start({ HOST: '192.0.2.1', LOG_LEVEL: 'silent' });
    expect(await service.ended).toBe(1);
    expect(service.output()).toMatch(
      /^taskpilot-chat: HOST takes an address of this machine[^\n]*\n$/,
    );
  });
});

/** Loaded before the program: a machine whose kernel knows no IPv6. */
const noIPv6 = `import { Server } from 'node:net';
const { listen } = Server.prototype;
Server.prototype.listen = function (options, ...rest) {
  if (options.host !== '::') return listen.call(this, options, ...rest);
  const error = Object.assign(new Error('listen ::'), { code: 'EAFNOSUPPORT' });
  process.nextTick(() => this.emit('error', error));
  return this;
};`;

describe('Without IPv6', () => {
  const options = () => `--import=${join(folder, 'no-ipv6.mjs')}`;
  beforeAll(() => writeFile(join(folder, 'no-ipv6.mjs'), noIPv6));

  it('the service listens over IPv4, and says so in one line', async () => {
    const service = start({ HOST: '', NODE_OPTIONS: options() });
    const { port } = new URL(await service.url());
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
    expect(service.output().match(/IPv6/g)).toHaveLength(1);
    service.stop();
    expect(await service.ended).toBe(0);
  });

  it('a HOST that asks for it is refused', async () => {
    const service = start({ HOST: '::', NODE_OPTIONS: options(), LOG_LEVEL: 'silent' });
    expect(await service.ended).toBe(1);
    expect(service.output()).toMatch(/^taskpilot-chat: HOST takes [^\n]*\n$/);
  });
});

describe('startFailure', () => {
  it.each([
    ['EADDRINUSE', 'PORT'],
    ['EACCES', 'PORT'],
    ['EADDRNOTAVAIL', 'HOST'],
    ['EAFNOSUPPORT', 'HOST'],
    ['ENOTFOUND', 'HOST'],
  ])('of %s names %s, in one line without its value', (code, name) => {
    const error = Object.assign(new Error('listen 192.0.2.1:80'), { code });
    expect(startFailure(error)).toMatch(new RegExp(`^${name} `));
    expect(startFailure(error)).not.toMatch(/192|\n/);
  });

  it('of anything else is its message', () => {
    expect(startFailure(new Error('no room'))).toBe('no room');
  });
});
