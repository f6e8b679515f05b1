import type { AddressInfo } from 'node:net';
import closeWithGrace from 'close-with-grace';
import type { FastifyInstance } from 'fastify';
import { buildApp } from './app.js';
import { unhandledRejections } from './http/metrics.js';
import { readConfig, type Config } from './config.js';
import { exportOtelVariables, loadEnvironment } from './environment.js';
import { version } from './version.js';

/** Load balancers need a moment to see that `/readyz` has turned red, before connections are refused. */
const drainMs = 2000;
const marginMs = 2000;

/** What has been started, and on which port. */
export interface Started {
  readonly config: Config;
  readonly port: number;
  /** What is missing or doubtful, a line each. */
  readonly missing: readonly string[];
}

/**
 * Reads the environment, listens, and closes gracefully on SIGTERM or SIGINT.
 *
 * @param onStart is called when the service listens
 */
export async function serve(onStart?: (started: Started) => void): Promise<void> {
  const { env, warnings } = loadEnvironment();
  const config = readConfig(env);
  const tracing = config.tracing ? await openTracing(env) : undefined;
  const app = await buildApp(config, { drainMs: config.production ? drainMs : 0, tracing });
  tracing?.reportTo(app.log);
  const missing = [...warnings, ...config.warnings];
  for (const line of missing) app.log.warn(line);
  const delay = Math.max(drainMs + config.openai.timeoutMs, config.shutdownTimeoutMs) + marginMs;
  surviveRejections(app);
  closeWithGrace({ ...withoutRejections, delay }, async ({ err, signal }) => {
    if (err) app.log.error({ err }, 'The service fails and closes.');
    await app.close();
    await tracing?.close();
    app.log.info({ uptimeSeconds: Math.round(process.uptime()), signal }, 'The service has ended.');
  });
  await listen(app, config);
  app.log.info(summaryOf(config, missing), `TaskPilot Chat ${version} serves.`);
  const { port } = app.server.address() as AddressInfo;
  onStart?.({ config, port, missing });
}

/** OpenTelemetry's packages are loaded only where they are wanted. */
async function openTracing(env: Readonly<Record<string, string | undefined>>) {
  exportOtelVariables(env);
  const { startTracing } = await import('./http/tracing.js');
  return startTracing();
}

/** What an operator asks first, without a secret. */
const summaryOf = (config: Config, missing: readonly string[]) => ({
  version,
  mode: config.production ? 'production' : 'development',
  backends: config.backends,
  storage: config.databaseUrl === undefined ? `embedded in ${config.dataDir}` : 'PostgreSQL',
  auth: config.auth.mode,
  missing,
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
