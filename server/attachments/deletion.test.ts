import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runForget } from '../cli/forget.js';
import { TestResponder } from '../chatkit/test/harness.js';
import type { Config } from '../config.js';
import { openStore } from '../storage/index.js';
import { TestFolders } from '../storage/test/test-folder.js';
import { createTestDatabase, skipped, testServer } from '../storage/test/test-database.js';
import { eventually, fakeTime, useHarness } from '../test/harness.js';
import { Visitor } from './test/visitor.js';

const harness = useHarness();
let folders: TestFolders;
beforeAll(async () => {
  folders = await TestFolders.create();
}, 60_000);
afterAll(() => folders.remove());

const secret = 'a-secret-for-tests-only-0123456789abcdef';
const admin = { authorization: 'Bearer admin-token-0123456789' };
const dayMs = 24 * 3_600_000;
let copies = 0;

/** A service with a database in a folder, as operators run it. */
async function setup(own: Readonly<Record<string, string>> = {}) {
  const dataDir = await folders.copy(`files-${copies++}`);
  const time = fakeTime();
  const env = {
    CHATKIT_BACKENDS: 'self-hosted',
    SESSION_SECRET: secret,
    ADMIN_TOKEN: 'admin-token-0123456789',
    DATA_DIR: dataDir,
    ATTACHMENTS: 'disk',
    ...own,
  };
  return {
    time,
    start: () => harness.service(env, { responder: new TestResponder(), now: time.now }),
    files: async () => (await readdir(join(dataDir, 'attachments'))).sort(),
    /** What the database still knows of files. */
    records: async () => {
      const open = await openStore({ dataDir, databaseUrl: own['DATABASE_URL'], now: time.now });
      const records = await open.store.abandonedAttachments(new Date(time.now() + dayMs));
      await open.close();
      return records;
    },
  };
}

async function forget(user: string, config: Config): Promise<string[]> {
  const lines: string[] = [];
  await runForget(['--user', user], { config, print: (line) => lines.push(line) });
  return lines;
}

describe('A5: The files of what is deleted', () => {
  it('A5: forget deletes a user’s files beside the running service, sent and unsent, and no others', async () => {
    const { start, files } = await setup();
    const { app, config } = await start();
    const [ann, bob] = [await Visitor.come(app), await Visitor.come(app)];
    await ann.sendPicture();
    await ann.upload(await ann.create());
    const kept = await bob.sendPicture();
    expect(await files()).toHaveLength(3);
    expect(await forget(ann.user, config)).toEqual([
      'Deleted 1 thread with 2 items and 2 files from DATA_DIR.',
    ]);
    expect(await files()).toEqual([kept.id]);
  }, 60_000);

  it('A5: forget deletes them when no service runs, and nothing of them stays in the database', async () => {
    const { start, files, records, time } = await setup();
    const { app, config } = await start();
    const ann = await Visitor.come(app);
    await ann.sendPicture();
    await app.close();
    time.pass(2 * dayMs);
    await forget(ann.user, config);
    expect(await files()).toEqual([]);
    // A record is kept while its upload could still come.
    expect(await records()).toMatchObject([{ name: '' }]);
    await (await start()).app.close();
    expect(await records()).toEqual([]);
  }, 60_000);

  it('A5: the operator’s page deletes them with a thread and with a user', async () => {
    const { start, files } = await setup();
    const service = await start();
    const remove = (payload: object) =>
      service.inject({ method: 'POST', url: '/admin/api/delete', headers: admin, payload });
    const ann = await Visitor.come(service.app);
    const [first, second] = [await ann.sendPicture(), await ann.sendPicture()];
    expect((await remove({ thread: first.threadId })).statusCode).toBe(200);
    expect(await files()).toEqual([second.id]);
    expect((await remove({ user: ann.user })).statusCode).toBe(200);
    expect(await files()).toEqual([]);
  }, 60_000);

  it('A5: retention deletes them with their thread', async () => {
    const { start, files, time } = await setup({ THREAD_RETENTION_DAYS: '7' });
    const first = await start();
    const old = await (await Visitor.come(first.app)).sendPicture();
    await first.app.close();
    time.pass(5 * dayMs);
    const second = await start();
    const young = await (await Visitor.come(second.app)).sendPicture();
    expect(await files()).toEqual([old.id, young.id].sort());
    await second.app.close();
    time.pass(5 * dayMs);
    await start();
    await eventually(async () => expect(await files()).toEqual([young.id]));
  }, 60_000);

  it('A5: a file that no message brings is deleted after a day', async () => {
    const { start, files, time, records } = await setup();
    const first = await start();
    const ann = await Visitor.come(first.app);
    const sent = await ann.sendPicture();
    const unsent = await ann.create();
    await ann.upload(unsent);
    await first.app.close();
    expect(await files()).toEqual([sent.id, unsent.id].sort());
    time.pass(dayMs + 60_000);
    await (await start()).app.close();
    expect(await files()).toEqual([sent.id]);
    expect(await records()).toEqual([]);
  }, 60_000);
});

describe.skipIf(testServer === undefined)(`in PostgreSQL${skipped}`, () => {
  it('A5: forget deletes a user’s files beside the instances of the service', async () => {
    const database = await createTestDatabase();
    const { start, files } = await setup({ DATABASE_URL: database.url });
    const { app, config } = await start();
    const ann = await Visitor.come(app);
    await ann.sendPicture();
    expect(await forget(ann.user, config)).toEqual([
      'Deleted 1 thread with 2 items and 1 file from DATABASE_URL.',
    ]);
    expect(await files()).toEqual([]);
    await app.close();
    await database.drop();
  }, 60_000);
});
