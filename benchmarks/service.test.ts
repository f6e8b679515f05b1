import { describe, expect, it } from 'vitest';
import { median, print, round } from './support/figures.js';
import { load, type Load } from './support/load.js';
import { settings, support, useServers } from './support/servers.js';

const start = useServers();
/** How long each load lasts; `BENCH_SECONDS=1` for a quick look. */
const seconds = Number(process.env['BENCH_SECONDS'] ?? 3);
const rounds = 3;

const bare = 'bare node:http proxy';
const express = 'Express 5 + openai';
const service = 'this service';

/** The three with so many connections, beside each other. */
async function measure(connections: number, latencyMs: number) {
  const upstream = await start([support('upstream'), String(latencyMs)]);
  const env = {
    ...settings,
    OPENAI_BASE_URL: `${upstream}/v1`,
    CHATKIT_BACKENDS: 'hosted',
    METRICS_TOKEN: 'a-token-for-benchmarks',
    MAX_IN_FLIGHT: '10000',
  };
  const urls = new Map([
    [bare, await start([support('bare-proxy')], env)],
    [express, await start([support('express-service')], env)],
    [service, await start([support('logging-service')], env)],
  ]);
  const results = new Map<string, Load[]>();
  // Interleaved, so that whatever else the machine does meets all three alike; the first round warms up.
  for (let round = 0; round <= rounds; round++) {
    for (const [name, url] of urls) {
      const result = await load(url, connections, seconds);
      if (round > 0) results.set(name, [...(results.get(name) ?? []), result]);
    }
  }
  const of = (name: string, figure: keyof Load) =>
    median((results.get(name) ?? []).map((result) => result[figure]));
  print(
    `Sessions at ${connections} connections, upstream of ${latencyMs} ms`,
    [...urls.keys()].map((name) => ({
      service: name,
      'sessions/s': round(of(name, 'requestsPerSecond')),
      'median ms': round(of(name, 'median')),
      'p99 ms': round(of(name, 'p99')),
      failed: of(name, 'failed'),
      '× Express': round(of(name, 'requestsPerSecond') / of(express, 'requestsPerSecond'), 2),
    })),
  );
  expect((results.get(service) ?? []).map(({ failed }) => failed)).toEqual(Array(rounds).fill(0));
  return of;
}

describe('The session service with everything switched on', () => {
  it.each([1, 1000])(
    'makes sessions at %i connections',
    async (connections) => {
      await measure(connections, 0);
    },
    120_000,
  );

  it('at 50 connections makes at least twice as many sessions as Express and the SDK', async () => {
    const of = await measure(50, 0);
    const ratio = of(service, 'requestsPerSecond') / of(express, 'requestsPerSecond');
    expect(ratio).toBeGreaterThanOrEqual(2);
  }, 120_000);

  it.each([1, 50])(
    'at %i connections adds at most 5 ms to an upstream of 50 ms',
    async (connections) => {
      const of = await measure(connections, 50);
      expect(of(service, 'median') - of(bare, 'median')).toBeLessThanOrEqual(5);
    },
    120_000,
  );

  it('makes sessions at 1000 connections with an upstream of 50 ms', async () => {
    await measure(1000, 50);
  }, 120_000);
});
