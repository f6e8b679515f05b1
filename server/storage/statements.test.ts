import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ChatKitServer } from '../chatkit/index.js';
import { create, done, saying } from '../chatkit/test/harness.js';
import { addAnswer } from './answers.js';
import type { Database, RunStatement } from './database.js';
import { EmbeddedDatabase } from './embedded.js';
import { SqlStore } from './sql-store.js';
import { aMessage, storedThread, textOf } from './test/samples.js';
import { TestFolders } from './test/test-folder.js';

let folders: TestFolders;
let database: EmbeddedDatabase;
beforeAll(async () => {
  folders = await TestFolders.create();
  const onError = (error: Error) => expect.unreachable(error.message);
  database = await EmbeddedDatabase.open(await folders.copy('statements'), { onError });
}, 60_000);
afterAll(async () => {
  await database.close();
  await folders.remove();
});

/** The database, with a count of what is asked of it. */
function counted() {
  const counts = { statements: 0, transactions: 0 };
  const counting =
    (run: RunStatement): RunStatement =>
    (statement) => {
      counts.statements += 1;
      return run(statement);
    };
  const counter: Database = {
    run: counting(database.run),
    transaction: (action) => {
      counts.transactions += 1;
      return database.transaction((run) => action(counting(run)));
    },
    assertWritable: () => database.assertWritable(),
    vacuum: () => database.vacuum(),
    close: () => database.close(),
  };
  return { counter, counts };
}

describe('an answer', () => {
  it('with a title in a new thread takes nine statements, five of them in two transactions', async () => {
    const { counter, counts } = counted();
    const server = new ChatKitServer({
      store: new SqlStore(counter, Date.now),
      responder: {
        respond: async function* (thread, _message, context) {
          thread.title = 'Greetings';
          yield await Promise.resolve(done(saying(thread, context, 'Hello.')));
        },
      },
    });
    const { signal } = new AbortController();
    const caller = { user: 'alice', signal, idempotencyKey: 'a-key' };
    const result = await server.process(create('Hello?'), caller);
    if (result.type !== 'stream') expect.unreachable();
    const types: string[] = [];
    for await (const { type } of result.events) types.push(type);
    await server.close(1000);
    expect(types).toEqual([
      'thread.created',
      'thread.item.done',
      'stream_options',
      'thread.item.done',
      'thread.updated',
    ]);
    // Look for the key, sum up what is stored; thread, message and key; the answer; lock, title; the end.
    expect(counts).toEqual({ statements: 9, transactions: 2 });
  });

  it('is recorded for the operator’s page in one statement', async () => {
    const { counter, counts } = counted();
    const { threadId, context } = await storedThread(new SqlStore(database, Date.now));
    await addAnswer(counter, threadId, context, {
      ...{ messageId: null, startedAt: 0, firstWordMs: 1, durationMs: 2, outcome: 'failed' },
      ...{ failure: 'model_timeout', model: null, inputTokens: null, outputTokens: null },
    });
    expect(counts).toEqual({ statements: 1, transactions: 0 });
  });
});

describe('the embedded database', () => {
  const prepared = () =>
    database.run((db) =>
      db
        .select({ uses: sql<number>`(generic_plans + custom_plans)::int` })
        .from(sql`pg_prepared_statements`)
        .where(sql`statement like ${'%"thread" from "taskpilot_threads"%'}`),
    );

  it('prepares a statement at its second use', async () => {
    const store = new SqlStore(database, Date.now);
    const { threadId, thread, context } = await storedThread(store);
    for (let use = 0; use < 4; use++) {
      expect(await store.loadThread(threadId, context)).toEqual(thread);
    }
    expect((await prepared()).map(({ uses }) => uses)).toEqual([3]);
  });

  it.each(["it's", 'a \\ b', "\\'; drop table taskpilot_items; --", '$1', 'é 🌱', ''])(
    'keeps %j as it is in a prepared statement',
    async (text) => {
      const store = new SqlStore(database, Date.now);
      const { threadId, context } = await storedThread(store);
      for (const id of ['one', 'two', `three ${text}`]) {
        await store.saveItem(threadId, aMessage(threadId, text, id), context);
      }
      const { data } = await store.loadItems(threadId, { limit: 9, order: 'asc' }, context);
      expect(data.map(textOf)).toEqual([text, text, text]);
      expect(data.at(-1)?.id).toBe(`three ${text}`);
    },
  );

  it('prepares a statement within a transaction, while another one waits for it', async () => {
    const store = new SqlStore(database, Date.now);
    const { threadId, context } = await storedThread(store);
    const load = () => store.loadItems(threadId, { limit: 5, order: 'desc' }, context);
    let other: ReturnType<typeof load> | undefined;
    await store.transaction(threadId, context, async (inner) => {
      other = load();
      await inner.loadItems(threadId, { limit: 5, order: 'desc' }, context);
      await inner.loadItems(threadId, { limit: 5, order: 'desc' }, context);
    });
    expect(await other).toEqual({ data: [], has_more: false });
  });
});
