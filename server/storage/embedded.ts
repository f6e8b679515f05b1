import { existsSync } from 'node:fs';
import { access, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { sql } from 'drizzle-orm';
import { drizzle, type PgliteDatabase } from 'drizzle-orm/pglite';
import { DataDirLock, folderRights, usable } from './data-dir.js';
import { Gate, runBody, type Database, type Run, type Sql } from './database.js';
import { embeddedError, StorageError } from './errors.js';
import { initialise, SyncedFolder } from './pglite-files.js';

/** How long a transaction may take, in milliseconds: everybody waits for it. */
const transactionMs = 10_000;
/** How often to look whether there is something to tidy, in milliseconds. */
const defaultTidyMs = 60_000;
/** As much has been written since the last time that it is worth a pause, in bytes. */
const untidyBytes = 32 * 1024 * 1024;

/** How PostgreSQL is started within this process. */
export const startParameters = [
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
  PGlite.create({ fs: new SyncedFolder(folder), startParams: startParameters });

export interface EmbeddedOptions {
  /** Hears of what failed between statements. */
  readonly onError: (error: StorageError) => void;
  /** False: there must be a database already. */
  readonly create?: boolean;
  readonly tidyMs?: number;
}

/** A PostgreSQL within this process, in a folder of its own. */
export class EmbeddedDatabase implements Database {
  readonly #pglite: PGlite;
  readonly #sql: PgliteDatabase;
  readonly #runNow: Run;
  readonly #gate = new Gate();
  readonly #lock: DataDirLock;
  readonly #timer: NodeJS.Timeout;
  #closing: Promise<void> | null = null;

  private constructor(pglite: PGlite, lock: DataDirLock, options: EmbeddedOptions) {
    const { onError, tidyMs = defaultTidyMs } = options;
    this.#pglite = pglite;
    this.#sql = drizzle({ client: pglite });
    this.#runNow = runOn(this.#sql);
    this.#lock = lock;
    this.#timer = setInterval(() => {
      this.#gate
        .pass(() => this.#tidyIfWorthwhile())
        .catch((error: unknown) => onError(embeddedError(error)));
    }, tidyMs).unref();
  }

  /**
   * Opens the database in the folder, and makes both if there are none, which takes some seconds.
   *
   * @throws {StorageError} `data_dir_unusable` or `data_dir_in_use`
   */
  static async open(dataDir: string, options: EmbeddedOptions): Promise<EmbeddedDatabase> {
    const folder = join(dataDir, 'threads');
    if (options.create === false && !existsSync(folder)) {
      throw new StorageError('data_dir_unusable', `DATA_DIR (${dataDir}) holds no database.`);
    }
    const lock = await usable(dataDir, async () => {
      await mkdir(dataDir, { recursive: true });
      await access(dataDir, folderRights);
      return DataDirLock.take(join(dataDir, 'threads.lock'));
    });
    try {
      if (!existsSync(folder)) await usable(dataDir, () => initialise(folder));
      return new EmbeddedDatabase(await start(dataDir, folder), lock, options);
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  readonly run: Run = (statement) => this.#gate.pass(() => this.#runNow(statement));

  transaction<T>(action: (run: Run) => Promise<T>): Promise<T> {
    return this.#gate.pass(() => this.#transaction(action));
  }

  /** Makes room of what was deleted, and keeps the log of changes, which starting replays, from growing. */
  tidy(): Promise<void> {
    return this.#gate.pass(() => this.#tidy());
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #transaction<T>(action: (run: Run) => Promise<T>): Promise<T> {
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

  async #tidy(): Promise<void> {
    for (const command of [`vacuum (analyze) taskpilot_threads, taskpilot_items`, 'checkpoint']) {
      await this.#runNow((db) => db.execute(sql.raw(command)));
    }
  }

  async #tidyIfWorthwhile(): Promise<void> {
    const rows = await this.#runNow((db) =>
      db
        .select({ bytes: sql<string>`pg_wal_lsn_diff(pg_current_wal_lsn(), redo_lsn)` })
        .from(sql`pg_control_checkpoint()`),
    );
    if (Number(rows[0]?.bytes) > untidyBytes) await this.#tidy();
  }

  async #end(): Promise<void> {
    clearInterval(this.#timer);
    // It would drop what is waiting for its turn.
    await this.#gate.close();
    await this.#pglite.close();
    await this.#lock.release();
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

/** What is not there is not made anew: it has been there, and whoever misses it should know. */
async function start(dataDir: string, folder: string): Promise<PGlite> {
  const version = await usable(dataDir, () => readFile(join(folder, 'PG_VERSION'), 'utf8'));
  try {
    return await openFolder(folder);
  } catch {
    // All it says is that it failed.
    throw new StorageError(
      'data_dir_unusable',
      `DATA_DIR (${dataDir}) holds a database, of PostgreSQL ${version.trim()}, that this program cannot open.`,
    );
  }
}
