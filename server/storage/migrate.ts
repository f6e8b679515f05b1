import { max, sql } from 'drizzle-orm';
import type { Database, Run } from './database.js';
import { StorageError } from './errors.js';
import { migrations as allMigrations, type Migration } from './migrations.js';
import { migrations } from './schema.js';

/** Any number that nobody else in this database takes for a lock of theirs. */
const lock = 7_239_451_020_617;

async function currentVersion(run: Run): Promise<number> {
  await run((db) =>
    db.execute(sql`create table if not exists ${migrations} (
      version integer primary key,
      name text not null,
      applied_at timestamptz not null default now()
    )`),
  );
  const [row] = await run((db) => db.select({ version: max(migrations.version) }).from(migrations));
  return row?.version ?? 0;
}

/**
 * Brings the tables to what this version of the program knows, all or nothing. Of instances that start at
 * the same time, one does it and the others wait.
 *
 * @throws {StorageError} `schema_too_new` when a newer version of the program was here before
 */
export async function migrate(
  database: Database,
  steps: readonly Migration[] = allMigrations,
): Promise<void> {
  await database.transaction(async (run) => {
    await run((db) => db.execute(sql`select pg_advisory_xact_lock(${lock})`));
    const version = await currentVersion(run);
    if (version > steps.length) {
      throw new StorageError(
        'schema_too_new',
        `The database has version ${version}, and this program knows ${steps.length}: run a newer one.`,
      );
    }
    for (const [index, { name, statements }] of steps.entries()) {
      if (index < version) continue;
      for (const statement of statements) await run((db) => db.execute(sql.raw(statement)));
      await run((db) => db.insert(migrations).values({ version: index + 1, name }));
    }
  });
}
