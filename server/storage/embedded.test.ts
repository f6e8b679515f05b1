import { once } from 'node:events';
import { fsyncSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { PGlite } from '@electric-sql/pglite';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EmbeddedDatabase, startParameters } from './embedded.js';
import { openStore, StorageError } from './index.js';
import { createDatabaseFiles, SyncedNodeFS } from './pglite-files.js';
import { compile, type Program } from './test/program.js';
import {
  aMessage,
  allItems,
  aThread,
  aUser,
  deferred,
  storedThread,
  textOf,
} from './test/samples.js';
import { TestFolders } from './test/test-folder.js';

let folders: TestFolders;
beforeAll(async () => {
  folders = await TestFolders.create();
}, 60_000);
afterAll(() => folders.remove());

const fail = (error: StorageError) => expect.unreachable(error.message);
const setting = (name: string) => sql<string>`current_setting(${name})`;

async function failureOf(work: Promise<unknown>): Promise<StorageError> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StorageError);
  return error as StorageError;
}

describe('the embedded database', () => {
  it('makes a folder that no other account of the machine can read', async () => {
    const { mode } = await stat(folders.path('original'));
    expect(mode & 0o777).toBe(0o700);
  });

  it('keeps threads and items over a restart', async () => {
    const dataDir = await folders.copy('restart');
    const first = await openStore({ dataDir });
    const { thread, threadId, context } = await storedThread(first.store);
    await first.store.saveItem(threadId, aMessage(threadId, 'a'), context);
    await first.close();

    const second = await openStore({ dataDir });
    await second.store.saveItem(threadId, aMessage(threadId, 'b'), context);
    expect(await second.store.loadThread(threadId, context)).toEqual(thread);
    expect((await allItems(second.store, threadId, context)).map(textOf)).toEqual(['a', 'b']);
    await second.close();
  });

  it('is created anew after an interrupted creation', async () => {
    const dataDir = folders.path('half');
    await mkdir(join(dataDir, 'threads.new'), { recursive: true });
    await writeFile(join(dataDir, 'threads.new', 'PG_VERSION'), '18\n');
    const open = await openStore({ dataDir });
    await open.check();
    await open.close();
    expect(await readdir(dataDir)).toEqual(['threads']);
  }, 60_000);

  it('does not block the event loop while it is created', async () => {
    const lag = monitorEventLoopDelay({ resolution: 1 });
    lag.enable();
    await createDatabaseFiles(folders.path('aside'));
    lag.disable();
    // It takes seconds.
    expect(lag.max / 1e6).toBeLessThan(500);
  }, 60_000);

  it('syncs commits to the disk', async () => {
    const dataDir = await folders.copy('synced');
    const database = await EmbeddedDatabase.open(dataDir, { onError: fail });
    const [row] = await database.run((db) =>
      db.select({ fsync: setting('fsync'), method: setting('wal_sync_method') }).from(sql`now()`),
    );
    // Its default, fdatasync, does nothing in WebAssembly.
    expect(row).toEqual({ fsync: 'on', method: 'fsync' });
    await database.close();

    let syncs = 0;
    const fs = new SyncedNodeFS(join(dataDir, 'threads'), (descriptor) => {
      syncs++;
      fsyncSync(descriptor);
    });
    const pglite = await PGlite.create({ fs, startParams: startParameters });
    syncs = 0;
    await pglite.query(`insert into taskpilot_migrations values (99, 'test')`);
    expect(syncs).toBeGreaterThan(0);
    await pglite.close();
  });

  it('limits the size of its write-ahead log', async () => {
    const dataDir = await folders.copy('log');
    const database = await EmbeddedDatabase.open(dataDir, { onError: fail, vacuumMs: 10 });
    const log = async () =>
      (await readdir(join(dataDir, 'threads', 'pg_wal'))).filter((name) =>
        /^[\dA-F]{24}$/.test(name),
      );
    for (let round = 0; round < 12; round++) {
      await database.run((db) => db.execute(sql`comment on table taskpilot_items is 'changed'`));
      // A piece of 16 megabytes is taken for full.
      await database.run((db) => db.execute(sql`select pg_switch_wal()`));
    }
    await expect.poll(log, { timeout: 10_000 }).toSatisfy((names: string[]) => names.length <= 5);
    await database.close();
  }, 30_000);

  it('finishes calls in flight when it is closed, and rejects later ones', async () => {
    const open = await openStore({ dataDir: await folders.copy('closed') });
    const { store } = open;
    const { threadId, context } = await storedThread(store);
    const begun = deferred();
    const proceed = deferred();
    const underWay = [
      store.transaction(threadId, context, async (inner) => {
        begun.resolve();
        await proceed.promise;
        await inner.saveItem(threadId, aMessage(threadId), context);
      }),
      ...Array.from({ length: 5 }, () => store.saveItem(threadId, aMessage(threadId), context)),
    ];
    await begun.promise;
    const closing = open.close();
    proceed.resolve();
    await Promise.all([...underWay, closing, open.close()]);
    for (const work of [
      open.check(),
      store.saveThread(aThread(), aUser()),
      store.transaction(threadId, context, () => Promise.resolve()),
    ]) {
      expect((await failureOf(work)).code).toBe('storage_closed');
    }
  });
});

