import { describe, expect, it } from 'vitest';
import { built } from '../e2e/support/world.js';
import { print, round } from './support/figures.js';
import { load, type Load } from './support/load.js';
import { settings, support, useServers } from './support/servers.js';

const start = useServers();

describe('The session service with many visitors at once', () => {
  it('SC-005: 50 concurrent sessions take no longer than 10 or 1', async () => {
    const upstream = await start([support('upstream'), '100']);
    const url = await start([built('server/dist/main.js')], {
      ...settings,
      OPENAI_BASE_URL: `${upstream}/v1`,
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
      expect(median / base).toBeLessThanOrEqual(1.5);
    }
  }, 60_000);
});
