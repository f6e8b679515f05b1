import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectRedis } from '../redis.js';
import { openStore, type OpenStore } from '../storage/index.js';
import {
  createTestDatabase,
  skipped,
  testServer,
  type TestDatabase,
} from '../storage/test/test-database.js';
import { TestFolders } from '../storage/test/test-folder.js';
import { skippedWithoutRedis, testRedis } from '../test/test-redis.js';
import { MemorySessionStore } from './memory-session-store.js';
import { RedisSessionStore } from './redis-session-store.js';
import { sessionStoreSuite } from './test/session-store-suite.js';

describe('MemorySessionStore', () => {
  const store = new MemorySessionStore(Date.now);
  sessionStoreSuite(() => [store, store]);

  it('forgets the oldest when there are too many', async () => {
    const small = new MemorySessionStore(() => 0, 2);
    const ids = ['a', 'b', 'c'];
    for (const id of ids) await small.add({ id, user: 'ann', backend: 'hosted', expiresAt: 10 });
    const found = await Promise.all(ids.map((id) => small.find(id, 'ann')));
    expect(found.map((session) => session?.id)).toEqual([undefined, 'b', 'c']);
  });
});

describe('the sessions in the embedded PostgreSQL', () => {
  let folders: TestFolders;
  let open: OpenStore;
  beforeAll(async () => {
    folders = await TestFolders.create();
    open = await openStore({ dataDir: await folders.copy('sessions') });
  }, 60_000);
  afterAll(async () => {
    await open.close();
    await folders.remove();
  });
  sessionStoreSuite(() => [open.sessions, open.sessions]);

  it('S19: are deleted after their end, and ended with their user', async () => {
    const session = { id: 'old', user: 'ann', backend: 'hosted', expiresAt: 1000 } as const;
    await open.sessions.add(session);
    expect(await open.deleteSessionsBefore(new Date(1_000_001))).toBe(1);
    const expiresAt = Math.ceil(Date.now() / 1000) + 600;
    await open.sessions.add({ ...session, user: 'leaving', expiresAt });
    await open.deleteUser('leaving');
    expect(await open.sessions.find('old', 'leaving')).toBeNull();
    // Its token is refused until it expires.
    expect(await open.sessions.cancelledOf(['old'])).toEqual(['old']);
  });
});

describe.skipIf(testServer === undefined)(`the sessions in PostgreSQL${skipped}`, () => {
  let database: TestDatabase;
  let instances: readonly [OpenStore, OpenStore];
  beforeAll(async () => {
    database = await createTestDatabase();
    const options = { databaseUrl: database.url, dataDir: '/nowhere' };
    instances = [await openStore(options), await openStore(options)];
  });
  afterAll(async () => {
    await Promise.all(instances.map((instance) => instance.close()));
    await database.drop();
  });
  sessionStoreSuite(() => [instances[0].sessions, instances[1].sessions]);
});

describe.skipIf(testRedis === undefined)(`the sessions in Redis${skippedWithoutRedis}`, () => {
  const secrets = ['a-secret-of-at-least-32-characters-0'];
  let connections: readonly [Redis, Redis];
  const connect = () =>
    connectRedis(testRedis ?? '', (error) => {
      throw error;
    });
  beforeAll(async () => {
    connections = [await connect(), await connect()];
  });
  afterAll(() => {
    for (const connection of connections) connection.disconnect();
  });
  const storeOf = (index: 0 | 1, own = secrets) =>
    new RedisSessionStore(connections[index], own, Date.now);
  sessionStoreSuite(() => [storeOf(0), storeOf(1)]);

  it('name no user, and are found while SESSION_SECRET changes', async () => {
    const user = `ann-${randomUUID()}`;
    const id = `cksess_${randomUUID()}`;
    const expiresAt = Math.ceil(Date.now() / 1000) + 600;
    await storeOf(0).add({ id, user, backend: 'hosted', expiresAt });
    const stored = await connections[0].get(`taskpilot-chat:session:${id}`);
    expect(stored).toContain('"backend":"hosted"');
    expect(stored).not.toContain(user);
    const next = storeOf(1, ['the-next-secret-of-32-characters-abc', ...secrets]);
    expect(await next.find(id, user)).toMatchObject({ user });
    expect(await storeOf(1, ['another-secret-of-32-characters-abcd']).find(id, user)).toBeNull();
  });
});
