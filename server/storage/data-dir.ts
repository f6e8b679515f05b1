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
  statfs,
  unlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { StorageError } from './errors.js';

/** The process that holds the lock. */
interface Holder {
  readonly pid: number;
  readonly host: string;
  /** The process's start time, which tells it from a later process with the same id; null where unknown. */
  readonly birth: string | null;
}

/** Time between two heartbeats, in milliseconds. */
const heartbeatMs = 5000;
/** Age of the last heartbeat at which the lock of a process on another host is stale, in milliseconds. */
const staleMs = 20_000;
const maxAttempts = 50;

/**
 * Keeps two processes from opening one embedded database, which would corrupt it.
 *
 * Own code, because `proper-lockfile` 4 gave a stale lock to two of six processes at once in 2 of 12 trials,
 * and does not notice that the holder was killed until its lock is stale.
 *
 * The lock is a directory with one file of a random name. A rename puts it in place, which fails while another
 * lock exists; releasing it unlinks that file only, so that it cannot remove the lock of another process.
 */
export class DataDirLock {
  readonly #directory: string;
  readonly #file: string;
  readonly #heartbeat: NodeJS.Timeout;

  private constructor(directory: string, name: string) {
    this.#directory = directory;
    this.#file = join(directory, name);
    this.#heartbeat = setInterval(() => void touch(this.#file), heartbeatMs).unref();
  }

  /**
   * Acquires the lock, also from a process that ended without releasing it.
   *
   * @throws {StorageError} `data_dir_in_use`
   */
  static async acquire(directory: string): Promise<DataDirLock> {
    const name = `${randomUUID()}.json`;
    const draft = `${directory}.${name}`;
    const holder: Holder = {
      pid: process.pid,
      host: hostname(),
      birth: await birthOf(process.pid),
    };
    await mkdir(draft);
    try {
      await writeFile(join(draft, name), JSON.stringify(holder));
      for (let attempts = 0; !(await tryRename(draft, directory)); attempts++) {
        if (attempts === maxAttempts) throw new Error('The stale lock could not be removed.');
        await removeStale(directory);
      }
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
    return new DataDirLock(directory, name);
  }

  async release(): Promise<void> {
    clearInterval(this.#heartbeat);
    await removeLock(this.#directory, this.#file);
  }
}

const hasCode = (error: unknown, ...codes: readonly string[]): boolean =>
  codes.includes((error as NodeJS.ErrnoException).code ?? '');

async function tryRename(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOTEMPTY', 'EEXIST')) return false;
    // Windows reports a directory that exists as EPERM.
    if (process.platform === 'win32' && hasCode(error, 'EPERM')) return false;
    throw error;
  }
}

/** @throws {StorageError} `data_dir_in_use` when the lock's holder is alive */
async function removeStale(directory: string): Promise<void> {
  for (const name of await namesIn(directory)) {
    const file = join(directory, name);
    const lock = await readLock(file);
    if (lock === null) continue;
    if (await isAlive(lock.holder, lock.ageMs)) throw inUse(lock.holder);
    await removeLock(directory, file);
  }
  await removeDirectory(directory);
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}

async function readLock(file: string): Promise<{ holder: Holder; ageMs: number } | null> {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(file, 'utf8'), stat(file)]);
    return { holder: parseHolder(text), ageMs: Date.now() - mtimeMs };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}

/** A file that a power failure truncated counts as the lock of an unknown host. */
function parseHolder(text: string): Holder {
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return { pid: 0, host: '', birth: null };
  }
}

async function removeLock(directory: string, file: string): Promise<void> {
  try {
    await unlink(file);
  } catch (error) {
    // Another process removed it first.
    if (!hasCode(error, 'ENOENT')) throw error;
  }
  await removeDirectory(directory);
}

async function removeDirectory(directory: string): Promise<void> {
  try {
    await rmdir(directory);
  } catch (error) {
    // It is removed already, or another process holds the lock by now.
    if (!hasCode(error, 'ENOENT', 'ENOTEMPTY', 'EEXIST')) throw error;
  }
}

async function touch(file: string): Promise<void> {
  const now = new Date();
  try {
    await utimes(file, now, now);
  } catch (error) {
    process.emitWarning(`DATA_DIR: its lock was lost (${(error as NodeJS.ErrnoException).code}).`);
  }
}

async function isAlive(holder: Holder, ageMs: number): Promise<boolean> {
  // The processes of another machine or container are not visible here.
  if (holder.host !== hostname()) return ageMs < staleMs;
  if (!isRunning(holder.pid)) return false;
  const birth = await birthOf(holder.pid);
  if (birth !== null && holder.birth !== null) return birth === holder.birth;
  // Without start times, a lock with this process's id may be left from an earlier process.
  return holder.pid !== process.pid || ageMs < staleMs;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}

/** On Linux, the boot id and the clock tick since boot at which the process started. */
async function birthOf(pid: number): Promise<string | null> {
  if (process.platform !== 'linux') return null;
  try {
    const [start, status] = await Promise.all([
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
      readFile(`/proc/${pid}/stat`, 'utf8'),
    ]);
    // The second field is the program's name in parentheses, which can contain spaces and parentheses.
    const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
    return `${start.trim()}/${fields[19] ?? ''}`;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'EACCES', 'ESRCH')) return null;
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

/** The access that the process needs to the data directory. */
export const requiredAccess = constants.R_OK | constants.W_OK | constants.X_OK;

/**
 * Checks that the data directory, or the nearest existing directory above it, can be read and written. Creates
 * nothing.
 *
 * @throws {StorageError} `data_dir_unusable`
 */
export async function checkDataDir(dataDir: string): Promise<void> {
  await withDataDirErrors(dataDir, async () => {
    let directory = resolve(dataDir);
    while (!existsSync(directory)) directory = dirname(directory);
    await access(directory, requiredAccess);
    if (!(await stat(directory)).isDirectory()) {
      throw Object.assign(new Error('Not a directory'), { code: 'ENOTDIR' });
    }
  });
}

/** For the next segments of the write-ahead log, and the files that grow with it. */
const reserveMB = 32;

/**
 * Checks that the disk has room. A database that finds out by itself cannot be read either until it is opened again.
 *
 * @throws {StorageError} `storage_unavailable`
 */
export async function assertRoom(dataDir: string, megabytes = reserveMB): Promise<void> {
  const { bavail, bsize, blocks } = await withDataDirErrors(dataDir, () => statfs(dataDir));
  // Some network file systems do not tell.
  if (blocks === 0 || bavail * bsize >= megabytes * 1024 * 1024) return;
  throw new StorageError(
    'storage_unavailable',
    `DATA_DIR (${dataDir}) is on a disk with less than ${megabytes} MB of free space.`,
  );
}

/** @throws {StorageError} `data_dir_unusable` for an error of the file system */
export async function withDataDirErrors<T>(dataDir: string, work: () => Promise<T>): Promise<T> {
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
