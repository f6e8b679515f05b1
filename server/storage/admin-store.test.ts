import { json } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore, type AnswerRecord, type OpenStore, type ThreadFilter } from './index.js';
import { aMessage, aThread, aUser } from './test/samples.js';
import {
  createTestDatabase,
  skipped,
  testServer,
  type TestDatabase,
} from './test/test-database.js';
import { TestFolders } from './test/test-folder.js';

let now = Date.parse('2026-11-30T12:00:00Z');
const dayMs = 24 * 3600 * 1000;

const anAnswer = (changes: Partial<AnswerRecord> = {}): AnswerRecord => ({
  messageId: null,
  startedAt: now,
  firstWordMs: 400,
  durationMs: 900,
  outcome: 'complete',
  failure: null,
  model: 'gpt-6-luna',
  inputTokens: 100,
  outputTokens: 20,
  ...changes,
});

describe('what the operator’s page reads, of the embedded PostgreSQL', () => {
  let folders: TestFolders;
  beforeAll(async () => {
    folders = await TestFolders.create();
  }, 60_000);
  afterAll(() => folders.remove());
  let copies = 0;
  adminTests(async () =>
    openStore({ dataDir: await folders.copy(String(copies++)), now: () => now }),
  );
});

describe.skipIf(testServer === undefined)(
  `what the operator’s page reads, of a PostgreSQL server${skipped}`,
  () => {
    const databases: TestDatabase[] = [];
    afterAll(() => Promise.all(databases.map((database) => database.drop())));
    adminTests(async () => {
      const database = await createTestDatabase();
      databases.push(database);
      return openStore({ databaseUrl: database.url, dataDir: '/nowhere', now: () => now });
    });
  },
);

