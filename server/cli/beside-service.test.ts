import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { controlFolderOf, controlSocketOf } from '../control/socket.js';
import { openStore } from '../storage/index.js';
import { aMessage, aUser, storedThread } from '../storage/test/samples.js';
import { CommandLine } from './test/command-line.js';

let commands: CommandLine;
let dataDir: string;
beforeAll(async () => {
  commands = await CommandLine.build();
  dataDir = join(commands.folder, 'data');
}, 60_000);
afterAll(() => commands.remove());

/** A user with a thread of two messages, of which one got a thumb. */
async function storeUser(texts: readonly string[]) {
  const open = await openStore({ dataDir });
  const { threadId, context } = await storedThread(open.store, aUser());
  const messages = texts.map((text) => aMessage(threadId, text));
  for (const message of messages) await open.store.saveItem(threadId, message, context);
  const given = { item_id: messages[0]?.id ?? '', kind: 'positive' as const };
  const feedback = [{ ...given, created_at: '2026-11-27T08:00:00.000Z' }];
  await open.store.saveFeedback(threadId, feedback, context);
  await open.close();
  return { user: context.user, threadId, messages, feedback };
}

const service = () => commands.start(['serve'], { CHATKIT_BACKENDS: 'self-hosted' });

const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

describe('beside the running service', () => {
  it('S19: export and forget of a user work, and leave others alone', async () => {
    const alice = await storeUser(['Grüße 👋', 'Wie geht’s?']);
    const bob = await storeUser(['from Bob']);
    const running = service();
    const url = await running.url();
    expect(await modeOf(controlFolderOf(dataDir))).toBe('700');
    expect(await modeOf(controlSocketOf(dataDir))).toBe('600');

    const out = join(commands.folder, 'alice.json');
    const exported = await commands.run(['export', '--user', alice.user, '--out', out]);
    expect(exported).toMatchObject({ code: 0, stdout: '' });
    expect(await modeOf(out)).toBe('600');
    const document = JSON.parse(await readFile(out, 'utf8')) as unknown;
    expect(document).toMatchObject({
      user: alice.user,
      threads: [
        {
          thread: { id: alice.threadId },
          items: alice.messages,
          feedback: alice.feedback,
        },
      ],
    });

    expect(await commands.run(['forget', '--user', alice.user])).toMatchObject({
      code: 0,
      stdout: 'Deleted 1 thread with 2 items from DATA_DIR.\n',
    });
    const { stdout: rest } = await commands.run(['export', '--user', alice.user]);
    expect(JSON.parse(rest)).toMatchObject({ user: alice.user, threads: [] });
    const { stdout: others } = await commands.run(['export', '--user', bob.user]);
    expect(JSON.parse(others)).toMatchObject({
      threads: [{ items: bob.messages, feedback: bob.feedback }],
    });

    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    running.kill();
    expect((await running.ended).code).toBe(0);
    expect(existsSync(controlSocketOf(dataDir))).toBe(false);
    expect(running.stdout()).not.toContain(alice.user);
  }, 120_000);

  it('S19: the socket of a service that was killed is replaced, and forget does not wait for it', async () => {
    const { user } = await storeUser(['once more']);
    const killed = service();
    await killed.url();
    killed.kill('SIGKILL');
    await killed.ended;
    expect(existsSync(controlSocketOf(dataDir))).toBe(true);
    expect(await commands.run(['export', '--user', user])).toMatchObject({ code: 0 });

    const running = service();
    await running.url();
    const { stdout } = await commands.run(['forget', '--user', user]);
    expect(stdout).toBe('Deleted 1 thread with 1 item from DATA_DIR.\n');
  }, 120_000);

  it('S19: an export never replaces a file, and says what is wrong', async () => {
    const out = join(commands.folder, 'cli.mjs');
    const { code, stderr } = await commands.run(['export', '--user', 'alice', '--out', out]);
    expect(code).toBe(2);
    expect(stderr).toContain(`a file that can be made: ${out} (there is one already).`);
  }, 60_000);
});
