import { execFile } from 'node:child_process';
import { chown, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sandboxApiKey, type Sandbox } from '@taskpilot-chat/sandbox';
import { expect, vi } from 'vitest';
import { adapt, startNginx } from '../deployment/proxy.js';
import { startProgram, type Program } from '../support/program.js';
import { freePort, runServer, temporaryFolder, type OnEnd } from '../support/servers.js';
import { built, startBuiltSandbox } from '../support/world.js';
import { Gate } from './gate.js';

const run = promisify(execFile);
type Env = Readonly<Record<string, string>>;

export const metricsToken = 'metrics-of-the-cluster';

/** Long enough for a machine that has much else to do. */
export const eventually = <T>(check: () => T | Promise<T>, ms = 30_000) =>
  vi.waitFor(check, { timeout: ms, interval: 50 });

/** One process of the service. */
export class Instance {
  /** Without the proxy. */
  readonly url: string;
  readonly #env: Env;
  readonly #flags: readonly string[];
  #program: Program | null = null;

  constructor(port: number, env: Env, flags: readonly string[]) {
    this.url = `http://127.0.0.1:${port}`;
    this.#env = { ...env, PORT: String(port) };
    this.#flags = flags;
  }

  get program(): Program {
    return this.#program ?? expect.fail('The instance has not been started.');
  }

  async start(): Promise<void> {
    this.#program = startProgram([...this.#flags, built('server/dist/main.js')], this.#env);
    await this.#program.waitFor(/TaskPilot Chat \S+ serves/);
  }

  /** The result of `/readyz`: `ok`, the reason why it is not ready, or that there is no response. */
  async readiness(): Promise<string> {
    try {
      const response = await fetch(`${this.url}/readyz`);
      const { status, reason = status } = (await response.json()) as Record<string, string>;
      return reason ?? 'nothing';
    } catch (error) {
      if (error instanceof TypeError) return 'away';
      throw error;
    }
  }

  /** The sum of a metric over those of its series that have this text. */
  async metric(name: string, labels = ''): Promise<number> {
    const response = await fetch(`${this.url}/metrics`, {
      headers: { authorization: `Bearer ${metricsToken}` },
    });
    expect(response.status).toBe(200);
    const series = (await response.text())
      .split('\n')
      .filter((line) => /^[^{ ]*/.exec(line)?.[0] === name && line.includes(labels));
    expect(series.length, name).toBeGreaterThan(0);
    return series.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
  }
}

export interface Cluster {
  /** Through the proxy. */
  readonly url: string;
  readonly instances: readonly [Instance, Instance];
  readonly sandbox: Sandbox;
  /** In front of the sandbox, which has OpenAI's place. */
  readonly upstream: Gate;
  readonly redis: Gate;
  readonly database: Gate;
  /** Starts another instance, which the proxy does not know. */
  readonly start: (env?: Env) => Promise<Instance>;
  close(): Promise<void>;
}

export interface ClusterOptions {
  readonly env?: Env;
  /** Options of Node for the instances. */
  readonly flags?: readonly string[];
  /** Milliseconds between two words of an answer. */
  readonly wordDelayMs?: number;
}

/** Debian keeps the server's programs outside of the search path. */
async function postgresPrograms(): Promise<string> {
  const versions = await readdir('/usr/lib/postgresql');
  const newest = Math.max(...versions.map(Number).filter(Number.isInteger));
  return `/usr/lib/postgresql/${newest}/bin`;
}

/** PostgreSQL does not run as root. */
async function postgresAccount() {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map(async (what) => Number((await run('id', [what, 'postgres'])).stdout)),
  );
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}