function adminTests(create: () => Promise<OpenStore>): void {
  let open: OpenStore;
  beforeAll(async () => {
    now = Date.parse('2026-11-30T12:00:00Z');
    open = await create();
  }, 60_000);
  afterAll(() => open.close());

  const context = aUser();
  const other = { user: 'Bärbel <b@example.com>' };

  async function add(user = context, title?: string, ...texts: string[]): Promise<string> {
    const thread = aThread(title === undefined ? {} : { title });
    await open.store.saveThread(thread, user);
    for (const text of texts) await open.store.saveItem(thread.id, aMessage(thread.id, text), user);
    return thread.id;
  }

  /** Ids of all threads that a filter finds, page by page. */
  async function find(filter: ThreadFilter, limit = 2): Promise<string[]> {
    const found: string[] = [];
    let after;
    do {
      const page = await open.admin.listThreads(filter, { after, limit });
      expect(page.threads.length).toBeLessThanOrEqual(limit);
      found.push(...page.threads.map(({ id }) => id));
      after = page.next ?? undefined;
    } while (after !== undefined);
    return found;
  }

  it('lists threads of all users by their last change, pages of any size, each once', async () => {
    const first = await add();
    now += dayMs;
    const second = await add(other, 'Groceries');
    const third = await add();
    now += dayMs;
    await open.store.saveItem(first, aMessage(first), context);
    expect(await find({})).toEqual([first, third, second]);
    expect(await find({}, 50)).toEqual([first, third, second]);
    expect(await find({ user: other.user })).toEqual([second]);
    expect(await find({ from: '2026-12-01', to: '2026-12-01' })).toEqual([third, second]);
    expect(await find({ from: '2026-12-02' })).toEqual([first]);
    expect(await open.admin.findThread(second)).toEqual({
      id: second,
      user: other.user,
      title: 'Groceries',
      createdAt: '2026-11-30T12:00:00.000Z',
      activeOn: '2026-12-01',
      disliked: false,
      failed: false,
    });
    expect(await open.admin.findThread('thr_no')).toBeNull();
    expect(await open.admin.findThread('a\0b')).toBeNull();
  });

  it('finds titles, users, messages and ids, whatever the case, and nothing by what SQL takes for a pattern', async () => {
    const titled = await add(context, 'Plan the ÜBERFAHRT');
    const said = await add(context, 'Other', 'first', 'Where is my 100% "refund_\\"?');
    await add(context, 'Nothing of it', '\u0000 and \ud800 are no text');
    expect(await find({ text: 'überfahrt' })).toEqual([titled]);
    expect(await find({ text: 'REFUND_\\"' })).toEqual([said]);
    expect(await find({ text: '100%' })).toEqual([said]);
    expect(await find({ text: said })).toEqual([said]);
    expect(await find({ text: 'B@EXAMPLE' })).toHaveLength(1);
    for (const text of ["' or 1=1 --", '%', '_%_', '100_', "'; drop table taskpilot_threads"]) {
      expect(await find({ text }), text).toEqual(text === '%' ? [said] : []);
    }
    // Names of fields are not what somebody has said.
    expect(await find({ text: 'input_text' })).toEqual([]);
  });

  it('goes on with a search that has found nothing within the bounds of one call', async () => {
    const user = aUser();
    const wanted = await add(user, 'the one', 'needle');
    for (let n = 0; n < 80; n++) await add(user, 'x', 'y'.repeat(60_000));
    const first = await open.admin.listThreads({ text: 'needle', user: user.user }, { limit: 50 });
    expect(first.threads).toEqual([]);
    expect(first.next).not.toBeNull();
    expect(await find({ text: 'needle', user: user.user })).toEqual([wanted]);
  });

  it('knows threads with a thumbs-down until it is taken back', async () => {
    const [liked, disliked] = [await add(), await add()];
    const give = (thread: string, kind: 'positive' | 'negative') =>
      open.store.saveFeedback(
        thread,
        [{ item_id: 'item', kind, created_at: '2026-11-30T12:00:00.000Z' }],
        context,
      );
    await give(liked, 'positive');
    await give(disliked, 'negative');
    expect(await find({ disliked: true })).toEqual([disliked]);
    await give(disliked, 'positive');
    expect(await find({ disliked: true })).toEqual([]);
  });

  it('keeps how answers went, with their thread', async () => {
    const thread = await add();
    const failed = anAnswer({ outcome: 'failed', failure: 'model_timeout', firstWordMs: null });
    await open.admin.addAnswer(thread, context, anAnswer({ messageId: 'msg_1' }));
    now += 1000;
    await open.admin.addAnswer(thread, context, { ...failed, startedAt: now });
    await open.admin.addAnswer(thread, other, anAnswer());
    await open.admin.addAnswer('thr_gone', context, anAnswer());
    expect(await open.admin.answersOf(thread)).toEqual([
      anAnswer({ messageId: 'msg_1', startedAt: now - 1000 }),
      { ...failed, startedAt: now },
    ]);
    expect(await find({ failed: true })).toEqual([thread]);
    const figures = await open.admin.figures(30);
    expect(figures).toHaveLength(30);
    expect(figures.at(-1)).toEqual({
      day: '2026-12-02',
      chats: 1,
      answers: 2,
      failures: 1,
      firstWordMedianMs: 400,
      firstWordP95Ms: 400,
      inputTokens: 200,
      outputTokens: 40,
    });
    expect(figures[0]).toMatchObject({ day: '2026-11-03', answers: 0, firstWordMedianMs: null });
    await open.store.deleteThread(thread, context);
    expect(await open.admin.answersOf(thread)).toEqual([]);
    expect((await open.admin.figures(1))[0]).toMatchObject({ answers: 0 });
  });

  it('exports one thread as the user’s export has it', async () => {
    const user = aUser();
    const thread = await add(user, 'One', 'Hello');
    await add(user, 'Another');
    const parse = (text: AsyncIterable<string>) =>
      json(Readable.from(text)) as Promise<{ threads: { thread: { id: string } }[] }>;
    const all = await parse(open.exportUser(user.user));
    const one = await parse(open.admin.exportThread(thread, user.user));
    expect(all.threads).toHaveLength(2);
    expect(one).toEqual({ ...all, threads: [all.threads[0]] });
  });

  it('keeps the audit log, newest first, and deletes its old entries', async () => {
    const entry = {
      actor: 'admin',
      address: '192.0.2.1',
      action: 'log_in',
      subject: null,
    } as const;
    await open.admin.addAuditEntry(entry);
    now += dayMs;
    const second = { ...entry, action: 'read_thread', subject: 'thr_1' } as const;
    await open.admin.addAuditEntry(second);
    const page = await open.admin.auditEntries({ before: undefined, limit: 1 });
    expect(page).toMatchObject([{ ...second, at: new Date(now) }]);
    const rest = await open.admin.auditEntries({ before: page[0]?.key, limit: 10 });
    expect(rest).toMatchObject([entry]);
    await open.deleteAuditBefore(new Date(now));
    expect(await open.admin.auditEntries({ before: undefined, limit: 10 })).toHaveLength(1);
  });
}
