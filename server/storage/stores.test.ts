import { afterAll, beforeAll, describe } from 'vitest';
import { MemoryStore } from '../chatkit/index.js';
import { instanceTests } from '../chatkit/test/instances-suite.js';
import { openStore, type OpenStore } from './index.js';
import { storeSuite, type Stores } from './test/store-suite.js';
import {
  createTestDatabase,
  skipped,
  testServer,
  type TestDatabase,
} from './test/test-database.js';
import { TestFolders } from './test/test-folder.js';

describe('MemoryStore', () => {
  const store = new MemoryStore();
  storeSuite(() => [store, store]);
  describe('two instances', () => instanceTests(() => [store, store]));
});

describe('the store on the embedded PostgreSQL', () => {
  let folders: TestFolders;
  let open: OpenStore;
  beforeAll(async () => {
    folders = await TestFolders.create();
    open = await openStore({ dataDir: await folders.copy('suite') });
  }, 60_000);
  afterAll(async () => {
    await open.close();
    await folders.remove();
  });
  storeSuite(() => [open.store, open.store]);
  describe('two instances', () => instanceTests(() => [open.store, open.store]));
});

describe.skipIf(testServer === undefined)(`the store on a PostgreSQL server${skipped}`, () => {
  let database: TestDatabase;
  let instances: readonly OpenStore[];
  beforeAll(async () => {
    database = await createTestDatabase();
    const options = { databaseUrl: database.url, dataDir: '/nowhere' };
    instances = await Promise.all([openStore(options), openStore(options)]);
  });
  afterAll(async () => {
    await Promise.all(instances.map((instance) => instance.close()));
    await database.drop();
  });
  const stores = () => instances.map(({ store }) => store) as unknown as Stores;
  storeSuite(stores);
  describe('two instances', () => instanceTests(stores));
});