describe('a process that is killed', () => {
  let program: Program;
  beforeAll(async () => {
    program = await compile(new URL('test/write-and-die.ts', import.meta.url));
  });
  afterAll(() => program.remove());

  it('has stored every message that it acknowledged', async () => {
    const dataDir = await folders.copy('killed');
    const { threadId, context } = { threadId: aThread().id, context: aUser() };
    const { child, lines } = program.start(dataDir, threadId, context.user);
    const exit = once(child, 'exit');
    let acknowledged = 0;
    for await (const line of lines) {
      if (line === `stored ${acknowledged}`) acknowledged++;
      if (acknowledged === 40) child.kill('SIGKILL');
    }
    expect(await exit).toEqual([null, 'SIGKILL']);
    expect(acknowledged).toBeGreaterThanOrEqual(40);

    // Its lock is stale.
    expect(await readdir(join(dataDir, 'threads.lock'))).toHaveLength(1);
    const open = await openStore({ dataDir });
    const texts = (await allItems(open.store, threadId, context)).map(textOf);
    expect(texts.slice(0, acknowledged)).toEqual(
      Array.from({ length: acknowledged }, (_, number) => String(number)),
    );
    // One more item can be stored whose acknowledgement was lost.
    expect(texts.length - acknowledged).toBeLessThanOrEqual(1);
    await open.close();
  }, 60_000);

  it('keeps other processes out while it is alive', async () => {
    const dataDir = await folders.copy('shared');
    const { child, lines } = program.start(dataDir, aThread().id, aUser().user);
    const exit = once(child, 'exit');
    for await (const line of lines) {
      if (line !== 'stored 0') continue;
      const error = await failureOf(openStore({ dataDir }));
      expect(error).toMatchObject({ code: 'data_dir_in_use', retryable: false });
      expect(error.message).toBe(
        `DATA_DIR is in use by process ${child.pid ?? ''}: stop it, choose another folder, or set DATABASE_URL.`,
      );
      child.kill('SIGKILL');
    }
    await exit;
  }, 60_000);
});

describe('DATA_DIR', () => {
  const lockOf = (dataDir: string) => join(dataDir, 'threads.lock');

  async function leaveLock(dataDir: string, holder: object | string, ageMs = 0): Promise<void> {
    await mkdir(lockOf(dataDir));
    const file = join(lockOf(dataDir), 'left.json');
    await writeFile(file, typeof holder === 'string' ? holder : JSON.stringify(holder));
    const time = new Date(Date.now() - ageMs);
    await utimes(file, time, time);
  }

  it('cannot be opened twice, not even by one process', async () => {
    const dataDir = await folders.copy('twice');
    const open = await openStore({ dataDir });
    expect((await failureOf(openStore({ dataDir }))).code).toBe('data_dir_in_use');
    await open.close();
    const again = await openStore({ dataDir });
    await again.close();
    expect(await readdir(dataDir)).toEqual(['threads']);
  });

  it('is opened by one of many that try at the same time', async () => {
    const dataDir = await folders.copy('race');
    await leaveLock(dataDir, { pid: 2 ** 22 + 1, host: hostname(), birth: 'x/1' });
    const tries = Array.from({ length: 8 }, () => openStore({ dataDir }));
    const results = await Promise.allSettled(tries);
    const open = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    expect(open).toHaveLength(1);
    for (const result of results) {
      if (result.status === 'rejected')
        expect(result.reason).toMatchObject({ code: 'data_dir_in_use' });
    }
    await open[0]?.close();
  });

  it.each([
    ['a process that has ended', { pid: 2 ** 22 + 1, host: hostname(), birth: null }, 0],
    [
      'an earlier process with the same id',
      { pid: process.pid, host: hostname(), birth: 'x/1' },
      0,
    ],
    ['another host without a recent heartbeat', { pid: 1, host: 'other', birth: null }, 60_000],
    ['an unknown holder without a recent heartbeat', '', 60_000],
  ])('is taken over from %s', async (name, holder, ageMs) => {
    const dataDir = await folders.copy(name);
    await leaveLock(dataDir, holder, ageMs);
    const open = await openStore({ dataDir });
    await open.check();
    await open.close();
  });

  it('is not taken over from another host with a recent heartbeat', async () => {
    const dataDir = await folders.copy('other host');
    await leaveLock(dataDir, { pid: 7, host: 'other', birth: null }, 1000);
    const { code, message } = await failureOf(openStore({ dataDir }));
    expect(code).toBe('data_dir_in_use');
    expect(message).toContain('process 7 on other');
  });

  it('must be a writable directory', async () => {
    const file = folders.path('file');
    await writeFile(file, '');
    for (const dataDir of [file, join(file, 'below')]) {
      const { code, message } = await failureOf(openStore({ dataDir }));
      expect(code).toBe('data_dir_unusable');
      expect(message).toMatch(/^DATA_DIR \(.*\) cannot be made, read or written \(E[A-Z]+\)\.$/);
    }
  });

  it('must not contain a database of another version', async () => {
    const dataDir = await folders.copy('version');
    await writeFile(join(dataDir, 'threads', 'PG_VERSION'), '12\n');
    const { code, message } = await failureOf(openStore({ dataDir }));
    expect(code).toBe('data_dir_unusable');
    expect(message).toContain('PostgreSQL 12');
    // One that has lost its files is not made anew over the rest.
    await rm(join(dataDir, 'threads', 'PG_VERSION'));
    const { message: missing } = await failureOf(openStore({ dataDir }));
    expect(missing).toContain('(ENOENT)');
    expect(await readdir(dataDir)).toEqual(['threads']);
  });

  it('names the process that has it open', async () => {
    const dataDir = await folders.copy('who');
    const open = await openStore({ dataDir });
    const [name = ''] = await readdir(lockOf(dataDir));
    const text = await readFile(join(lockOf(dataDir), name), 'utf8');
    expect(JSON.parse(text)).toMatchObject({ pid: process.pid, host: hostname() });
    await open.close();
  });
});
