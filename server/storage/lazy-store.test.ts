import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { MemoryStore, NotFoundError, type Store } from '../chatkit/index.js';
import { Problem } from '../problems.js';
import { MemorySessionStore } from '../sessions/memory-session-store.js';
import { StorageError } from './errors.js';
import { LazyStore, type OpenStore } from './index.js';
import { aThread, aUser, deferred, storedThread } from './test/samples.js';

function openedWith(store: Store = new MemoryStore()) {
  const closed: OpenStore[] = [];
  const opened: OpenStore = {
    kind: 'embedded',
    store,
    sessions: new MemorySessionStore(Date.now),
    admin: {
      listThreads: () => Promise.resolve({ threads: [], next: null }),
      findThread: () => Promise.resolve(null),
      answersOf: () => Promise.resolve([]),
      addAnswer: () => Promise.resolve(),
      figures: () => Promise.resolve([]),
      addAuditEntry: () => Promise.resolve(),
      auditEntries: () => Promise.resolve([]),
      exportThread: () => Readable.from([]),
    },
    check: () => Promise.resolve(),
    deleteUser: () => Promise.resolve({ threads: 0, items: 0 }),
    exportUser: () => Readable.from([]),
    deleteOlderThan: () => Promise.resolve({ threads: 0, items: 0 }),
    deleteRequestsBefore: () => Promise.resolve(0),
    deleteSessionsBefore: () => Promise.resolve(0),
    deleteAuditBefore: () => Promise.resolve(),
    close: () => {
      closed.push(opened);
      return Promise.resolve();
    },
  };
  return { opened, closed };
}

const away = new StorageError('storage_unavailable', 'The database cannot be reached (EPIPE).');

describe('LazyStore', () => {
  it('opens at the first use, once, and closes the opened store', async () => {
    const { opened, closed } = openedWith();
    let openings = 0;
    const lazy = new LazyStore(() => {
      openings++;
      return Promise.resolve(opened);
    });
    expect(openings).toBe(0);
    const { thread, threadId, context } = await storedThread(lazy);
    const loaded = await lazy.transaction(threadId, context, (inner) =>
      inner.loadThread(threadId, context),
    );
    expect(loaded).toEqual(thread);
    expect(openings).toBe(1);
    await lazy.close();
    expect(closed).toEqual([opened]);
  });

  it('closes nothing that was not opened', async () => {
    let openings = 0;
    const lazy = new LazyStore(() => {
      openings++;
      return Promise.resolve(openedWith().opened);
    });
    await lazy.close();
    expect(openings).toBe(0);
  });

  it('tries again after it failed to open', async () => {
    let openings = 0;
    const lazy = new LazyStore(() => {
      openings++;
      return openings === 1 ? Promise.reject(away) : Promise.resolve(openedWith().opened);
    });
    await expect(lazy.saveThread(aThread(), aUser())).rejects.toThrow(Problem);
    await lazy.saveThread(aThread(), aUser());
    expect(openings).toBe(2);
  });

  it('has failed until it can be opened, and reports that once', async () => {
    let reach: () => Promise<OpenStore> = () => Promise.reject(away);
    const told: unknown[] = [];
    const lazy = new LazyStore(
      () => reach(),
      (error) => told.push(error),
    );
    expect(lazy.failed).toBe(false);
    lazy.check(() => Promise.reject(away));
    await expect.poll(() => lazy.failed).toBe(true);
    lazy.prepare();
    await expect(lazy.open()).rejects.toBe(away);
    expect(lazy.failed).toBe(true);
    reach = () => Promise.resolve(openedWith().opened);
    lazy.prepare();
    await lazy.open();
    expect(lazy.failed).toBe(false);
    expect(told).toEqual([away]);
  });

  it('checks an open database, and reports one that stops answering until it answers again', async () => {
    let check = () => Promise.resolve();
    const reported: unknown[] = [];
    const lazy = new LazyStore(
      () => Promise.resolve({ ...openedWith().opened, check: () => check() }),
      (error) => reported.push(error),
    );
    await lazy.open();
    check = () => Promise.reject(away);
    lazy.prepare();
    await expect.poll(() => lazy.failed).toBe(true);
    lazy.prepare();
    check = () => Promise.resolve();
    await expect
      .poll(() => {
        lazy.prepare();
        return lazy.failed;
      })
      .toBe(false);
    expect(reported).toEqual([away]);
  });

  it('runs one check at a time, however many ask for it', async () => {
    let checks = 0;
    const answer = deferred();
    const check = () => {
      checks++;
      return answer.promise;
    };
    const lazy = new LazyStore(() => Promise.resolve({ ...openedWith().opened, check }));
    for (let calls = 0; calls < 3; calls++) lazy.prepare();
    await expect.poll(() => checks).toBe(1);
    lazy.prepare();
    answer.resolve();
    await lazy.open();
    expect(checks).toBe(1);
  });

  it('tells clients that a retry can succeed, and not the reason', async () => {
    const lazy = new LazyStore(() => Promise.reject(away));
    const problem = await lazy.loadThreads({ limit: 1, order: 'asc' }, aUser()).then(
      () => null,
      (error: unknown) => error as Problem,
    );
    expect(problem).toMatchObject({ code: 'storage_unavailable', status: 503, retryable: true });
    expect(problem?.cause).toBe(away);
    expect(JSON.stringify(problem?.body('id'))).not.toContain('EPIPE');
  });

  it('passes on other errors unchanged', async () => {
    const lazy = new LazyStore(() => Promise.resolve(openedWith().opened));
    await expect(lazy.loadThread('none', aUser())).rejects.toThrow(NotFoundError);
    const { threadId, context } = await storedThread(lazy);
    const error = new Error('No.');
    const failing = lazy.transaction(threadId, context, () => Promise.reject(error));
    await expect(failing).rejects.toBe(error);
  });
});
