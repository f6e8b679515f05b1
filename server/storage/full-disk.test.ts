import { randomBytes } from 'node:crypto';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useHarness } from '../test/harness.js';
import { EmbeddedDatabase } from './embedded.js';
import { openStore, StorageError } from './index.js';
import { aMessage, storedThread, textsOf } from './test/samples.js';
import { SmallDisk } from './test/small-disk.js';
import { TestFolders } from './test/test-folder.js';

const probe = await SmallDisk.mount(1);
await probe?.unmount();
const why = probe === null ? ' (skipped: mounting a disk is not permitted here)' : '';

const harness = useHarness();
const page = { limit: 100, order: 'asc' } as const;
const onError = (error: StorageError) => {
  throw error;
};

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'ok',
    (error: unknown) => (error instanceof StorageError ? error.code : String(error)),
  );

describe.skipIf(probe === null)(`The embedded database on a full disk${why}`, () => {
  let folders: TestFolders;
  let disks: SmallDisk[] = [];
  beforeAll(async () => {
    folders = await TestFolders.create();
  }, 90_000);
  afterAll(async () => {
    await Promise.all(disks.map((disk) => disk.unmount()));
    disks = [];
    await folders.remove();
  });

  /** A disk with a database, and room for some more. */
  async function diskWithDatabase() {
    const disk = await SmallDisk.mount(112);
    if (disk === null) throw new Error('The first disk could be mounted.');
    disks.push(disk);
    const dataDir = join(disk.folder, 'data');
    await cp(folders.path('original'), dataDir, { recursive: true });
    return { disk, dataDir };
  }

  it('S7: refuses to write, goes on reading, and writes again when there is room', async () => {
    const { disk, dataDir } = await diskWithDatabase();
    const opened = await openStore({ dataDir, onError });
    const { store } = opened;
    const { threadId, context } = await storedThread(store);
    await store.saveItem(threadId, aMessage(threadId, 'before'), context);
    await disk.fill();
    const write = (text: string) =>
      codeOf(store.saveItem(threadId, aMessage(threadId, text), context));
    await expect.poll(() => write('lost'), { timeout: 5000 }).toBe('storage_unavailable');
    const readable = textsOf(await store.loadItems(threadId, page, context));
    expect(readable[0]).toBe('before');
    expect(await codeOf(opened.check())).toBe('storage_unavailable');
    const transaction = store.transaction(threadId, context, () => Promise.resolve());
    expect(await codeOf(transaction)).toBe('storage_unavailable');

    await disk.free();
    expect(await codeOf(opened.check())).toBe('ok');
    expect(await write('after')).toBe('ok');
    expect(textsOf(await store.loadItems(threadId, page, context))).toEqual([...readable, 'after']);
    await opened.close();
  });

  it('S7: that fills up in the middle of a write fails at once, and loses nothing', async () => {
    const { disk, dataDir } = await diskWithDatabase();
    const database = await EmbeddedDatabase.open(dataDir, { onError });
    const insert = (id: number) =>
      database.run((db) =>
        db.execute(sql`insert into probe values (${id}, ${randomBytes(100_000).toString('hex')})`),
      );
    const rows = () =>
      database.run((db) => db.select({ id: sql<number>`id` }).from(sql`probe order by id`));
    await database.run((db) => db.execute(sql`create table probe (id int, text text)`));
    await insert(-1);
    await disk.fill();
    const codes = await Promise.all(Array.from({ length: 40 }, (_, id) => codeOf(insert(id))));
    expect(new Set(codes)).toContain('storage_unavailable');
    expect(new Set(codes.filter((code) => code !== 'ok'))).toEqual(
      new Set(['storage_unavailable']),
    );
    // The engine may not be used any more, in a transaction either, and cannot be started yet.
    expect(await codeOf(rows())).toBe('storage_unavailable');
    expect(await codeOf(database.transaction(() => Promise.resolve()))).toBe('storage_unavailable');

    await disk.free();
    const acknowledged = codes.flatMap((code, id) => (code === 'ok' ? [id] : []));
    expect((await rows()).map(({ id }) => id)).toEqual([-1, ...acknowledged]);
    expect(await codeOf(insert(1000))).toBe('ok');
    await database.close();
  });

  it('S7: that is still full can be closed', async () => {
    const { disk, dataDir } = await diskWithDatabase();
    const database = await EmbeddedDatabase.open(dataDir, { onError });
    await disk.fill();
    const grow = () =>
      codeOf(
        database.run((db) =>
          db.execute(sql`create table if not exists probe as
            select md5(n::text) as text from generate_series(1, 500000) n`),
        ),
      );
    expect(await grow()).toBe('storage_unavailable');
    await database.close();
    await disk.free();
    const again = await openStore({ dataDir, onError });
    await again.check();
    await again.close();
  });

  it('S7: of a service answers 503, turns readiness red, and both recover', async () => {
    const { disk, dataDir } = await diskWithDatabase();
    const service = await harness.service({
      CHATKIT_BACKENDS: 'self-hosted',
      SESSION_SECRET: 'a-secret-for-tests-only-0123456789abcdef',
      DATA_DIR: dataDir,
      AGENT_API_KEY: 'sk-none',
    });
    const { client_secret: token } = (await service.open()).json<{ client_secret: string }>();
    const ask = async (type: string, params: object) => {
      const answer = await service.inject({
        method: 'POST',
        url: '/api/chatkit',
        headers: { authorization: `Bearer ${token}` },
        payload: { type, params },
      });
      return answer;
    };
    const input = {
      content: [{ type: 'input_text', text: 'hello' }],
      attachments: [],
      inference_options: {},
    };
    const statusOf = async (path: string) => (await service.inject(path)).statusCode;
    expect(await statusOf('/readyz')).toBe(200);
    await disk.fill();
    await expect.poll(() => statusOf('/readyz'), { timeout: 5000 }).toBe(503);
    const refused = await ask('threads.create', { input });
    expect(refused.statusCode).toBe(503);
    expect(refused.json()).toMatchObject({ code: 'storage_unavailable', retryable: true });
    expect((await service.open()).json()).toMatchObject({ code: 'storage_unavailable' });
    expect((await ask('threads.list', {})).json()).toMatchObject({ data: [] });
    expect(await statusOf('/healthz')).toBe(200);

    await disk.free();
    expect(await statusOf('/readyz')).toBe(200);
    expect((await service.open()).statusCode).toBe(200);
    expect((await ask('threads.create', { input })).statusCode).toBe(200);
  });
});