async function startPostgres(onEnd: OnEnd): Promise<number> {
  const [folder, port, bin, account] = await Promise.all([
    temporaryFolder(onEnd),
    freePort(),
    postgresPrograms(),
    postgresAccount(),
  ]);
  if (account !== undefined) await chown(folder, account.uid, account.gid);
  const data = join(folder, 'data');
  const initial = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync'];
  await run(join(bin, 'initdb'), [...initial, '--locale=C'], { cwd: folder, ...account });
  const args = ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', folder, '-F'];
  await runServer(join(bin, 'postgres'), args, { port, folder, onEnd, account });
  // It listens before it takes connections.
  await eventually(() => run(join(bin, 'pg_isready'), ['-h', '127.0.0.1', '-p', String(port)]));
  return port;
}

async function startRedis(onEnd: OnEnd): Promise<number> {
  const [folder, port] = await Promise.all([temporaryFolder(onEnd), freePort()]);
  const args = ['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--dir', folder];
  await runServer('redis-server', args, { port, folder, onEnd });
  return port;
}

/** nginx with `deploy/nginx/taskpilot-chat.conf`, without TLS. */
async function startProxy(instances: readonly Instance[], onEnd: OnEnd): Promise<string> {
  const port = await freePort();
  const servers = await adapt('nginx/taskpilot-chat.conf', {
    'server 127.0.0.1:3000 ': instances
      .map(({ url }) => `server ${new URL(url).host} `)
      .join('max_fails=0;\n'),
    'listen 443 ssl http2;': `listen 127.0.0.1:${port};`,
    'chat.example.com;': '127.0.0.1;',
    ...Object.fromEntries(
      ['chat', 'www'].flatMap((name) => [
        [`  ssl_certificate /etc/ssl/${name}.example.com.pem;\n`, ''],
        [`  ssl_certificate_key /etc/ssl/${name}.example.com.key;\n`, ''],
      ]),
    ),
  });
  await startNginx(servers, port, onEnd);
  return `http://127.0.0.1:${port}`;
}

/** Two instances of the built service behind nginx, with one PostgreSQL and one Redis. */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const ends: (() => Promise<void>)[] = [];
  const onEnd: OnEnd = (end) => void ends.unshift(end);
  const close = async () => {
    for (const end of ends) await end();
  };
  try {
    return { ...(await startParts(options, onEnd)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startParts(
  { env = {}, flags = [], wordDelayMs = 5 }: ClusterOptions,
  onEnd: OnEnd,
): Promise<Omit<Cluster, 'close'>> {
  const sandbox = await startBuiltSandbox({ host: '127.0.0.1', wordDelayMs });
  onEnd(() => sandbox.close());
  const [postgresPort, redisPort] = await Promise.all([startPostgres(onEnd), startRedis(onEnd)]);
  const gate = async (port: number): Promise<Gate> => {
    const started = await Gate.start(port);
    onEnd(() => started.close());
    return started;
  };
  const upstream = await gate(Number(new URL(sandbox.url).port));
  const redis = await gate(redisPort);
  const database = await gate(postgresPort);
  const all = {
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    OPENAI_API_KEY: sandboxApiKey,
    OPENAI_BASE_URL: `http://127.0.0.1:${upstream.port}/v1`,
    CHATKIT_BACKENDS: 'self-hosted',
    CHATKIT_DOMAIN_KEY: 'domain_pk_of_the_cluster',
    SESSION_SECRET: 'a-secret-for-the-cluster-only-0123456789',
    AUTH: 'header',
    AUTH_HEADER: 'x-user',
    TRUST_PROXY: 'loopback',
    REDIS_URL: `redis://127.0.0.1:${redis.port}`,
    DATABASE_URL: `postgres://postgres@127.0.0.1:${database.port}/postgres`,
    METRICS_TOKEN: metricsToken,
    ...env,
  };
  const start = async (changes: Env = {}) => {
    const instance = new Instance(await freePort(), { ...all, ...changes }, flags);
    await instance.start();
    onEnd(async () => {
      await instance.program.stop('SIGKILL');
    });
    return instance;
  };
  const instances = await Promise.all([start(), start()]);
  const url = await startProxy(instances, onEnd);
  return { url, instances, sandbox, upstream, redis, database, start };
}
