import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Problem, type ProblemCode } from '../problems.js';
import type { CreateSession, SessionBackend } from './backend.js';
import { createFailover, type FailoverEvent } from './failover.js';

const probeAfterMs = 60_000;

/** A backend that answers, or fails as it is told. */
function backend(name: SessionBackend['name']) {
  let count = 0;
  const calls: CreateSession[] = [];
  const cancelled: string[] = [];
  const state = {
    name,
    failure: null as Problem | null,
    unusable: (): string | null => null,
    calls,
    cancelled,
    create: (request: CreateSession) => {
      calls.push(request);
      if (state.failure) return Promise.reject(state.failure);
      const id = `${name}-${++count}`;
      return Promise.resolve({ client_secret: `s-${id}`, session_id: id, expires_at: 2000 });
    },
    cancel: (id: string) => {
      cancelled.push(id);
      return Promise.resolve();
    },
  };
  return state;
}

const problem = (code: ProblemCode, upstreamStatus?: number) =>
  new Problem(code, 'as told', upstreamStatus === undefined ? {} : { upstreamStatus });

function setUp({ survivesBadKey = false } = {}) {
  const hosted = backend('hosted');
  const own = backend('self-hosted');
  const clock = {
    get now() {
      return Date.now();
    },
    set now(time: number) {
      vi.setSystemTime(time);
    },
  };
  const failovers: FailoverEvent[] = [];
  const recoveries: string[] = [];
  const failedProbes: unknown[] = [];
  const chain = createFailover({
    backends: [hosted, own],
    survivesBadKey,
    probeAfterMs,
    closing: new AbortController().signal,
    onFailover: (event) => failovers.push(event),
    onRecovery: (name) => recoveries.push(name),
    onProbeFailed: (_name, error) => failedProbes.push(error),
  });
  const create = async () => {
    const { answer } = await chain.create({
      user: 'ada',
      isLocal: false,
      signal: new AbortController().signal,
    });
    return answer.session_id;
  };
  return { hosted, own, clock, chain, create, failovers, recoveries, failedProbes };
}

describe('createFailover', () => {
  // The circuit breaker reads the system's time.
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('stays with the first backend while it serves', async () => {
    const { create, own, chain } = setUp();
    expect(await create()).toBe('hosted-1');
    expect(own.calls).toEqual([]);
    expect(chain.active).toBe('hosted');
  });

  it.each([
    ['workflow_unavailable', 404],
    ['workflow_unavailable', 410],
    ['upstream_rejected', 403],
  ] as const)(
    'goes on with the next at once after %s (%i), and tells once',
    async (code, status) => {
      const { hosted, create, failovers, chain } = setUp();
      hosted.failure = problem(code, status);
      expect(await Promise.all([create(), create()])).toEqual(['self-hosted-1', 'self-hosted-2']);
      expect(await create()).toBe('self-hosted-3');
      expect(hosted.calls).toHaveLength(2);
      expect(failovers).toEqual([{ from: 'hosted', to: 'self-hosted', status }]);
      expect(chain.active).toBe('self-hosted');
    },
  );

  it.each([
    ['upstream_unavailable', 500],
    ['upstream_unavailable', 429],
    ['upstream_timeout', undefined],
    ['upstream_invalid_response', undefined],
    ['upstream_rejected', 400],
  ] as const)('never changes the backend after %s (%s)', async (code, status) => {
    const { hosted, own, create, failovers } = setUp();
    hosted.failure = problem(code, status);
    await expect(create()).rejects.toBe(hosted.failure);
    expect(own.calls).toEqual([]);
    expect(failovers).toEqual([]);
    hosted.failure = null;
    expect(await create()).toBe('hosted-1');
  });

  it('stays with a bad key, for the next backend would fail with it too', async () => {
    const { hosted, own, create } = setUp();
    hosted.failure = problem('upstream_rejected', 401);
    await expect(create()).rejects.toBe(hosted.failure);
    expect(own.calls).toEqual([]);
  });

  it('goes on after a bad key when the agent has credentials of its own', async () => {
    const { hosted, create } = setUp({ survivesBadKey: true });
    hosted.failure = problem('upstream_rejected', 401);
    expect(await create()).toBe('self-hosted-1');
  });

  it('S5: does not switch to a backend with which the chat could not start', async () => {
    const { hosted, own, create, failovers, chain } = setUp();
    own.unusable = () => 'no domain key';
    hosted.failure = problem('workflow_unavailable', 404);
    for (let time = 0; time < 3; time++) await expect(create()).rejects.toBe(hosted.failure);
    expect(own.calls).toEqual([]);
    expect(failovers).toEqual([]);
    expect(chain.active).toBe('hosted');
  });

  it('says what the last backend says when none can serve', async () => {
    const { hosted, own, create } = setUp();
    hosted.failure = problem('workflow_unavailable', 404);
    own.failure = problem('not_configured');
    await expect(create()).rejects.toBe(own.failure);
  });

  it('asks again from time to time without letting the visitor wait, and goes back', async () => {
    const { hosted, clock, create, recoveries, failedProbes, chain } = setUp();
    hosted.failure = problem('workflow_unavailable', 404);
    await create();
    clock.now += probeAfterMs - 1;
    await create();
    // Asked twice: one refusal is confirmed before the backend is given up.
    expect(hosted.calls).toHaveLength(2);

    clock.now += 1;
    expect(await create()).toMatch('self-hosted');
    expect(hosted.calls).toHaveLength(3);
    await expect.poll(() => failedProbes).toEqual([hosted.failure]);
    expect(recoveries).toEqual([]);

    // The failed probe begins the time anew.
    clock.now += probeAfterMs - 1;
    await create();
    expect(hosted.calls).toHaveLength(3);
    clock.now -= probeAfterMs - 1;

    hosted.failure = null;
    clock.now += probeAfterMs;
    expect(await create()).toMatch('self-hosted');
    await expect.poll(() => recoveries).toEqual(['hosted']);
    expect(await create()).toMatch('hosted');
    expect(chain.active).toBe('hosted');
  });

  it('does not give a backend up for one refusal that is not confirmed', async () => {
    const { hosted, own, create, failovers, chain } = setUp();
    const refusal = problem('workflow_unavailable', 404);
    hosted.failure = refusal;
    const first = create();
    hosted.failure = null;
    expect(await first).toBe('hosted-1');
    expect(own.calls).toEqual([]);
    expect(failovers).toEqual([]);
    expect(chain.active).toBe('hosted');
  });

  it('keeps a backend that was given up so when a probe fails in another way', async () => {
    const { hosted, clock, create, chain, failedProbes } = setUp();
    hosted.failure = problem('workflow_unavailable', 404);
    await create();
    hosted.failure = problem('upstream_unavailable', 503);
    clock.now += probeAfterMs;
    await create();
    await expect.poll(() => failedProbes).toHaveLength(1);
    expect(chain.active).toBe('self-hosted');
  });

  it('cancels a session where it was made', async () => {
    const { hosted, own, create, chain } = setUp();
    await create();
    hosted.failure = problem('workflow_unavailable', 404);
    await create();
    const { signal } = new AbortController();
    await chain.cancel({ id: 'hosted-1', backend: 'hosted' }, signal);
    await chain.cancel({ id: 'self-hosted-1', backend: 'self-hosted' }, signal);
    expect(hosted.cancelled).toEqual(['hosted-1']);
    expect(own.cancelled).toEqual(['self-hosted-1']);
  });
});
