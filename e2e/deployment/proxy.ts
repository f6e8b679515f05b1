import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';
import { runServer, temporaryFolder, type OnEnd } from '../support/servers.js';

/** A file of `deploy/`. */
export const deployed = (path: string): string =>
  fileURLToPath(new URL(`../../deploy/${path}`, import.meta.url));

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
export async function startNginx(
  servers: string,
  port: number,
  onEnd: OnEnd = onTestFinished,
): Promise<void> {
  const folder = await temporaryFolder(onEnd);
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
  await runServer('nginx', ['-p', folder, '-e', 'stderr', '-c', join(folder, 'nginx.conf')], {
    port,
    folder,
    onEnd,
  });
}

/** Runs Caddy with these sites. */
export async function startCaddy(sites: string, port: number): Promise<void> {
  const folder = await temporaryFolder(onTestFinished);
  await writeFile(join(folder, 'Caddyfile'), `{\nadmin off\n}\n${sites}`);
  const file = join(folder, 'Caddyfile');
  await runServer('caddy', ['run', '--adapter', 'caddyfile', '--config', file], {
    port,
    folder,
    onEnd: onTestFinished,
  });
}
