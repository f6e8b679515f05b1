import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  access,
  constants,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  rmdir,
  stat,
  unlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { StorageError } from './errors.js';

/** Who has the folder open. */
interface Holder {
  readonly pid: number;
  readonly host: string;
  /** When the process started, as the system counts it: process ids are used again. Null where unknown. */
  readonly birth: string | null;
}

/** A lock is touched this often, in milliseconds, … */
const beatMs = 5000;
/** … and one that was left alone for so long, by a process that cannot be seen from here, is nobody's. */
const silentMs = 20_000;
const maxTries = 50;

/**
 * What keeps two processes from writing to one embedded database, which would destroy it.
 *
 * It is a folder with one file in it, named by chance: put in place by renaming, which fails while there is
 * another, and taken away by removing just that file, which cannot hit the lock of somebody else.
 */
export class DataDirLock {
  readonly #folder: string;
  readonly #file: string;
  readonly #beat: NodeJS.Timeout;

  private constructor(folder: string, name: string) {
    this.#folder = folder;
    this.#file = join(folder, name);
    this.#beat = setInterval(() => void touch(this.#file), beatMs).unref();
  }

  /**
   * Takes the lock, also from a process that ended without giving it back.
   *
   * @throws {StorageError} `data_dir_in_use`
   */
  static async take(folder: string): Promise<DataDirLock> {
    const name = `${randomUUID()}.json`;
    const draft = `${folder}.${name}`;
    const holder: Holder = {
      pid: process.pid,
      host: hostname(),
      birth: await birthOf(process.pid),
    };
    await mkdir(draft);
    try {
      await writeFile(join(draft, name), JSON.stringify(holder));
      for (let tries = 0; !(await isRenamed(draft, folder)); tries++) {
        if (tries === maxTries) throw new Error('The lock does not come free.');
        await clear(folder);
      }
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
    return new DataDirLock(folder, name);
  }

  async release(): Promise<void> {
    clearInterval(this.#beat);
    await remove(this.#folder, this.#file);
  }
}

const has = (error: unknown, ...codes: readonly string[]): boolean =>
  codes.includes((error as NodeJS.ErrnoException).code ?? '');

async function isRenamed(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (has(error, 'ENOTEMPTY', 'EEXIST')) return false;
    // Windows says so of a folder that exists.
    if (process.platform === 'win32' && has(error, 'EPERM')) return false;
    throw error;
  }
}

/** @throws {StorageError} when the lock's holder lives */
async function clear(folder: string): Promise<void> {
  for (const name of await namesIn(folder)) {
    const file = join(folder, name);
    const found = await read(file);
    if (found === null) continue;
    if (await isAlive(found.holder, found.silence)) throw inUse(found.holder);
    await remove(folder, file);
  }
  await removeFolder(folder);
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (has(error, 'ENOENT')) return [];
    throw error;
  }
}

async function read(file: string): Promise<{ holder: Holder; silence: number } | null> {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(file, 'utf8'), stat(file)]);
    return { holder: parse(text), silence: Date.now() - mtimeMs };
  } catch (error) {
    if (has(error, 'ENOENT')) return null;
    throw error;
  }
}

/** A file that a power cut has emptied is a holder that cannot be seen. */
function parse(text: string): Holder {
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return { pid: 0, host: '', birth: null };
  }
}

async function remove(folder: string, file: string): Promise<void> {
  try {
    await unlink(file);
  } catch (error) {
    // Somebody else was faster.
    if (!has(error, 'ENOENT')) throw error;
  }
  await removeFolder(folder);
}

async function removeFolder(folder: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch (error) {
    // It is gone, or has a new holder already.
    if (!has(error, 'ENOENT', 'ENOTEMPTY', 'EEXIST')) throw error;
  }
}

async function touch(file: string): Promise<void> {
  const now = new Date();
  try {
    await utimes(file, now, now);
  } catch (error) {
    process.emitWarning(`DATA_DIR: its lock is lost (${(error as NodeJS.ErrnoException).code}).`);
  }
}

async function isAlive(holder: Holder, silence: number): Promise<boolean> {
  // Another machine or container: its processes cannot be seen from here.
  if (holder.host !== hostname()) return silence < silentMs;
  if (!isRunning(holder.pid)) return false;
  const birth = await birthOf(holder.pid);
  if (birth !== null && holder.birth !== null) return birth === holder.birth;
  // Where births are unknown, our own id may have been that of a process before us.
  return holder.pid !== process.pid || silence < silentMs;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return has(error, 'EPERM');
  }
}

/** On Linux, the system's start and the tick since then at which the process started. */
async function birthOf(pid: number): Promise<string | null> {
  if (process.platform !== 'linux') return null;
  try {
    const [start, status] = await Promise.all([
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
      readFile(`/proc/${pid}/stat`, 'utf8'),
    ]);
    // The second field, a name in parentheses, may have anything in it.
    const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
    return `${start.trim()}/${fields[19] ?? ''}`;
  } catch (error) {
    if (has(error, 'ENOENT', 'EACCES', 'ESRCH')) return null;
    throw error;
  }
}

function inUse({ pid, host }: Holder): StorageError {
  const where = host === hostname() ? '' : ` on ${host}`;
  return new StorageError(
    'data_dir_in_use',
    `DATA_DIR is in use by process ${pid}${where}: stop it, choose another folder, or set DATABASE_URL.`,
  );
}

/** What the program must be allowed to do in the folder of the embedded database. */
export const folderRights = constants.R_OK | constants.W_OK | constants.X_OK;

/**
 * Whether the embedded database could be made or opened here, without doing so.
 *
 * @throws {StorageError} `data_dir_unusable`
 */
export async function checkDataDir(dataDir: string): Promise<void> {
  await usable(dataDir, async () => {
    let folder = resolve(dataDir);
    while (!existsSync(folder)) folder = dirname(folder);
    await access(folder, folderRights);
    if (!(await stat(folder)).isDirectory()) {
      throw Object.assign(new Error('no folder'), { code: 'ENOTDIR' });
    }
  });
}

/** @throws {StorageError} in place of what the file system has against it */
export async function usable<T>(dataDir: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StorageError) throw error;
    const reason = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new StorageError(
      'data_dir_unusable',
      `DATA_DIR (${dataDir}) cannot be made, read or written (${reason}).`,
    );
  }
}
