import {
  collectDefaultMetrics,
  Counter,
  Gauge,
  Histogram,
  register as ofProcess,
  Registry,
} from 'prom-client';
import { failureCodes } from '../agent/failures.js';
import { problemCodes } from '../problems.js';

export const answerOutcomes = ['complete', 'stopped', 'failed'] as const;

const rejectionsName = 'taskpilot_unhandled_rejections_total';

/** Limits that refuse requests. */
export const limits = [
  'sessions_per_minute',
  'sessions_in_flight',
  'requests_per_minute',
  'answers_per_minute',
  'answers_at_once',
] as const;
export type Limit = (typeof limits)[number];

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
  const metrics = {
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
    rateLimitErrors: new Counter({
      name: 'taskpilot_rate_limit_errors_total',
      help: 'Requests that could not be counted, because Redis was away',
      registers,
    }),
    sessionStoreErrors: new Counter({
      name: 'taskpilot_session_store_errors_total',
      help: 'Calls of the shared store of sessions that failed or took too long',
      registers,
    }),
    httpRequests: new Histogram({
      name: 'taskpilot_http_request_duration_seconds',
      help: 'Time of requests in seconds, to the end of a stream, by method, route and HTTP status',
      labelNames: ['method', 'route', 'status'] as const,
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120],
      registers,
    }),
    answers: new Counter({
      name: 'taskpilot_answers_total',
      help: 'Answers of self-hosted chats by outcome',
      labelNames: ['outcome'] as const,
      registers,
    }),
    answersRunning: new Gauge({
      name: 'taskpilot_answers_running',
      help: 'Answers of self-hosted chats that are being made now',
      registers,
    }),
    firstWord: new Histogram({
      name: 'taskpilot_time_to_first_word_seconds',
      help: 'Time in seconds from a message to the first text or widget of its answer',
      buckets: [0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64],
      registers,
    }),
    tokens: new Counter({
      name: 'taskpilot_tokens_total',
      help: 'Tokens of the agent’s models, as their API reports them',
      labelNames: ['direction'] as const,
      registers,
    }),
    feedback: new Counter({
      name: 'taskpilot_feedback_total',
      help: 'Thumbs of visitors by kind',
      labelNames: ['kind'] as const,
      registers,
    }),
    refusals: new Counter({
      name: 'taskpilot_refusals_total',
      help: 'Requests refused, by the limit that refused them',
      labelNames: ['limit'] as const,
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
  // A rate or an alert on a series that is not there yet sees nothing of its first count.
  for (const outcome of ['ok', 'aborted', ...problemCodes]) metrics.sessions.inc({ outcome }, 0);
  for (const outcome of answerOutcomes) metrics.answers.inc({ outcome }, 0);
  for (const direction of ['input', 'output']) metrics.tokens.inc({ direction }, 0);
  for (const kind of ['positive', 'negative']) metrics.feedback.inc({ kind }, 0);
  for (const limit of limits) metrics.refusals.inc({ limit }, 0);
  for (const code of failureCodes) {
    for (const part of ['answer', 'title']) metrics.answerFailures.inc({ code, part }, 0);
  }
  metrics.failovers.inc({ from: 'hosted', to: 'self-hosted' }, 0);
  metrics.failovers.inc({ from: 'self-hosted', to: 'hosted' }, 0);
  metrics.upstream.zero({ status: 'ok' });
  return metrics;
}

export type Metrics = ReturnType<typeof createMetrics>;
