import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Figures for the operator, without anything about users. One registry an app. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  return {
    registry,
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
