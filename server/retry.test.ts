import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import {
  isTransientStatus,
  retry,
  retryAfterMs,
  RetryDeadlineError,
  type RetryOptions,
  type RetryTiming,
} from './retry.js';

class Busy extends Error {
  readonly retryAfter: number | undefined;

  constructor(retryAfter?: number) {
    super('busy');
    this.retryAfter = retryAfter;
  }
}

/** A clock that only sleeping moves on. */
function fakeTiming(random: () => number = () => 0.5) {
  let time = 0;
  const delays: number[] = [];
  const timing: RetryTiming = {
    now: () => time,
    random,
    sleep: (ms) => {
      delays.push(ms);
      time += ms;
      return Promise.resolve();
    },
  };
  return { delays, timing };
}

function setUp(failures: Error[], options: Partial<RetryOptions> = {}) {
  const controller = new AbortController();
  const { delays, timing } = fakeTiming();
  const attempts: number[] = [];
  const run = () =>
    retry(
      (attempt) => {
        attempts.push(attempt);
        const error = failures.shift();
        return error === undefined ? Promise.resolve('done') : Promise.reject(error);
      },
      {
        signal: controller.signal,
        firstDelayMs: 100,
        isTransient: (error) => error instanceof Busy,
        retryAfter: (error) => (error as Busy).retryAfter,
        timing,
        ...options,
      },
    );
  return { attempts, controller, delays, run };
}

describe('retry', () => {
  it('returns the first result', async () => {
    const { attempts, delays, run } = setUp([]);
    expect(await run()).toBe('done');
    expect(attempts).toEqual([1]);
    expect(delays).toEqual([]);
  });

  it('repeats a transient failure with a delay that doubles', async () => {
    const { attempts, delays, run } = setUp([new Busy(), new Busy()]);
    expect(await run()).toBe('done');
    expect(attempts).toEqual([1, 2, 3]);
    expect(delays).toEqual([100, 200]);
  });

  it('throws the last error after the last attempt', async () => {
    const last = new Busy();
    const { attempts, run } = setUp([new Busy(), last], { maxAttempts: 2 });
    await expect(run()).rejects.toBe(last);
    expect(attempts).toEqual([1, 2]);
  });

  it('does not repeat any other failure', async () => {
    const { attempts, run } = setUp([new TypeError('wrong')]);
    await expect(run()).rejects.toThrow('wrong');
    expect(attempts).toEqual([1]);
  });

  it.each([
    [0, 50],
    [1, 150],
  ])('spreads the delay by half up and down: %d', async (random, delay) => {
    const { delays, timing } = fakeTiming(() => random);
    await setUp([new Busy()], { timing }).run();
    expect(delays).toEqual([delay]);
  });

  it.each([
    [2000, 2000],
    [20, 100],
  ])('waits no shorter than it is asked to: %d ms', async (asked, delay) => {
    const { delays, run } = setUp([new Busy(asked)]);
    await run();
    expect(delays).toEqual([delay]);
  });

  it('gives up when it is asked to wait longer than the longest delay', async () => {
    const { attempts, delays, run } = setUp([new Busy(5001)], { maxDelayMs: 5000 });
    await expect(run()).rejects.toBeInstanceOf(Busy);
    expect([attempts, delays]).toEqual([[1], []]);
  });

  it('keeps its own delay within the longest one', async () => {
    const { delays, run } = setUp([new Busy(), new Busy()], { maxDelayMs: 120 });
    await run();
    expect(delays).toEqual([100, 120]);
  });

  it('does not begin a delay that ends after the deadline', async () => {
    const { attempts, delays, run } = setUp([new Busy(), new Busy()], { deadline: 250 });
    await expect(run()).rejects.toBeInstanceOf(Busy);
    expect([attempts, delays]).toEqual([[1, 2], [100]]);
  });

  it('begins no attempt after the deadline', async () => {
    const { attempts, run } = setUp([], { deadline: 0 });
    await expect(run()).rejects.toBeInstanceOf(RetryDeadlineError);
    expect(attempts).toEqual([]);
  });

  it('ends at the deadline a sleep that takes too long', async () => {
    const { run } = setUp([new Busy()], {
      deadline: Date.now() + 250,
      timing: {
        now: Date.now,
        random: () => 0,
        sleep: (_ms, signal) => wait(60_000, undefined, { signal }),
      },
    });
    await expect(run()).rejects.toBeInstanceOf(RetryDeadlineError);
  });

  it('ends at once when the caller aborts during the delay', async () => {
    const { attempts, controller, run } = setUp([new Busy()], {
      firstDelayMs: 60_000,
      timing: {
        now: Date.now,
        random: Math.random,
        sleep: (ms, signal) => {
          queueMicrotask(() => controller.abort(new Error('left')));
          return wait(ms, undefined, { signal });
        },
      },
    });
    await expect(run()).rejects.toThrow('left');
    expect(attempts).toEqual([1]);
  });

  it('throws the reason of an abort in place of the error of the attempt', async () => {
    const controller = new AbortController();
    const answer = retry(
      () => {
        controller.abort(new Error('left'));
        return Promise.reject(new Busy());
      },
      { signal: controller.signal, maxAttempts: 1, firstDelayMs: 100, isTransient: () => true },
    );
    await expect(answer).rejects.toThrow('left');
  });

  it('reports each failure before the delay', async () => {
    const reported: unknown[] = [];
    const { run } = setUp([new Busy(300)], {
      onRetry: (error, delayMs) => {
        reported.push((error as Error).message, delayMs);
      },
    });
    await run();
    expect(reported).toEqual(['busy', 300]);
  });
});

describe('retryAfterMs', () => {
  const now = Date.parse('2026-12-01T00:00:00Z');

  it.each([
    [{ 'retry-after': '2' }, 2000],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after-ms': '1234', 'retry-after': '7' }, 1234],
    [{ 'retry-after': 'Tue, 01 Dec 2026 00:00:03 GMT' }, 3000],
    [{ 'retry-after': 'Mon, 30 Nov 2026 00:00:00 GMT' }, 0],
    [{ 'retry-after': '99999999999999999999999' }, 86_400_000],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after-ms': '' }, undefined],
    [{}, undefined],
  ])('reads %j', (headers, delay) => {
    expect(retryAfterMs(new Headers(Object.entries(headers)), now)).toBe(delay);
  });
});

describe('isTransientStatus', () => {
  it.each([408, 409, 429, 500, 503, 999])('is true for %d', (status) => {
    expect(isTransientStatus(status)).toBe(true);
  });

  it.each([200, 302, 400, 401, 403, 404, 410])('is false for %d', (status) => {
    expect(isTransientStatus(status)).toBe(false);
  });
});
