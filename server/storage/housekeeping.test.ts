import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Deleted } from './index.js';
import { startRetention } from './housekeeping.js';
import { deferred } from './test/samples.js';

const hourMs = 3_600_000;

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-11-30T18:00:00Z') });
});
afterEach(() => {
  vi.useRealTimers();
});

function start(deleteOlderThan: (date: Date) => Promise<Deleted>, days = 30) {
  const heard: unknown[] = [];
  const retention = startRetention({
    store: {
      deleteOlderThan,
      deleteRequestsBefore: () => Promise.resolve(0),
      deleteSessionsBefore: () => Promise.resolve(0),
      deleteAuditBefore: () => Promise.resolve(),
    },
    days,
    onDeleted: (deleted) => heard.push(deleted),
    onError: (error) => heard.push(error),
  });
  return { retention, heard };
}

describe('startRetention', () => {
  it('deletes at once and every six hours, until it is stopped', async () => {
    const dates: string[] = [];
    const { retention, heard } = start((date) => {
      dates.push(date.toISOString().slice(0, 13));
      return Promise.resolve({ threads: dates.length - 1, items: 5 });
    });
    await vi.advanceTimersByTimeAsync(6 * hourMs);
    expect(dates).toEqual(['2026-10-31T18', '2026-11-01T00']);
    // Nothing is said of nothing.
    expect(heard).toEqual([{ threads: 1, items: 5 }]);
    await retention.stop();
    await vi.advanceTimersByTimeAsync(24 * hourMs);
    expect(dates).toHaveLength(2);
  });

  it('reports a failure, and tries again at the next run', async () => {
    const error = new Error('away');
    let runs = 0;
    const { retention, heard } = start(() => {
      runs++;
      return runs === 1 ? Promise.reject(error) : Promise.resolve({ threads: 1, items: 1 });
    });
    await vi.advanceTimersByTimeAsync(6 * hourMs);
    expect(heard).toEqual([error, { threads: 1, items: 1 }]);
    await retention.stop();
  });

  it('runs once at a time, and waits for the current run when it is stopped', async () => {
    const done = deferred();
    let runs = 0;
    const { retention } = start(async () => {
      runs++;
      await done.promise;
      return { threads: 0, items: 0 };
    });
    await vi.advanceTimersByTimeAsync(24 * hourMs);
    expect(runs).toBe(1);
    let stopped = false;
    const stopping = retention.stop().then(() => {
      stopped = true;
    });
    await vi.advanceTimersByTimeAsync(0);
    expect(stopped).toBe(false);
    done.resolve();
    await stopping;
  });

  it('deletes idempotency keys after a day, sessions after their end and the audit log after 400 days, also where threads are kept for ever', async () => {
    const dates: string[] = [];
    const ends: string[] = [];
    const audited: string[] = [];
    const retention = startRetention({
      store: {
        deleteOlderThan: () => expect.unreachable(),
        deleteRequestsBefore: (date) => {
          dates.push(date.toISOString().slice(0, 13));
          return Promise.resolve(1);
        },
        deleteSessionsBefore: (date) => {
          ends.push(date.toISOString().slice(0, 13));
          return Promise.resolve(1);
        },
        deleteAuditBefore: (date) => {
          audited.push(date.toISOString().slice(0, 10));
          return Promise.resolve();
        },
      },
      onDeleted: () => expect.unreachable(),
      onError: () => expect.unreachable(),
    });
    await vi.advanceTimersByTimeAsync(6 * hourMs);
    expect(dates).toEqual(['2026-11-29T18', '2026-11-30T00']);
    expect(ends).toEqual(['2026-11-30T17', '2026-11-30T23']);
    expect(audited).toEqual(['2025-10-26', '2025-10-27']);
    await retention.stop();
  });
});
