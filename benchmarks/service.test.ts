import { describe, expect, it } from 'vitest';
import { built } from '../e2e/support/world.js';
import { median, print, round } from './support/figures.js';
import { load, type Load } from './support/load.js';
import { settings, support, useServers } from './support/servers.js';

const start = useServers();

describe('The session service under load', () => {
  it('at 50 connections makes at least 2.5 times as many sessions as Express and the SDK', async () => {
    const upstream = await start([support('upstream')]);
    const env = { ...settings, OPENAI_BASE_URL: `${upstream}/v1` };
    const services = {
      'bare node:http proxy': await start([support('bare-proxy')], env),
      'Express 5 + openai': await start([support('express-service')], env),
      // The other two write no line for a request, so this one does not either.
      'this service': await start([built('server/dist/main.js')], env, { quiet: true }),
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
});
