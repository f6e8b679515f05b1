import { withTimeout } from '../../chatkit/async.js';
import { ConfigError, readConfig, unknownNames, type Config } from '../../config.js';
import { loadEnvironment } from '../../environment.js';
import { createUpstreamFetch } from '../../http/upstream-fetch.js';
import { createScrub, secretsOf } from '../../logging/scrub.js';
import { parseFlags } from '../arguments.js';
import { checkAgent, checkOrigins } from './chat.js';
import { checkDomainKey, checkSecrets, readVariables, wrongVariables } from './configuration.js';
import { findingsOf, type Finding } from './finding.js';
import { checkDatabase, checkRedis } from './stores.js';
import { checkHosted, checkModelAndClock } from './upstream.js';

/** A check that takes longer has failed, in milliseconds. */
const defaultDeadlineMs = 30_000;

export interface DoctorDependencies {
  /** Throws `ConfigError`. */
  readonly load?: typeof loadEnvironment;
  readonly print: (text: string) => void;
  readonly deadlineMs?: number;
  /** Folder with the built script. */
  readonly assets?: string;
}

type Environment = ReturnType<typeof loadEnvironment>['env'];

/** Runs a check with a deadline. What it throws is a finding as well: the other checks go on. */
async function bounded(
  name: string,
  check: (signal: AbortSignal) => Promise<Finding[]>,
  deadlineMs: number,
): Promise<Finding[]> {
  const { failed } = findingsOf(name);
  const end = new AbortController();
  const late = () => {
    end.abort(new Error('too late'));
    return [
      failed(`It took longer than ${deadlineMs / 1000} s.`, 'Find out what does not answer.'),
    ];
  };
  try {
    return await withTimeout(check(end.signal), deadlineMs, late);
  } catch (error) {
    const { name: kind, message } = error as Error;
    return [failed(`The check could not be made: ${kind}: ${message}`, 'Report this fault.')];
  }
}

type Limits = Pick<DoctorDependencies, 'deadlineMs' | 'assets'>;

async function checkAll(
  config: Config,
  env: Environment,
  { deadlineMs = defaultDeadlineMs, assets }: Limits,
): Promise<Finding[]> {
  const upstream = createUpstreamFetch(Math.min(config.openai.timeoutMs, 5000), config.proxy);
  const { fetch } = upstream;
  const asked = await Promise.all([
    bounded('Pages', () => checkOrigins(config, assets), deadlineMs),
    bounded('Hosted', (signal) => checkHosted(config, fetch, signal), deadlineMs),
    bounded('Model', (signal) => checkModelAndClock(config, fetch, signal), deadlineMs),
    bounded('Agent', (signal) => checkAgent(config, signal), deadlineMs),
    bounded('Database', () => checkDatabase(config), deadlineMs),
    bounded('Redis', () => checkRedis(config), deadlineMs),
  ]);
  await upstream.close();
  return [
    ...checkSecrets(config, (name) => Boolean(env[name])),
    ...checkDomainKey(config),
    ...asked.flat(),
  ];
}

/** @returns what there is to say of the whole configuration, without a secret */
export async function examine(
  load: typeof loadEnvironment,
  limits: Limits = {},
): Promise<Finding[]> {
  let env: Environment;
  let config: Config;
  let warnings: readonly string[];
  try {
    ({ env, warnings } = load());
    config = readConfig(env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const { note } = findingsOf('All else');
    return [
      ...wrongVariables(error.message.split('\n')),
      note('Not checked as long as variables are wrong.'),
    ];
  }
  const findings = [
    ...readVariables([...warnings, ...unknownNames(env)]),
    ...(await checkAll(config, env, limits)),
  ];
  const scrub = createScrub(secretsOf(config));
  return findings.map((finding) => ({
    ...finding,
    text: scrub(finding.text),
    ...(finding.remedy !== undefined && { remedy: scrub(finding.remedy) }),
  }));
}

const signs = { ok: '✓', failed: '✗', note: '–' } as const;
const width = 12;

const toLines = (findings: readonly Finding[]): string =>
  findings
    .flatMap(({ check, status, text, remedy }) => [
      `${signs[status]} ${check.padEnd(width)}${text}`,
      ...(remedy === undefined ? [] : [`${' '.repeat(width + 2)}${remedy}`]),
    ])
    .join('\n');

/**
 * Checks the configuration and everything that it names, and prints a line for each finding with what to do.
 *
 * @returns whether nothing has failed
 * @throws {UsageError} when the command line is wrong
 */
export async function runDoctor(
  args: readonly string[],
  { load = loadEnvironment, print, ...limits }: DoctorDependencies,
): Promise<boolean> {
  const { json } = parseFlags(args, { json: { type: 'boolean', default: false } });
  const checks = await examine(load, limits);
  const failed = checks.filter(({ status }) => status === 'failed').length;
  if (json) print(JSON.stringify({ ok: failed === 0, checks }, null, 2));
  else {
    const verdict = failed === 0 ? 'Nothing has failed.' : `${failed} of ${checks.length} failed.`;
    print(`${toLines(checks)}\n\n${verdict}`);
  }
  return failed === 0;
}
