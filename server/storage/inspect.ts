import { existsSync } from 'node:fs';
import { max, sql } from 'drizzle-orm';
import { assertRoom, checkDataDir } from './data-dir.js';
import { StorageError } from './errors.js';
import { PostgresDatabase } from './postgres.js';
import { appliedMigrations, migrations } from './schema.js';

const inspectionLimits = { connections: 1, connectMs: 5000, statementMs: 5000 };

/** How far the tables of a database are. */
export interface SchemaState {
  /** The number of migrations that were made; 0 without tables. */
  readonly version: number;
  /** The number that this program knows. */
  readonly newest: number;
}

/**
 * Looks at a PostgreSQL server and changes nothing.
 *
 * @throws {StorageError} when it does not answer, cannot be written, or is of a newer version
 */
export async function inspectPostgres(url: string): Promise<SchemaState> {
  const database = new PostgresDatabase(url, inspectionLimits, () => undefined);
  try {
    const [state] = await database.run((db) =>
      db
        .select({
          readOnly: sql<string>`current_setting('transaction_read_only')`,
          hasTables: sql<boolean>`to_regclass('taskpilot_migrations') is not null`,
          mayCreate: sql<boolean | null>`has_schema_privilege(current_schema(), 'create')`,
        })
        .from(sql`(select 1) as one`),
    );
    if (state?.readOnly !== 'off') {
      throw new StorageError('storage_unavailable', 'DATABASE_URL: the database is read-only.');
    }
    const rows = state.hasTables
      ? await database.run((db) =>
          db.select({ version: max(appliedMigrations.version) }).from(appliedMigrations),
        )
      : [];
    const version = rows[0]?.version ?? 0;
    const newest = migrations.length;
    if (version > newest) {
      throw new StorageError(
        'schema_too_new',
        `The database has version ${version}, and this program knows ${newest}: run a newer one.`,
      );
    }
    if (version < newest && state.mayCreate !== true) {
      throw new StorageError(
        'database_refused',
        'DATABASE_URL: the database user may not create the tables that are missing.',
      );
    }
    return { version, newest };
  } finally {
    await database.close();
  }
}

/**
 * Looks at a data directory and makes nothing in it.
 *
 * @throws {StorageError} when it cannot be written, or its disk is full
 */
export async function inspectDataDir(dataDir: string): Promise<void> {
  await checkDataDir(dataDir);
  if (existsSync(dataDir)) await assertRoom(dataDir);
}
