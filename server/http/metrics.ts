import {
  collectDefaultMetrics,
  Counter,
  Gauge,
  Histogram,
  register as ofProcess,
  Registry,
} from 'prom-client';

const rejectionsName = 'taskpilot_unhandled_rejections_total';

/** Of the process, and with its figures: there is no telling which service, or whose answer, a promise belongs to. */
export function unhandledRejections(): Counter {
  const existing = ofProcess.getSingleMetric(rejectionsName);
  if (existing instanceof Counter) return existing;
  return new Counter({
    name: rejectionsName,
    help: 'Promises that were rejected without anybody who handled it, such as in AGENT_MODULE',
    registers: [ofProcess],
  });
}

/**
 * Figures for the operator, without anything about users.
 *
 * @param options.withProcess whether those of the process (memory, event loop, garbage collection) belong to them
 */
export function createMetrics({ withProcess = false } = {}) {
  // prom-client cannot stop them, so a process collects them once, in the registry that prom-client keeps for it.
  if (withProcess && ofProcess.getSingleMetric('process_start_time_seconds') === undefined) {
    collectDefaultMetrics();
  }
  const registry = new Registry();
  const registers = [registry];
  return {
    contentType: registry.contentType,
    /** Everything in the text format of Prometheus. */
    text: () => (withProcess ? Registry.merge([ofProcess, registry]) : registry).metrics(),
    sessions: new Counter({
      name: 'taskpilot_sessions_total',
      help: 'Session requests by outcome: ok, or the code of the problem',
      labelNames: ['outcome'] as const,
      registers,
    }),
    failovers: new Counter({
      name: 'taskpilot_failovers_total',
      help: 'How often a backend was given up for the next one',
      labelNames: ['from', 'to'] as const,
      registers,
    }),
    answerFailures: new Counter({
      name: 'taskpilot_answer_failures_total',
      help: 'Answers and titles of the agent that failed, by code',
      labelNames: ['code', 'part'] as const,
      registers,
    }),
    inFlight: new Gauge({
      name: 'taskpilot_sessions_in_flight',
      help: 'Sessions being made now',
      registers,
    }),
    upstream: new Histogram({
      name: 'taskpilot_upstream_seconds',
      help: 'Time of one try against OpenAI, by HTTP status',
      labelNames: ['status'] as const,
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8],
      registers,
    }),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;
