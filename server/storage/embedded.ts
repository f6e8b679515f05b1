import { existsSync } from 'node:fs';
import { access, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { getTableName, sql } from 'drizzle-orm';
import { drizzle, type PgliteDatabase } from 'drizzle-orm/pglite';
import { assertRoom, DataDirLock, requiredAccess, withDataDirErrors } from './data-dir.js';
import {
  CallsInFlight,
  runTransactionBody,
  type Database,
  type QueryBuilder,
  type RunStatement,
} from './database.js';
import { embeddedError, StorageError } from './errors.js';
import { createDatabaseFiles, SyncedNodeFS } from './pglite-files.js';
import { prepareStatements } from './prepared-statements.js';
import { feedback, items, requests, sessions, threads } from './schema.js';

/** Timeout of a transaction, in milliseconds: there is one connection, so all other calls wait for it. */
const transactionMs = 10_000;
/** Time between two looks at the size of the write-ahead log, in milliseconds. */
const defaultVacuumMs = 60_000;
/** Vacuum and checkpoint when the write-ahead log has grown by so many bytes since the last checkpoint. */
const vacuumAfterBytes = 32 * 1024 * 1024;

/** Time between two looks at the room on the disk, in milliseconds. */
const roomCheckMs = 1000;
/** What the files of a new database take, with room for more. */
const newDatabaseMB = 96;

/** PostgreSQL's command line. */
export const startParameters = [
  // PGlite's default `-F` turns `fsync` off.
  ...PGlite.defaultStartParams.filter((parameter) => parameter !== '-F'),
  ...[
    'wal_sync_method=fsync',
    'shared_buffers=16MB',
    'min_wal_size=32MB',
    'max_wal_size=64MB',
  ].flatMap((setting) => ['-c', setting]),
];

const full = () =>
  new StorageError('storage_unavailable', 'DATA_DIR: the disk is full, or cannot be written.');

/** A running PGlite, until it fails to write. */
class Engine {
  readonly #files: SyncedNodeFS;
  readonly pglite: PGlite;
  readonly sql: PgliteDatabase;
  readonly run: RunStatement;

  private constructor(pglite: PGlite, files: SyncedNodeFS) {
    this.#files = files;
    this.pglite = pglite;
    prepareStatements(pglite);
    this.sql = drizzle({ client: pglite });
    this.run = runOn(this.sql);
    // Every call goes through this method, those that wait for their turn, too.
    const execute = pglite.execProtocolRawSync.bind(pglite);
    pglite.execProtocolRawSync = (message) => {
      if (files.failed) throw full();
      return execute(message);
    };
  }

  static async start(directory: string): Promise<Engine> {
    const fs = new SyncedNodeFS(directory);
    return new Engine(await PGlite.create({ fs, startParams: startParameters }), fs);
  }

  get failed(): boolean {
    return this.#files.failed;
  }

  async close(): Promise<void> {
    if (this.failed) this.#files.abandon();
    else await this.pglite.close();
  }
}

export interface EmbeddedOptions {
  /** Receives the errors of background work. */
  readonly onError: (error: StorageError) => void;
  /** `false`: fail when no database exists. @default true */
  readonly create?: boolean;
  /** Time between two looks at whether to vacuum, in milliseconds. @default 60_000 */
  readonly vacuumMs?: number;
}

/** PostgreSQL within this process (PGlite), with its files in `<dataDir>/threads`. */
export class EmbeddedDatabase implements Database {
  readonly #dataDir: string;
  readonly #calls = new CallsInFlight();
  readonly #lock: DataDirLock;
  readonly #timer: NodeJS.Timeout;
  #engine: Engine;
  #restarting: Promise<Engine> | null = null;
  /** When there was room last. */
  #roomAt = -Infinity;
  #closing: Promise<void> | null = null;

  private constructor(
    dataDir: string,
    engine: Engine,
    lock: DataDirLock,
    options: EmbeddedOptions,
  ) {
    const { onError, vacuumMs = defaultVacuumMs } = options;
    this.#dataDir = dataDir;
    this.#engine = engine;
    this.#lock = lock;
    this.#timer = setInterval(() => {
      this.#calls
        .track(() => this.#vacuumIfNeeded())
        .catch((error: unknown) => onError(embeddedError(error)));
    }, vacuumMs).unref();
  }

  /**
   * Opens the database; creates the data directory and the database first, which takes seconds, if they are
   * missing.
   *
   * @throws {StorageError} `data_dir_unusable` or `data_dir_in_use`; `storage_unavailable` on a full disk
   */
  static async open(dataDir: string, options: EmbeddedOptions): Promise<EmbeddedDatabase> {
    const directory = join(dataDir, 'threads');
    if (options.create === false && !existsSync(directory)) {
      throw new StorageError('data_dir_unusable', `DATA_DIR (${dataDir}) holds no database.`);
    }
    const lock = await withDataDirErrors(dataDir, async () => {
      // Other accounts of the machine have no business in it; a folder that exists is the operator's.
      await mkdir(dataDir, { recursive: true, mode: 0o700 });
      await access(dataDir, requiredAccess);
      return DataDirLock.acquire(join(dataDir, 'threads.lock'));
    });
    try {
      if (!existsSync(directory)) {
        await assertRoom(dataDir, newDatabaseMB);
        await withDataDirErrors(dataDir, () => createDatabaseFiles(directory));
      }
      return new EmbeddedDatabase(dataDir, await startEngine(dataDir), lock, options);
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  readonly run: RunStatement = (statement) =>
    this.#calls.track(() => this.#withEngine(({ run }) => run(statement)));

  transaction<T>(action: (run: RunStatement) => Promise<T>): Promise<T> {
    return this.#calls.track(() => this.#withEngine(({ sql }) => runTransaction(sql, action)));
  }

  assertWritable(): Promise<void> | null {
    if (performance.now() - this.#roomAt < roomCheckMs) return null;
    return assertRoom(this.#dataDir).then(() => {
      this.#roomAt = performance.now();
    });
  }

  /** Frees the space of deleted rows, and truncates the write-ahead log, which the next start would replay. */
  vacuum(): Promise<void> {
    return this.#calls.track(() => this.#vacuum());
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  /** Starts the engine again after it failed to write, as soon as there is room. */
  #withEngine<T>(work: (engine: Engine) => Promise<T>): Promise<T> {
    if (!this.#engine.failed) return work(this.#engine);
    this.#restarting ??= this.#restart().finally(() => {
      this.#restarting = null;
    });
    return this.#restarting.then(work);
  }

  async #restart(): Promise<Engine> {
    await assertRoom(this.#dataDir);
    await this.#engine.close();
    this.#engine = await startEngine(this.#dataDir);
    return this.#engine;
  }

  async #vacuum(): Promise<void> {
    const tables = [threads, items, requests, sessions, feedback].map(getTableName).join(', ');
    for (const command of [`vacuum (analyze) ${tables}`, 'checkpoint']) {
      await this.#withEngine(({ run }) => run((db) => db.execute(sql.raw(command))));
    }
  }

  async #vacuumIfNeeded(): Promise<void> {
    const rows = await this.#withEngine(({ run }) =>
      run((db) =>
        db
          .select({ bytes: sql<string>`pg_wal_lsn_diff(pg_current_wal_lsn(), redo_lsn)` })
          .from(sql`pg_control_checkpoint()`),
      ),
    );
    if (Number(rows[0]?.bytes) > vacuumAfterBytes) await this.#vacuum();
  }

  async #end(): Promise<void> {
    clearInterval(this.#timer);
    // PGlite's `close` drops the statements in its queue.
    await this.#calls.close();
    await this.#engine.close();
    await this.#lock.release();
  }
}

const runOn =
  (db: QueryBuilder): RunStatement =>
  async (statement) => {
    try {
      return await statement(db);
    } catch (error) {
      throw embeddedError(error);
    }
  };

async function runTransaction<T>(
  db: PgliteDatabase,
  action: (run: RunStatement) => Promise<T>,
): Promise<T> {
  let thrown: unknown;
  try {
    return await db.transaction(async (sql) => {
      try {
        return await runTransactionBody(runOn(sql), action, transactionMs);
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

/** Never creates missing files: that would hide the loss of a database. */
async function startEngine(dataDir: string): Promise<Engine> {
  const directory = join(dataDir, 'threads');
  const version = await withDataDirErrors(dataDir, () =>
    readFile(join(directory, 'PG_VERSION'), 'utf8'),
  );
  await assertRoom(dataDir);
  try {
    return await Engine.start(directory);
  } catch {
    // PGlite's error has no reason in it.
    throw new StorageError(
      'data_dir_unusable',
      `DATA_DIR (${dataDir}) holds a database, of PostgreSQL ${version.trim()}, that this program cannot open.`,
    );
  }
}
