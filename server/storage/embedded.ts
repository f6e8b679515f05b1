import { existsSync } from 'node:fs';
import { access, constants, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { sql } from 'drizzle-orm';
import { drizzle, type PgliteDatabase } from 'drizzle-orm/pglite';
import { DataDirLock } from './data-dir-lock.js';
import { runBody, type Database, type Run, type Sql } from './database.js';
import { embeddedError, StorageError } from './errors.js';
import { SyncedFolder } from './synced-folder.js';

/** How long a transaction may take, in milliseconds: everybody waits for it. */
const transactionMs = 10_000;
/** How often to look whether there is something to tidy, in milliseconds. */
const tidyMs = 60_000;
/** As much has been written since the last time that it is worth a pause, in bytes. */
const untidyBytes = 32 * 1024 * 1024;

const parameters = [
  // Without this flag, which is there by default, it writes through to the disk.
  ...PGlite.defaultStartParams.filter((parameter) => parameter !== '-F'),
  ...[
    'wal_sync_method=fsync',
    'shared_buffers=16MB',
    'min_wal_size=32MB',
    'max_wal_size=64MB',
  ].flatMap((setting) => ['-c', setting]),
];

const openFolder = (folder: string): Promise<PGlite> =>
  PGlite.create({ fs: new SyncedFolder(folder), startParams: parameters });

/** A PostgreSQL within this process, in a folder of its own. */
export class EmbeddedDatabase implements Database {
  readonly #pglite: PGlite;
  readonly #sql: PgliteDatabase;
  readonly #runOutside: Run;
  readonly #lock: DataDirLock;
  readonly #timer: NodeJS.Timeout;
  #closing: Promise<void> | null = null;

  private constructor(pglite: PGlite, lock: DataDirLock, onError: (error: StorageError) => void) {
    this.#pglite = pglite;
    this.#sql = drizzle({ client: pglite });
    this.#runOutside = runOn(this.#sql);
    this.#lock = lock;
    this.#timer = setInterval(() => {
      this.#tidyIfWorthwhile().catch((error: unknown) => onError(embeddedError(error)));
    }, tidyMs).unref();
  }

  /**
   * Opens the database in the folder, and makes both if there are none, which takes some seconds.
   *
   * @param onError hears of what failed between statements
   * @throws {StorageError} `data_dir_unusable` or `data_dir_in_use`
   */
  static async open(
    dataDir: string,
    onError: (error: StorageError) => void,
  ): Promise<EmbeddedDatabase> {
    const lock = await usable(dataDir, async () => {
      await mkdir(dataDir, { recursive: true });
      await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
      return DataDirLock.take(join(dataDir, 'threads.lock'));
    });
    try {
      const folder = join(dataDir, 'threads');
      if (!existsSync(folder)) await usable(dataDir, () => initialise(folder));
      return new EmbeddedDatabase(await start(dataDir, folder), lock, onError);
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  readonly run: Run = async (statement) => {
    this.#assertOpen();
    return this.#runOutside(statement);
  };

  async transaction<T>(action: (run: Run) => Promise<T>): Promise<T> {
    this.#assertOpen();
    let thrown: unknown;
    try {
      return await this.#sql.transaction(async (sql) => {
        try {
          return await runBody(runOn(sql), action, transactionMs);
        } catch (error) {
          thrown = error;
          throw error;
        }
      });
    } catch (error) {
      if (error === thrown) throw error;
      throw embeddedError(error);
    }
  }

  /** Makes room of what was deleted, and keeps the log of changes, which starting replays, from growing. */
  async tidy(): Promise<void> {
    for (const command of [`vacuum (analyze) taskpilot_threads, taskpilot_items`, 'checkpoint']) {
      await this.run((db) => db.execute(sql.raw(command)));
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #tidyIfWorthwhile(): Promise<void> {
    if (this.#closing) return;
    const rows = await this.run((db) =>
      db
        .select({ bytes: sql<string>`pg_wal_lsn_diff(pg_current_wal_lsn(), redo_lsn)` })
        .from(sql`pg_control_checkpoint()`),
    );
    if (Number(rows[0]?.bytes) > untidyBytes) await this.tidy();
  }

  async #end(): Promise<void> {
    clearInterval(this.#timer);
    await this.#pglite.close();
    await this.#lock.release();
  }

  #assertOpen(): void {
    if (this.#closing) throw new StorageError('storage_closed', 'The database is closed.');
  }
}

const runOn =
  (sql: Sql): Run =>
  async (statement) => {
    try {
      return await statement(sql);
    } catch (error) {
      throw embeddedError(error);
    }
  };

/** Made aside and put in place when complete, so that a start that was cut off leaves nothing half-made. */
async function initialise(folder: string): Promise<void> {
  const draft = `${folder}.new`;
  await rm(draft, { recursive: true, force: true });
  const pglite = await openFolder(draft);
  await pglite.close();
  await rename(draft, folder);
}

async function start(dataDir: string, folder: string): Promise<PGlite> {
  try {
    return await openFolder(folder);
  } catch {
    // It says no more than that it failed.
    throw new StorageError(
      'data_dir_unusable',
      `DATA_DIR (${dataDir}) holds a database that this version cannot open (PostgreSQL ${await versionIn(folder)}).`,
    );
  }
}

async function versionIn(folder: string): Promise<string> {
  try {
    return (await readFile(join(folder, 'PG_VERSION'), 'utf8')).trim();
  } catch {
    return 'unknown';
  }
}

async function usable<T>(dataDir: string, work: () => Promise<T>): Promise<T> {
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
