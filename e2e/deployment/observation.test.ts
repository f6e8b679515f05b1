import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startProgram } from '../support/program.js';
import { built } from '../support/world.js';
import { deployed } from './proxy.js';

const exec = promisify(execFile);

interface Dashboard {
  readonly panels: readonly { readonly targets: readonly { readonly expr: string }[] }[];
}

async function dashboardQueries(): Promise<string[]> {
  const { panels } = JSON.parse(await readFile(deployed('grafana.json'), 'utf8')) as Dashboard;
  return panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
}

describe('deploy/alerts.yml and deploy/grafana.json', () => {
  it('have queries that Prometheus understands', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'taskpilot-queries-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    // promtool checks rules only, so each query becomes one, with a value for Grafana's variables.
    const rules = (await dashboardQueries()).map((query, index) => ({
      record: `panel:${index}`,
      expr: query.replaceAll(/\$__(rate_interval|range)/g, '5m').replaceAll('$job', '.*'),
    }));
    const file = join(folder, 'dashboard.yml');
    await writeFile(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
    const { stdout } = await exec('promtool', ['check', 'rules', deployed('alerts.yml'), file]);
    expect(stdout).toContain(`SUCCESS: ${rules.length} rules found`);
  });

  it('name only metrics that the service has', async () => {
    const program = startProgram([built('server/dist/main.js')], {
      HOST: '127.0.0.1',
      PORT: '0',
      OPENAI_API_KEY: 'sk-unused',
      CHATKIT_BACKENDS: 'hosted',
    });
    onTestFinished(async () => {
      await program.stop();
    });
    const [, url = ''] = await program.waitFor(/listening at (http:[^"\s]*)/);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    const queries = [await readFile(deployed('alerts.yml'), 'utf8'), ...(await dashboardQueries())];
    const named = queries
      .flatMap((query) => query.match(/\b(?:taskpilot|nodejs|process)_[a-z0-9_]+/g) ?? [])
      .map((name) => name.replace(/_(bucket|count|sum)$/, ''));
    expect(named.length).toBeGreaterThan(20);
    const unknown = named.filter((name) => !metrics.includes(`# TYPE ${name} `));
    expect(new Set(unknown)).toEqual(new Set());
  });
});
