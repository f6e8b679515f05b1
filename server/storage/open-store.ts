import { sql } from 'drizzle-orm';
import type { Store } from '../chatkit/index.js';
import type { Database } from './database.js';
import type { StorageError } from './errors.js';
import { deleteOlderThan, deleteUser, type Deleted } from './housekeeping.js';
import { defaultLimits, PostgresDatabase, type PostgresLimits } from './postgres.js';
import { migrate } from './schema.js';
import { SqlStore } from './sql-store.js';

export interface StorageOptions {
  /** Of a PostgreSQL server; without it, the embedded one is used. */
  readonly databaseUrl?: string | undefined;
  /** Folder of the embedded database, made if there is none. */
  readonly dataDir: string;
  /** False: the embedded database is not made when there is none. */
  readonly create?: boolean;
  /** For a PostgreSQL server. */
  readonly limits?: Partial<PostgresLimits>;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Hears of failures that are nobody's request; else they are warnings of Node's. */
  readonly onError?: (error: StorageError) => void;
}

/** Where threads live, open. */
export interface OpenStore {
  readonly kind: 'embedded' | 'postgresql';
  readonly store: Store;
  /**
   * For readiness.
   *
   * @throws {StorageError} when the database does not answer
   */
  check(): Promise<void>;
  /** Deletes all that is kept of a user. */
  deleteUser(user: string): Promise<Deleted>;
  /** Deletes the threads that were not changed on or after the day (UTC) of `date`. */
  deleteOlderThan(date: Date): Promise<Deleted>;
  /** Waits for what is running; everything after it fails with `storage_closed`. */
  close(): Promise<void>;
}

/**
 * Opens the database, and makes or updates its tables.
 *
 * @throws {StorageError} one line that says what an operator can do about it
 */
export async function openStore(options: StorageOptions): Promise<OpenStore> {
  const { now = Date.now, onError = warn } = options;
  const database = await openDatabase({ ...options, onError });

  /** What is deleted is deleted, also when there is no room to tidy up after it. */
  async function tidied(deleted: Deleted): Promise<Deleted> {
    if (deleted.threads > 0) await database.tidy().catch(onError);
    return deleted;
  }

  return {
    kind: options.databaseUrl === undefined ? 'embedded' : 'postgresql',
    store: new SqlStore(database, now),
    check: async () => {
      await database.run((db) => db.execute(sql`select 1`));
    },
    deleteUser: async (user) => tidied(await deleteUser(database, user)),
    deleteOlderThan: async (date) => tidied(await deleteOlderThan(database, date)),
    close: () => database.close(),
  };
}

async function openDatabase(
  options: StorageOptions & Required<Pick<StorageOptions, 'onError'>>,
): Promise<Database> {
  const { databaseUrl, dataDir, create = true, onError } = options;
  if (databaseUrl !== undefined) {
    const limits = { ...defaultLimits, ...options.limits };
    await migrateServer(databaseUrl, limits, onError);
    return new PostgresDatabase(databaseUrl, limits, onError);
  }
  // Some megabytes of WebAssembly, which nobody with a server should load.
  const { EmbeddedDatabase } = await import('./embedded.js');
  const database = await EmbeddedDatabase.open(dataDir, { onError, create });
  try {
    await migrate(database);
  } catch (error) {
    await database.close();
    throw error;
  }
  return database;
}

/** On a connection of its own: waiting for another instance, or a change of large tables, may take long. */
async function migrateServer(
  url: string,
  limits: PostgresLimits,
  onError: (error: StorageError) => void,
): Promise<void> {
  const database = new PostgresDatabase(
    url,
    { ...limits, connections: 1, statementMs: 0 },
    onError,
  );
  try {
    await migrate(database);
  } finally {
    await database.close();
  }
}

function warn(error: StorageError): void {
  process.emitWarning(error);
}
