import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inspectDataDir, inspectPostgres, openStore } from './index.js';
import { migrations } from './schema.js';
import {
  createTestDatabase,
  skipped,
  testServer,
  type TestDatabase,
} from './test/test-database.js';
import { TestFolders } from './test/test-folder.js';

describe('inspectDataDir', () => {
  let folders: TestFolders;
  beforeAll(async () => {
    folders = await TestFolders.create();
  }, 60_000);
  afterAll(() => folders.remove());

  it('makes nothing, whether there is a database or not', async () => {
    const folder = await folders.copy('with-database');
    const before = await readdir(folder, { recursive: true });
    await inspectDataDir(folder);
    expect(await readdir(folder, { recursive: true })).toEqual(before);
    await inspectDataDir(folders.path('none'));
    await expect(readdir(folders.path('none'))).rejects.toThrow('ENOENT');
  });

  it('says that it is no directory', async () => {
    const file = join(folders.path('with-database'), 'file');
    await writeFile(file, '');
    await expect(inspectDataDir(file)).rejects.toMatchObject({ code: 'data_dir_unusable' });
  });
});

describe.skipIf(testServer === undefined)(`inspectPostgres${skipped}`, () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  it('tells how many migrations are missing, and makes none', async () => {
    const newest = migrations.length;
    expect(await inspectPostgres(database.url)).toEqual({ version: 0, newest });
    expect(await inspectPostgres(database.url)).toEqual({ version: 0, newest });
    const open = await openStore({ databaseUrl: database.url, dataDir: '/nowhere' });
    await open.close();
    expect(await inspectPostgres(database.url)).toEqual({ version: newest, newest });
  });

  it('refuses a database of a newer version, and one that cannot be written', async () => {
    await database.query('insert into taskpilot_migrations (version, name) values (1000, $1)', [
      'new',
    ]);
    await expect(inspectPostgres(database.url)).rejects.toMatchObject({ code: 'schema_too_new' });
    const readOnly = `${database.url}?options=-c%20default_transaction_read_only%3Don`;
    await expect(inspectPostgres(readOnly)).rejects.toMatchObject({ code: 'storage_unavailable' });
  });

  it('says that the database is not there', async () => {
    const other = new URL(database.url);
    other.pathname = '/none';
    await expect(inspectPostgres(other.href)).rejects.toMatchObject({ code: 'database_refused' });
  });
});
