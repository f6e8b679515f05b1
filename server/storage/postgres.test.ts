import { createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { StorageError, openStore, type OpenStore, type StorageOptions } from './index.js';
import { migrations } from './schema.js';
import {
  aMessage,
  allItems,
  aThread,
  aUser,
  deferred,
  storedThread,
  textOf,
} from './test/samples.js';
import {
  createTestDatabase,
  skipped,
  testServer,
  type TestDatabase,
} from './test/test-database.js';

const opened: OpenStore[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((open) => open.close()));
});

async function open(options: Omit<StorageOptions, 'dataDir'>): Promise<OpenStore> {
  const store = await openStore({ dataDir: '/nowhere', ...options });
  opened.push(store);
  return store;
}

async function failureOf(work: Promise<unknown>): Promise<StorageError> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StorageError);
  return error as StorageError;
}

describe.skipIf(testServer === undefined)(`a PostgreSQL server${skipped}`, () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  it('is migrated once by instances that start at the same time', async () => {
    const stores = await Promise.all(
      Array.from({ length: 5 }, () => open({ databaseUrl: database.url })),
    );
    expect(stores.map(({ kind }) => kind)).toEqual(Array(5).fill('postgresql'));
    expect(await database.query('select version from taskpilot_migrations')).toEqual(
      migrations.map((_, index) => ({ version: index + 1 })),
    );
  });

  it('survives the loss of idle connections', async () => {
    const errors: StorageError[] = [];
    const { store } = await open({
      databaseUrl: database.url,
      onError: (error) => errors.push(error),
    });
    const { threadId, context } = await storedThread(store);
    await database.disconnectAll();
    await expect.poll(() => errors.length).toBeGreaterThan(0);
    expect(errors[0]).toMatchObject({ code: 'storage_unavailable', sqlState: '57P01' });
    await store.saveItem(threadId, aMessage(threadId, 'a'), context);
    expect((await allItems(store, threadId, context)).map(textOf)).toEqual(['a']);
  });

  it('fails calls in flight with a retryable error when the connection is lost', async () => {
    const { store } = await open({ databaseUrl: database.url, onError: () => undefined });
    const { threadId, context } = await storedThread(store);
    const transaction = store.transaction(threadId, context, async (inner) => {
      await inner.saveItem(threadId, aMessage(threadId, 'lost'), context);
      await database.disconnectAll();
      await inner.saveItem(threadId, aMessage(threadId, 'lost, too'), context);
    });
    expect(await failureOf(transaction)).toMatchObject({
      code: 'storage_unavailable',
      retryable: true,
    });
    await store.saveItem(threadId, aMessage(threadId, 'kept'), context);
    expect((await allItems(store, threadId, context)).map(textOf)).toEqual(['kept']);
  });

  it('survives the loss of a connection that is idle within a transaction', async () => {
    const { store } = await open({ databaseUrl: database.url, onError: () => undefined });
    const { threadId, context } = await storedThread(store);
    const connections = () =>
      database.query(
        `select pid from pg_stat_activity
         where datname = current_database() and application_name = 'taskpilot-chat'`,
      );
    const transaction = store.transaction(threadId, context, async (inner) => {
      await inner.saveItem(threadId, aMessage(threadId), context);
      await database.disconnectAll();
      await expect.poll(connections).toEqual([]);
    });
    expect((await failureOf(transaction)).code).toBe('storage_unavailable');
    expect(await allItems(store, threadId, context)).toEqual([]);
  });

  it('does not wait without end for a locked thread', async () => {
    const { store } = await open({ databaseUrl: database.url, limits: { statementMs: 300 } });
    const { threadId, context } = await storedThread(store);
    await database.query('begin');
    await database.query('select 1 from taskpilot_threads where id = $1 for update', [threadId]);
    const saving = store.saveItem(threadId, aMessage(threadId), context);
    expect(await failureOf(saving)).toMatchObject({
      code: 'storage_unavailable',
      sqlState: '57014',
      retryable: true,
    });
    await database.query('rollback');
    await store.saveItem(threadId, aMessage(threadId), context);
  });

  it('does not let a transaction lock its thread without end', async () => {
    const { store } = await open({ databaseUrl: database.url, limits: { statementMs: 300 } });
    const { threadId, context } = await storedThread(store);
    const never = deferred();
    const hanging = store.transaction(threadId, context, async (inner) => {
      await inner.saveItem(threadId, aMessage(threadId), context);
      await never.promise;
    });
    expect((await failureOf(hanging)).code).toBe('storage_unavailable');
    expect(await allItems(store, threadId, context)).toEqual([]);
  });

  it('skips old threads that are being written to', async () => {
    let now = Date.parse('2026-11-01T12:00:00Z');
    const instance = await open({ databaseUrl: database.url, now: () => now });
    const { store } = instance;
    const { threadId, context } = await storedThread(store);
    now = Date.parse('2026-11-10T12:00:00Z');
    const begun = deferred();
    const proceed = deferred();
    const writing = store.transaction(threadId, context, async (inner) => {
      begun.resolve();
      await proceed.promise;
      await inner.saveItem(threadId, aMessage(threadId), context);
    });
    await begun.promise;
    await instance.deleteOlderThan(new Date(now));
    proceed.resolve();
    await writing;
    expect(await allItems(store, threadId, context)).toHaveLength(1);
    expect(await instance.deleteUser(context.user)).toEqual({ threads: 1, items: 1 });
  });

  it('fails when no connection becomes free in time', async () => {
    const { store } = await open({
      databaseUrl: database.url,
      limits: { connections: 1, connectMs: 200 },
    });
    const { threadId, context } = await storedThread(store);
    const failure = store.transaction(threadId, context, () =>
      failureOf(store.saveThread(aThread(), aUser())),
    );
    expect(await failure).toMatchObject({ code: 'storage_unavailable', retryable: true });
  });

  it('finishes calls in flight when it is closed', async () => {
    const instance = await open({ databaseUrl: database.url, limits: { connections: 2 } });
    const { store } = instance;
    const { threadId, context } = await storedThread(store);
    const saving = Array.from({ length: 10 }, () =>
      store.saveItem(threadId, aMessage(threadId), context),
    );
    await instance.close();
    await Promise.all(saving);
    expect((await failureOf(instance.check())).code).toBe('storage_closed');
  });

  it('refuses a database that a newer version has migrated', async () => {
    await open({ databaseUrl: database.url });
    const [known, next] = [migrations.length, migrations.length + 1];
    await database.query(`insert into taskpilot_migrations values (${next}, 'the future')`);
    const { code, message } = await failureOf(open({ databaseUrl: database.url }));
    expect(code).toBe('schema_too_new');
    expect(message).toBe(
      `The database has version ${next}, and this program knows ${known}: run a newer one.`,
    );
    await database.query(`delete from taskpilot_migrations where version = ${next}`);
  });

  it.each([
    ['the password is wrong', (url: URL) => (url.password = 'wrong-password'), /password/],
    ['there is no such database', (url: URL) => (url.pathname = '/nothing'), /no such database/],
  ])('reports that %s, without the URL', async (_, change, says) => {
    const url = new URL(database.url);
    const { password } = url;
    change(url);
    const { code, message, stack } = await failureOf(open({ databaseUrl: url.href }));
    expect(code).toBe('database_refused');
    expect(message).toMatch(/^DATABASE_URL: /);
    expect(message).toMatch(says);
    for (const secret of [password, 'wrong-password']) expect(stack).not.toContain(secret);
  });

  it('keeps what users wrote out of the error of a failed statement', async () => {
    const { store } = await open({ databaseUrl: database.url });
    const { threadId, context } = await storedThread(store);
    // Longer than an index takes.
    const id = Array.from({ length: 3000 }, (_, index) => String(index)).join('');
    const error = await failureOf(
      store.saveItem(threadId, aMessage(threadId, 'my secret', id), context),
    );
    expect(error).toMatchObject({ code: 'storage_failed', sqlState: '54000', retryable: false });
    const told = JSON.stringify([error.message, error.stack, error.cause, Object.values(error)]);
    for (const word of ['my secret', threadId, context.user, '0123456789']) {
      expect(told).not.toContain(word);
    }
  });
});

describe('an unreachable server', () => {
  it('is reported with the reason, as retryable', async () => {
    const databaseUrl = 'postgres://somebody:pass-word@127.0.0.1:1/db';
    const error = await failureOf(open({ databaseUrl }));
    expect(error).toMatchObject({ code: 'storage_unavailable', retryable: true });
    expect(error.message).toBe('DATABASE_URL: the database cannot be reached (ECONNREFUSED).');
    expect(error.stack).not.toContain('pass-word');
  });

  it('that does not answer is waited for until the timeout', async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const opening = open({
      databaseUrl: `postgres://somebody@127.0.0.1:${port}/db`,
      limits: { connectMs: 200 },
    });
    expect((await failureOf(opening)).code).toBe('storage_unavailable');
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => silent.close(resolve));
  });
});
