import { sql } from 'drizzle-orm';
import type { Store } from '../chatkit/index.js';
import type { SessionStore } from '../sessions/session-store.js';
import { createAdminStore, type AdminStore } from './admin-store.js';
import { deleteAuditBefore } from './audit-log.js';
import type { Database } from './database.js';
import { StorageError } from './errors.js';
import { exportUser } from './export-user.js';
import {
  deleteOlderThan,
  deleteRequestsBefore,
  deleteSessionsBefore,
  deleteUser,
  type Deleted,
} from './housekeeping.js';
import { defaultLimits, PostgresDatabase, type PostgresLimits } from './postgres.js';
import { migrate } from './schema.js';
import { SqlSessionStore } from './sql-sessions.js';
import { SqlStore } from './sql-store.js';

export interface StorageOptions {
  /** URL of a PostgreSQL server. Without it, the embedded database is used. */
  readonly databaseUrl?: string | undefined;
  /** Directory of the embedded database; created if it is missing. */
  readonly dataDir: string;
  /** `false`: fail when the embedded database does not exist. @default true */
  readonly create?: boolean;
  /** Connection pool and timeouts for a PostgreSQL server. */
  readonly limits?: Partial<PostgresLimits>;
  /** The time in milliseconds since 1970. @default Date.now */
  readonly now?: () => number;
  /** Receives the errors of background work. @default `process.emitWarning` */
  readonly onError?: (error: StorageError) => void;
}

/** An open database with its store. */
export interface OpenStore {
  readonly kind: 'embedded' | 'postgresql';
  readonly store: Store;
  readonly sessions: SessionStore;
  /** What the operator's page reads. */
  readonly admin: AdminStore;
  /**
   * For readiness probes.
   *
   * @throws {StorageError} when the database does not answer, or nothing can be stored
   */
  check(): Promise<void>;
  /** Deletes all that is kept of a user. */
  deleteUser(user: string): Promise<Deleted>;
  /** All that is kept of a user: the text of a JSON document, in pieces. */
  exportUser(user: string): AsyncIterable<string>;
  /** Deletes the threads that were last changed before the day (UTC) of `date`. */
  deleteOlderThan(date: Date): Promise<Deleted>;
  /** Deletes the idempotency keys that were stored before `date`, and returns their number. */
  deleteRequestsBefore(date: Date): Promise<number>;
  /** Deletes the sessions that expired before `date`, and returns their number. */
  deleteSessionsBefore(date: Date): Promise<number>;
  /** Deletes the entries of the audit log from before `date`. */
  deleteAuditBefore(date: Date): Promise<void>;
  /** Waits for the calls in flight; later calls fail with `storage_closed`. */
  close(): Promise<void>;
}

/**
 * Opens the database, and creates or migrates its tables.
 *
 * @throws {StorageError} with a message for the operator in one line
 * @example
 * const { store, close } = await openStore({ dataDir: './data', databaseUrl: process.env.DATABASE_URL });
 */
export async function openStore(options: StorageOptions): Promise<OpenStore> {
  const { now = Date.now, onError = warn } = options;
  const database = await openDatabase({ ...options, onError });

  /** A failed vacuum is reported apart: the rows are deleted all the same. */
  async function vacuumAfter(deleted: Deleted): Promise<Deleted> {
    if (deleted.threads > 0) await database.vacuum().catch(onError);
    return deleted;
  }

  const store = new SqlStore(database, now);
  return {
    kind: options.databaseUrl === undefined ? 'embedded' : 'postgresql',
    store,
    sessions: new SqlSessionStore(database.run, now),
    admin: createAdminStore(database, store, now),
    check: async () => {
      await database.assertWritable();
      const [session] = await database.run((db) =>
        db
          .select({ readOnly: sql<string>`current_setting('transaction_read_only')` })
          .from(sql`(select 1) as one`),
      );
      // A server that has become a standby takes connections all the same.
      if (session?.readOnly !== 'off') {
        throw new StorageError('storage_unavailable', 'The database is read-only.');
      }
    },
    deleteUser: async (user) => vacuumAfter(await deleteUser(database, user)),
    exportUser: (user) => exportUser(store, user, now),
    deleteOlderThan: async (date) => vacuumAfter(await deleteOlderThan(database, date)),
    deleteSessionsBefore: (date) => deleteSessionsBefore(database, date),
    deleteRequestsBefore: (date) => deleteRequestsBefore(database, date),
    deleteAuditBefore: (date) => deleteAuditBefore(database, date),
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
  // Megabytes of WebAssembly, which are loaded only when they are used.
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

/** On its own connection without a statement timeout: a migration of large tables can take long. */
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
