import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { run } from './run.js';

/**
 * A PostgreSQL server for tests: the one of `TEST_DATABASE_URL`, or one of our own, in a temporary folder and
 * on a free port of this machine. Root on a system with apt gets the server's package installed.
 *
 * `node scripts/postgres.js COMMAND…` runs a command with it; `npx vitest run --project node server/storage`,
 * for example.
 *
 * @typedef {{ url: string, stop(): Promise<void> }} Server
 */

const startMs = 30_000;
const installMs = 300_000;
const isRoot = process.getuid?.() === 0;

/** Why there is no server: a part of a sentence. */
class Unavailable extends Error {}

/** @returns {string | undefined} the folder of `initdb` and `postgres`, of the newest version */
function findPrograms() {
  const versions = ['/usr/lib/postgresql', '/opt/homebrew/opt', '/usr/local/opt', '/usr']
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name, 'bin')))
    .sort((one, other) => other.localeCompare(one, 'en', { numeric: true }));
  return [...versions, ...(process.env['PATH'] ?? '').split(delimiter)].find(
    (folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')),
  );
}

/** @returns {string} as `findPrograms` */
function installPrograms() {
  if (!isRoot || !existsSync('/usr/bin/apt-get')) {
    throw new Unavailable('it is not installed, and TEST_DATABASE_URL is not set');
  }
  console.log('PostgreSQL: installing the package “postgresql”');
  const network = ['-o', 'Acquire::Retries=1', '-o', 'Acquire::http::Timeout=20'];
  for (const args of [
    ['update', ...network],
    ['install', '-y', '--no-install-recommends', ...network, 'postgresql'],
  ]) {
    const { status } = spawnSync('apt-get', args, {
      stdio: 'ignore',
      timeout: installMs,
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
    if (status !== 0) throw new Unavailable(`“apt-get ${args[0]}” failed`);
  }
  const found = findPrograms();
  if (found === undefined) throw new Unavailable('the package “postgresql” has no server in it');
  return found;
}

/** @returns {{ uid?: number, gid?: number }} whom to run the server as: it refuses to be root */
function serverUser() {
  if (!isRoot) return {};
  try {
    const [uid, gid] = ['-u', '-g'].map((flag) =>
      Number(execFileSync('id', [flag, 'postgres'], { stdio: ['ignore', 'pipe', 'ignore'] })),
    );
    return { uid, gid };
  } catch {
    throw new Unavailable('there is no user “postgres” to run it as');
  }
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/**
 * @param {string} url
 * @param {() => boolean} isRunning
 */
async function waitUntilItAnswers(url, isRunning) {
  const deadline = Date.now() + startMs;
  for (;;) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 });
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (!isRunning() || Date.now() > deadline) {
        throw new Unavailable(`the server does not start (${error.message || error.code})`);
      }
      await delay(50);
    }
  }
}

/** @returns {Promise<Server>} */
async function startOwn() {
  const programs = findPrograms() ?? installPrograms();
  const user = serverUser();
  const folder = mkdtempSync(join(tmpdir(), 'taskpilot-postgres-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const password = randomBytes(12).toString('hex');
    writeFileSync(join(folder, 'password'), password);
    if (user.uid !== undefined) {
      for (const path of [folder, join(folder, 'password')]) chownSync(path, user.uid, user.gid);
    }
    const data = join(folder, 'data');
    const { status } = spawnSync(
      join(programs, 'initdb'),
      // prettier-ignore
      ['-D', data, '-U', 'test', '-E', 'UTF8', '--locale=C', '-N', '--auth=scram-sha-256', `--pwfile=${join(folder, 'password')}`],
      { ...user, cwd: folder, stdio: 'ignore' },
    );
    if (status !== 0) throw new Unavailable('“initdb” failed');

    const port = await freePort();
    const settings = [
      'listen_addresses=127.0.0.1',
      'unix_socket_directories=',
      'fsync=off',
      'full_page_writes=off',
    ];
    const server = spawn(
      join(programs, 'postgres'),
      ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
      // In a group of its own: Ctrl+C is for the tests, which still need it to clean up.
      { ...user, cwd: folder, stdio: 'ignore', detached: true },
    );
    const ended = new Promise((resolve) => {
      server.once('exit', resolve);
      server.once('error', resolve);
    });
    let running = true;
    void ended.then(() => {
      running = false;
    });
    const stop = async () => {
      // A fast shutdown, which waits for nobody.
      server.kill('SIGINT');
      await ended;
      remove();
    };
    const url = `postgres://test:${password}@127.0.0.1:${port}/postgres`;
    try {
      await waitUntilItAnswers(url, () => running);
    } catch (error) {
      await stop();
      throw error;
    }
    return { url, stop };
  } catch (error) {
    remove();
    throw error;
  }
}

/**
 * Runs something with `TEST_DATABASE_URL` for its environment, or without, when there is no server: its tests
 * then report that they were skipped.
 *
 * @param {(env: NodeJS.ProcessEnv) => Promise<void>} work
 */
export async function withPostgres(work) {
  if (process.env['TEST_DATABASE_URL']) return work({});
  let server;
  try {
    server = await startOwn();
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    console.warn(`PostgreSQL: its tests are skipped, for ${error.message}.`);
    return work({});
  }
  const { stop } = server;
  const stopFirst = (signal) => {
    void stop().finally(() => {
      process.exit(signal === 'SIGINT' ? 130 : 143);
    });
  };
  process.once('SIGINT', stopFirst);
  process.once('SIGTERM', stopFirst);
  try {
    return await work({ TEST_DATABASE_URL: server.url });
  } finally {
    process.off('SIGINT', stopFirst);
    process.off('SIGTERM', stopFirst);
    await stop();
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [command, ...args] = process.argv.slice(2);
  if (command === undefined) {
    console.error('Usage: node scripts/postgres.js COMMAND…');
    process.exit(2);
  }
  try {
    await withPostgres((env) => run(command, args, env));
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}
