import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, chown, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { freePort } from '../support/servers.js';

const exec = promisify(execFile);
/** Two installations from the npm registry and a build. */
const buildMs = 900_000;

interface ImageConfig {
  readonly User: string;
  readonly Env: readonly string[];
  readonly WorkingDir: string;
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
  readonly Healthcheck: { readonly Test: readonly string[] };
}

let folder: string;
/** The files of the image, and what it says of itself. */
let files: string;
let config: ImageConfig;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'taskpilot-image-'));
  const script = fileURLToPath(new URL('build-image.sh', import.meta.url));
  const { stdout } = await exec(script, [folder], { maxBuffer: 50_000_000 });
  const [, root = '', json = ''] = /^([^\n]*)\n(.*)$/s.exec(stdout) ?? [];
  files = root;
  config = (JSON.parse(json) as { Docker: { config: ImageConfig } }).Docker.config;
}, buildMs);
// Gigabytes in many files.
afterAll(() => rm(folder, { recursive: true }), 120_000);

/** Runs a program as the image's account, as process 1 where nothing but `/data` can be written. */
async function start(command: readonly string[], env: Readonly<Record<string, string>>) {
  const [user = '', group = ''] = config.User.split(':');
  const data = await mkdtemp(join(folder, 'data-'));
  await chown(data, Number(user), Number(group));
  const variables = [
    ...config.Env.map((entry) => entry.split(/=(.*)/s)),
    ...Object.entries(env),
  ].flatMap(([name = '', value = '']) => ['--setenv', name, value]);
  const child = spawn(
    'bwrap',
    [
      ...['--ro-bind', files, '/', '--bind', data, '/data', '--proc', '/proc', '--dev', '/dev'],
      ...['--unshare-pid', '--as-pid-1', '--die-with-parent', '--json-status-fd', '3'],
      ...['--clearenv', ...variables, '--chdir', config.WorkingDir, '--'],
      ...['setpriv', `--reuid=${user}`, `--regid=${group}`, '--clear-groups', ...command],
    ],
    { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] },
  );
  let output = '';
  const [, out, err, status] = child.stdio;
  for (const stream of [out, err]) {
    stream?.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const [line] = (await once(createInterface({ input: status as Readable }), 'line')) as [string];
  const { 'child-pid': pid } = JSON.parse(line) as { 'child-pid': number };
  onTestFinished(async () => {
    // bwrap ends with it. The other way round the program would go on.
    if (child.exitCode === null) process.kill(pid, 'SIGKILL');
    await ended;
  });
  return { ended, output: () => output, stop: () => process.kill(pid, 'SIGTERM') };
}

const production = {
  AUTH: 'anonymous',
  SESSION_SECRET: 'a-secret-for-journeys-only-0123456789',
  OPENAI_API_KEY: 'sk-unused',
  CHATKIT_BACKENDS: 'self-hosted',
};

describe('The image of deploy/Dockerfile', () => {
  it('has the service and what it needs, and nothing else', async () => {
    await access(join(files, 'app/server/dist/public/taskpilot-chat.js'));
    expect(await readdir(join(files, 'app'))).toEqual(['node_modules', 'server']);
    const packages = await readdir(join(files, 'app/node_modules'));
    expect(packages).toContain('fastify');
    expect(packages).not.toContain('typescript');
    const service = await readdir(join(files, 'app/server/dist'), { recursive: true });
    expect(service.filter((name) => /\.test\.|(^|\/)test\//.test(name))).toEqual([]);
    expect(config.User).toMatch(/^[1-9]\d*:[1-9]\d*$/);
  });

  it('runs as process 1 without rights on a read-only file system, is healthy, and ends on SIGTERM', async () => {
    const port = String(await freePort());
    const env = { ...production, PORT: port };
    const service = await start([...config.Entrypoint, ...config.Cmd], env);
    await vi.waitFor(
      async () => {
        const answer = await fetch(`http://127.0.0.1:${port}/readyz`);
        expect(answer.status, service.output()).toBe(200);
      },
      { timeout: 60_000, interval: 250 },
    );
    expect((await fetch(`http://127.0.0.1:${port}/taskpilot-chat.js`)).status).toBe(200);
    const [kind, ...check] = config.Healthcheck.Test;
    expect(kind).toBe('CMD');
    expect(await (await start(check, env)).ended).toBe(0);
    service.stop();
    expect(await service.ended, service.output()).toBe(0);
    expect(await (await start(check, env)).ended).toBe(1);
  }, 120_000);

  it('has the other commands, too', async () => {
    const program = await start([...config.Entrypoint, '--version'], {});
    expect(await program.ended).toBe(0);
    expect(program.output()).toMatch(/^\d+\.\d+\.\d+/);
  });
});
