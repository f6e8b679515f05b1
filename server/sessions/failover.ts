import { Problem } from '../problems.js';
import type { CreateSession, SessionAnswer, SessionBackend } from './backend.js';

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
  /** Milliseconds since 1970. */
  readonly now: () => number;
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

interface Breaker {
  readonly backend: SessionBackend;
  /** When it may be asked again; undefined while it serves. */
  probeAt: number | undefined;
}

/**
 * The first backend that does not refuse for good. A passing fault (5xx, 429, no answer in time) never
 * changes the backend: the visitor may try again, and a conversation must not jump to and fro.
 */
export function createFailover(options: FailoverOptions): SessionBackend & {
  /** The one that serves new sessions now. */
  readonly active: SessionBackend['name'];
} {
  const { now, probeAfterMs = defaultProbeAfterMs } = options;
  const breakers: Breaker[] = options.backends.map((backend) => ({ backend, probeAt: undefined }));
  const last = breakers.at(-1);
  if (last === undefined) throw new RangeError('at least one backend');
  const madeBy = new Map<string, { backend: SessionBackend; until: number }>();

  function refusesForGood(error: unknown): error is Problem {
    if (!(error instanceof Problem)) return false;
    const { upstreamStatus: status } = error;
    if (status === 401) return options.survivesBadKey;
    return status !== undefined && gone.has(status);
  }

  function remember(answer: SessionAnswer, backend: SessionBackend): SessionAnswer {
    for (const [id, { until }] of madeBy) {
      if (until > now()) break;
      madeBy.delete(id);
    }
    madeBy.set(answer.session_id, { backend, until: answer.expires_at * 1000 });
    return answer;
  }

  /** Asks a backend that was given up, without letting the visitor wait for what it finds. */
  function probe(breaker: Breaker, { user, publicOrigin }: CreateSession): void {
    breaker.probeAt = now() + probeAfterMs;
    breaker.backend.create({ user, publicOrigin, signal: options.closing }).then(
      () => {
        breaker.probeAt = undefined;
        options.onRecovery?.(breaker.backend.name);
      },
      (error: unknown) => options.onProbeFailed?.(breaker.backend.name, error),
    );
  }

  async function tryAt(index: number, request: CreateSession): Promise<SessionAnswer> {
    const breaker = breakers[index] ?? last;
    const next = breakers[index + 1];
    if (breaker === undefined) throw new RangeError('no backend');
    const { backend, probeAt } = breaker;
    if (next !== undefined && probeAt !== undefined) {
      if (now() >= probeAt) probe(breaker, request);
      return tryAt(index + 1, request);
    }
    try {
      return remember(await backend.create(request), backend);
    } catch (error) {
      if (next === undefined || !refusesForGood(error)) throw error;
      // Of many requests that are refused at once, the first one tells.
      if (breaker.probeAt === undefined) {
        const status = error.upstreamStatus;
        options.onFailover?.({ from: backend.name, to: next.backend.name, status });
      }
      breaker.probeAt = now() + probeAfterMs;
      return tryAt(index + 1, request);
    }
  }

  const active = (): SessionBackend =>
    (breakers.find(({ probeAt }) => probeAt === undefined) ?? last).backend;

  return {
    get name() {
      return active().name;
    },
    get active() {
      return active().name;
    },
    create: (request) => tryAt(0, request),
    async cancel(sessionId, signal) {
      const backend = madeBy.get(sessionId)?.backend ?? active();
      await backend.cancel(sessionId, signal);
      madeBy.delete(sessionId);
    },
  };
}
