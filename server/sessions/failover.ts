import {
  BrokenCircuitError,
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  handleWhen,
  type CircuitBreakerPolicy,
} from 'cockatiel';
import { Problem } from '../problems.js';
import type { CreateSession, OpenedSession, SessionBackend } from './backend.js';

export interface FailoverEvent {
  readonly from: SessionBackend['name'];
  readonly to: SessionBackend['name'];
  /** HTTP status of the refusal. */
  readonly status: number | undefined;
}

export interface FailoverOptions {
  /** In the order of preference; at least one. */
  readonly backends: readonly SessionBackend[];
  /** Whether the next backend could answer although OpenAI refuses the service's key. */
  readonly survivesBadKey: boolean;
  /** How long a backend that refused is left alone before one request asks it again, in milliseconds. */
  readonly probeAfterMs?: number;
  /** A backend has been given up; told once for each time. */
  readonly onFailover?: (event: FailoverEvent) => void;
  /** Aborted when the service closes. */
  readonly closing: AbortSignal;
  readonly onProbeFailed?: (name: SessionBackend['name'], error: unknown) => void;
  /** A backend that had been given up serves again. */
  readonly onRecovery?: (name: SessionBackend['name']) => void;
}

const defaultProbeAfterMs = 10 * 60_000;
/** OpenAI knows no such workflow or no such API, or does not serve this region or project. */
const gone = new Set([403, 404, 410]);
/** Refusals in a row before a backend is given up: one could be a slip of OpenAI's. */
const refusalsBeforeSwitch = 2;

/** Every method throws a `Problem`. */
export interface Failover {
  /** The backend that serves new sessions now. */
  readonly active: SessionBackend['name'];
  create(request: CreateSession): Promise<OpenedSession>;
  /** Ends a session at the backend that made it. */
  cancel(
    session: { readonly id: string; readonly backend: SessionBackend['name'] },
    signal: AbortSignal,
  ): Promise<void>;
}

interface Candidate {
  readonly backend: SessionBackend;
  readonly breaker: CircuitBreakerPolicy;
}

/**
 * The first backend that does not refuse for good. A transient fault (5xx, 429, no answer in time) never
 * changes the backend: the visitor may try again, and a conversation must not jump to and fro.
 */
export function createFailover(options: FailoverOptions): Failover {
  const { probeAfterMs = defaultProbeAfterMs } = options;

  function refusesForGood(error: unknown): error is Problem {
    if (!(error instanceof Problem)) return false;
    const { upstreamStatus: status } = error;
    if (status === 401) return options.survivesBadKey;
    return status !== undefined && gone.has(status);
  }

  const candidates: Candidate[] = options.backends.map((backend) => {
    const breaker: CircuitBreakerPolicy = circuitBreaker(
      // A probe that fails in any way leaves the circuit open.
      handleWhen((error) => breaker.state !== CircuitState.Closed || refusesForGood(error)),
      {
        halfOpenAfter: probeAfterMs,
        breaker: new ConsecutiveBreaker(refusalsBeforeSwitch),
      },
    );
    return { backend, breaker };
  });
  const last = candidates.at(-1);
  if (last === undefined) throw new RangeError('at least one backend');

  const open = async (backend: SessionBackend, request: CreateSession): Promise<OpenedSession> => ({
    backend: backend.name,
    answer: await backend.create(request),
  });

  /** Asks a backend that was given up, if it is time, without letting the visitor wait for the result. */
  function probe({ backend, breaker }: Candidate, { user, isLocal }: CreateSession): void {
    const request = { user, isLocal, signal: options.closing };
    breaker
      .execute(() => backend.create(request))
      .then(
        () => options.onRecovery?.(backend.name),
        (error: unknown) => {
          if (!(error instanceof BrokenCircuitError)) options.onProbeFailed?.(backend.name, error);
        },
      );
  }

  /** @param others the backends after the candidate with which a chat of this page could start */
  const tryFirst = async (
    [candidate = last, ...others]: readonly Candidate[],
    request: CreateSession,
  ): Promise<OpenedSession> => {
    const { backend, breaker } = candidate;
    if (others.length === 0) return open(backend, request);
    if (breaker.state !== CircuitState.Closed) {
      if (breaker.state === CircuitState.Open) probe(candidate, request);
      return tryFirst(others, request);
    }
    try {
      return await breaker.execute(() => open(backend, request));
    } catch (error) {
      if (error instanceof BrokenCircuitError) return tryFirst(others, request);
      if (!refusesForGood(error)) throw error;
      // One refusal is confirmed at once; the other requests of this moment may have done so already.
      return tryFirst([candidate, ...others], request);
    }
  };

  for (const [index, { backend, breaker }] of candidates.entries()) {
    const next = candidates[index + 1];
    if (next === undefined) continue;
    let isGivenUp = false;
    breaker.onBreak((reason) => {
      // Each failed probe breaks the circuit anew.
      if (isGivenUp) return;
      isGivenUp = true;
      const error = 'error' in reason ? reason.error : undefined;
      const status = error instanceof Problem ? error.upstreamStatus : undefined;
      options.onFailover?.({ from: backend.name, to: next.backend.name, status });
    });
    breaker.onReset(() => {
      isGivenUp = false;
    });
  }

  const active = (): SessionBackend =>
    (candidates.find(({ breaker }) => breaker.state === CircuitState.Closed) ?? last).backend;

  return {
    get active() {
      return active().name;
    },
    create(request) {
      const usable = candidates.filter(({ backend }) => !backend.unusable?.(request));
      return tryFirst(usable.length > 0 ? usable : candidates, request);
    },
    async cancel({ id, backend: name }, signal) {
      const backend = options.backends.find((each) => each.name === name) ?? active();
      await backend.cancel(id, signal);
    },
  };
}
