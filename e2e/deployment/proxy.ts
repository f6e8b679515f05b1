import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, vi } from 'vitest';

/** A file of `deploy/`. */
export const deployed = (path: string): string =>
  fileURLToPath(new URL(`../../deploy/${path}`, import.meta.url));

/** A port of 127.0.0.1 that was free a moment ago: nginx and Caddy cannot be asked which one they took. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Runs a program until the end of the test, and waits until it listens. */
async function run(
  command: string,
  args: readonly string[],
  port: number,
  folder: string,
): Promise<void> {
  const child = spawn(command, args, {
    // Caddy keeps its state there.
    env: { PATH: process.env['PATH'], HOME: folder },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.once('error', (error) => (output += error.message));
  onTestFinished(async () => {
    if (child.exitCode !== null || child.pid === undefined) return;
    child.kill();
    await once(child, 'close');
  });
  await vi.waitFor(async () => {
    if (child.exitCode !== null) throw new Error(output);
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.destroy();
  }, 10_000);
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'taskpilot-proxy-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

/** Replaces each text, which must be there: a file that has changed would be tested as something else. */
function replaceAll(text: string, changes: Readonly<Record<string, string>>): string {
  return Object.entries(changes).reduce((changed, [from, to]) => {
    expect(changed).toContain(from);
    return changed.replaceAll(from, to);
  }, text);
}

/** A file of `deploy/` with changes, such as addresses. */
export const adapt = async (path: string, changes: Readonly<Record<string, string>>) =>
  replaceAll(await readFile(deployed(path), 'utf8'), changes);

/** Runs nginx with these servers. They may include `taskpilot-chat-proxy.conf`. */
export async function startNginx(servers: string, port: number): Promise<void> {
  const folder = await temporaryFolder();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join('\n');
  const proxy = 'nginx/taskpilot-chat-proxy.conf';
  await writeFile(join(folder, 'taskpilot-chat-proxy.conf'), await adapt(proxy, {}));
  await writeFile(
    join(folder, 'nginx.conf'),
    `daemon off; pid ${folder}/pid; error_log stderr; worker_processes 1;
    ${process.getuid?.() === 0 ? 'user root;' : ''}
    events {}
    http { access_log off; ${temporary}
    ${servers}
    }`,
  );
  await run(
    'nginx',
    ['-p', folder, '-e', 'stderr', '-c', join(folder, 'nginx.conf')],
    port,
    folder,
  );
}

/** Runs Caddy with these sites. */
export async function startCaddy(sites: string, port: number): Promise<void> {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'Caddyfile'), `{\nadmin off\n}\n${sites}`);
  const file = join(folder, 'Caddyfile');
  await run('caddy', ['run', '--adapter', 'caddyfile', '--config', file], port, folder);
}
