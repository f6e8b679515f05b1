import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { useHarness } from '../test/harness.js';
import { createMetrics } from './metrics.js';

const harness = useHarness();

test('S8: every series is there from the start', async () => {
  const text = await createMetrics().text();
  for (const line of [
    'taskpilot_sessions_total{outcome="ok"} 0',
    'taskpilot_answers_total{outcome="failed"} 0',
    'taskpilot_tokens_total{direction="input"} 0',
    'taskpilot_feedback_total{kind="negative"} 0',
    'taskpilot_refusals_total{limit="answers_at_once"} 0',
    'taskpilot_failovers_total{from="hosted",to="self-hosted"} 0',
    'taskpilot_time_to_first_word_seconds_count 0',
    'taskpilot_answers_running 0',
  ]) {
    expect(text).toContain(line);
  }
});

test('the alerts and the documentation name metrics that exist', async () => {
  const { app } = await harness.service();
  const { payload } = await app.inject('/metrics');
  for (const file of ['../../deploy/alerts.yml', '../../docs/service.md']) {
    const text = readFileSync(new URL(file, import.meta.url), 'utf8');
    const names = text.match(/taskpilot_\w+(?:_total|_seconds|_running|_in_flight)/g) ?? [];
    for (const name of names) {
      // Counted from the start of the process's own handler on.
      if (name !== 'taskpilot_unhandled_rejections_total')
        expect(payload).toContain(`# TYPE ${name} `);
    }
  }
});

const production = {
  NODE_ENV: 'production',
  AUTH: 'anonymous',
  SESSION_SECRET: 'a secret of at least 32 characters!',
};

test('in production there are no metrics without METRICS_TOKEN', async () => {
  const service = await harness.service(production);
  expect((await service.inject('/metrics')).statusCode).toBe(404);
});

test('metrics ask for METRICS_TOKEN', async () => {
  const service = await harness.service({ ...production, METRICS_TOKEN: 'token-of-prometheus' });
  const ask = async (authorization?: string) =>
    (await service.inject({ url: '/metrics', headers: authorization ? { authorization } : {} }))
      .statusCode;
  expect(await ask()).toBe(401);
  expect(await ask('Bearer token-of-somebody')).toBe(401);
  expect(await ask('Bearer token-of-prometheus')).toBe(200);
});
