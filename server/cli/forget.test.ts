import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { NotFoundError } from '../chatkit/index.js';
import { readConfig } from '../config.js';
import { openStore } from '../storage/index.js';
import { aMessage, aUser, storedThread } from '../storage/test/samples.js';
import { parseForgetArguments, runForget } from './forget.js';
import { createTestDatabase, skipped, testServer } from '../storage/test/test-database.js';
import { UsageError } from './arguments.js';
import { runExport } from './export.js';
import { usage } from './usage.js';

describe('parseForgetArguments', () => {
  it.each([['--user', 'anon_1'], ['--user=anon_1']])('takes %s', (...args) => {
    expect(parseForgetArguments(args)).toEqual({ user: 'anon_1' });
  });

  it.each([[], ['--user'], ['--user='], ['anon_1'], ['--user', 'a', 'b'], ['--all']])(
    'refuses %j',
    (...args) => {
      expect(() => parseForgetArguments(args)).toThrow(UsageError);
    },
  );

  it('is what the usage tells', () => {
    expect(usage.forget()).toContain('--user USER');
    expect(usage.all).toContain('forget');
  });
});

describe('runForget', () => {
  let dataDir: string;
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'taskpilot-forget-'));
  });
  afterAll(() => rm(dataDir, { recursive: true, force: true }));

  async function forget(user: string): Promise<string[]> {
    const lines: string[] = [];
    const config = readConfig({ DATA_DIR: dataDir });
    await runForget(['--user', user], { config, print: (line) => lines.push(line) });
    return lines;
  }

  it('does not take a wrong folder for one with nothing in it', async () => {
    await expect(forget('anon_1')).rejects.toMatchObject({ code: 'data_dir_unusable' });
    expect(await readdir(dataDir)).toEqual([]);
  });

  it('deletes all of a user, says how much it was, and leaves the database free', async () => {
    const open = await openStore({ dataDir });
    const { threadId, context } = await storedThread(open.store);
    for (const text of ['a', 'b']) {
      await open.store.saveItem(threadId, aMessage(threadId, text), context);
    }
    const other = await storedThread(open.store, aUser());
    // This program takes no commands.
    await expect(forget(context.user)).rejects.toMatchObject({ code: 'service_unreachable' });
    await open.close();

    expect(await forget(context.user)).toEqual(['Deleted 1 thread with 2 items from DATA_DIR.']);
    expect(await forget(context.user)).toEqual(['Nothing is kept of this user in DATA_DIR.']);

    const again = await openStore({ dataDir });
    await again.store.loadThread(other.threadId, other.context);
    await again.close();
  }, 60_000);
});

describe.skipIf(testServer === undefined)(`in PostgreSQL${skipped}`, () => {
  it('S19: forget and export use the server beside the instances of the service', async () => {
    const database = await createTestDatabase();
    onTestFinished(() => database.drop());
    const config = readConfig({ DATABASE_URL: database.url, DATA_DIR: '/nowhere' });
    const instance = await openStore(config);
    onTestFinished(() => instance.close());
    const { threadId, context } = await storedThread(instance.store);
    const message = aMessage(threadId, 'a');
    await instance.store.saveItem(threadId, message, context);

    const output = new PassThrough();
    const args = ['--user', context.user];
    await runExport(args, { config, output, print: (line) => expect.fail(line) });
    output.end();
    expect(await json(output)).toMatchObject({ threads: [{ items: [message] }] });

    const lines: string[] = [];
    await runForget(args, { config, print: (line) => lines.push(line) });
    expect(lines).toEqual(['Deleted 1 thread with 1 item from DATABASE_URL.']);
    await expect(instance.store.loadThread(threadId, context)).rejects.toThrow(NotFoundError);
  });
});
