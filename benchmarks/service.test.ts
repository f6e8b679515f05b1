import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startProgram, type Program } from '../e2e/support/program.js';
import { dist } from '../e2e/support/world.js';
import { median, print, round } from './support/figures.js';
import { load, type Load } from './support/load.js';

const script = (name: string) => fileURLToPath(new URL(`support/${name}.js`, import.meta.url));
const programs: Program[] = [];

async function start(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const program = startProgram(args, env);
  programs.push(program);
  const [, url = ''] = await program.waitFor(/listening at (http:\/\/[^\s"]+)/i);
  return url;
}

/** As an operator runs it, but for the limits: one address asks for all of these sessions. */
const settings = {
  NODE_ENV: 'production',
  AUTH: 'anonymous',
  SESSION_SECRET: 'a-secret-for-benchmarks-only-0123456789',
  RATE_LIMIT_PER_MINUTE: '100000',
  OPENAI_API_KEY: 'sk-benchmark',
  HOST: '127.0.0.1',
  PORT: '0',
};

let upstream: string;
let slowUpstream: string;
beforeAll(async () => {
  [upstream, slowUpstream] = await Promise.all([
    start([script('upstream')]),
    start([script('upstream'), '100']),
  ]);
});
afterAll(async () => {
  await Promise.all(programs.map((program) => program.stop('SIGKILL')));
});

describe('The session service under load', () => {
  it('at 50 connections makes at least 2.5 times as many sessions as Express and the SDK', async () => {
    const env = { ...settings, OPENAI_BASE_URL: `${upstream}/v1` };
    const services = {
      'bare node:http proxy': await start([script('bare-proxy')], env),
      'Express 5 + openai': await start([script('express-service')], env),
      'this service': await start([`${dist}server/main.js`], env),
    };
    const results = new Map<string, Load[]>();
    // Interleaved, so that whatever else the machine does meets all three alike; the first round warms up.
    for (let round = 0; round < 4; round++) {
      for (const [name, url] of Object.entries(services)) {
        const result = await load(url, 50, 3);
        if (round > 0) results.set(name, [...(results.get(name) ?? []), result]);
      }
    }
    const rate = (name: keyof typeof services) =>
      median((results.get(name) ?? []).map(({ requestsPerSecond }) => requestsPerSecond));
    const express = rate('Express 5 + openai');
    print(
      'Sessions a second at 50 connections, upstream without latency',
      [...results].map(([name, loads]) => ({
        service: name,
        'sessions/s': round(rate(name as keyof typeof services)),
        'median ms': round(median(loads.map(({ median }) => median))),
        'p99 ms': round(median(loads.map(({ p99 }) => p99))),
        '× Express': round(rate(name as keyof typeof services) / express, 2),
      })),
    );
    expect([...results.values()].flat().map(({ failed }) => failed)).toEqual(Array(9).fill(0));
    expect(rate('this service') / express).toBeGreaterThanOrEqual(2.5);
  }, 120_000);

  it('SC-005: 50 concurrent sessions take no longer than 10 or 1', async () => {
    const url = await start([`${dist}server/main.js`], {
      ...settings,
      OPENAI_BASE_URL: `${slowUpstream}/v1`,
    });
    await load(url, 10, 1);
    const loads: [number, Load][] = [];
    for (const connections of [1, 10, 50])
      loads.push([connections, await load(url, connections, 3)]);
    const base = loads[0]?.[1].median ?? NaN;
    print(
      'Time of a session when OpenAI takes 100 ms',
      loads.map(([connections, { median, p99, requestsPerSecond }]) => ({
        'at once': connections,
        'median ms': median,
        'p99 ms': p99,
        'sessions/s': round(requestsPerSecond),
        '× one': round(median / base, 2),
      })),
    );
    for (const [, { failed, median }] of loads) {
      expect(failed).toBe(0);
      expect(median / base).toBeLessThanOrEqual(1.25);
    }
  }, 60_000);
});
