import { createRequire } from 'node:module';
import closeWithGrace from 'close-with-grace';
import type { FastifyInstance } from 'fastify';
import { buildApp } from './app.js';
import { unhandledRejections } from './http/metrics.js';
import { readConfig, type Config } from './config.js';
import { loadEnvironment } from './environment.js';

const { version } = createRequire(import.meta.url)('@taskpilot-chat/server/package.json') as {
  version: string;
};

/** Load balancers need a moment to see that `/readyz` has turned red, before connections are refused. */
const drainMs = 2000;
const marginMs = 2000;

/** Reads the environment, listens, and closes gracefully on SIGTERM or SIGINT. */
export async function serve(): Promise<void> {
  const { env, warnings } = loadEnvironment();
  const config = readConfig(env);
  const app = await buildApp(config, { drainMs: config.production ? drainMs : 0 });
  for (const warning of [...warnings, ...config.warnings]) app.log.warn(warning);
  const delay = Math.max(drainMs + config.openai.timeoutMs, config.shutdownTimeoutMs) + marginMs;
  surviveRejections(app);
  closeWithGrace({ ...withoutRejections, delay }, async ({ err, signal }) => {
    if (err) app.log.error({ err }, 'The service fails and closes.');
    await app.close();
    app.log.info({ uptimeSeconds: Math.round(process.uptime()), signal }, 'The service has ended.');
  });
  await listen(app, config);
  app.log.info(summaryOf(config, warnings), `TaskPilot Chat ${version} serves.`);
}

/** What an operator asks first, without a secret. */
const summaryOf = (config: Config, warnings: readonly string[]) => ({
  version,
  mode: config.production ? 'production' : 'development',
  backends: config.backends,
  storage: config.databaseUrl === undefined ? `embedded in ${config.dataDir}` : 'PostgreSQL',
  auth: config.auth.mode,
  missing: [...warnings, ...config.warnings],
});

/** One of them would end the process, and with it the answers of everybody. */
const withoutRejections: closeWithGrace.Options = { skip: ['unhandledRejection'] };

/** An operator's agent may leave a promise alone: its rejection says nothing of the state of this program. */
function surviveRejections(app: FastifyInstance): void {
  const rejections = unhandledRejections();
  process.on('unhandledRejection', (err) => {
    rejections.inc();
    app.log.error({ err }, 'A promise was rejected, and nothing handled it: see AGENT_MODULE.');
  });
}

/** What a machine without IPv6 says of `::`, by the way in which it has none. */
const withoutIPv6 = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL']);

/** Listens on `HOST`, else on every address: `::` takes connections over IPv4, too. */
async function listen(app: FastifyInstance, { port, host }: Config): Promise<void> {
  try {
    await app.listen({ port, host: host ?? '::' });
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (host !== undefined || !withoutIPv6.has(code)) throw error;
    app.log.warn('This machine has no IPv6: the service listens on 0.0.0.0 instead of ::.');
    await app.listen({ port, host: '0.0.0.0' });
  }
}

const startFailures: Readonly<Record<string, string>> = {
  EADDRINUSE: 'PORT is taken by another program: choose another one.',
  EACCES: 'PORT may not be used by this account: choose one above 1023.',
  EADDRNOTAVAIL: 'HOST takes an address of this machine, such as :: or 0.0.0.0.',
  EAFNOSUPPORT: 'HOST takes an address of this machine: without IPv6, 0.0.0.0.',
  ENOTFOUND: 'HOST takes an address of this machine, such as :: or 0.0.0.0.',
};

/** One line about a start that failed, for the operator. */
export function startFailure(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return startFailures[code] ?? message;
}
