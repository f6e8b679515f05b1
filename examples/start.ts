import closeWithGrace from 'close-with-grace';
import { startSandbox, type Sandbox } from '@taskpilot-chat/sandbox';
import { ConfigError, loadEnvironment, MemoryStore, readConfig } from '@taskpilot-chat/server';
import { buildExamples } from './app.js';
import { listenFrom } from './ports.js';

/** Defaults of the demo: few log lines, and a rate limit that a visitor does not reach. */
const demoDefaults = { LOG_LEVEL: 'warn', RATE_LIMIT_PER_MINUTE: '600' };

const productionRefusal =
  'OPENAI_API_KEY is not set, and with NODE_ENV=production the sandbox never takes the place of OpenAI ' +
  'by itself. Set the key, or unset NODE_ENV to see the demo.';

/** `taskpilot-chat sandbox` has the same one. */
const sandboxPort = 4000;

/** A line of the service's log in plain words; failures as they are, with their details. */
function logLine(line: string): void {
  const { level, msg } = JSON.parse(line) as { level: number; msg: string };
  console.error(level > 40 ? line.trimEnd() : `\n${msg}`);
}

/** Serves the demo and the examples until SIGINT or SIGTERM. */
async function start(): Promise<void> {
  const { env, warnings } = loadEnvironment();
  const config = readConfig({ ...demoDefaults, ...env });
  if (config.production && config.openai.apiKey === undefined) {
    throw new ConfigError(productionRefusal);
  }
  console.log('Starting …');

  // With PORT=0 every port is a free one.
  const openSandbox = (port: number) => startSandbox({ port });
  const sandbox =
    config.openai.apiKey !== undefined
      ? null
      : await (config.port === 0 ? openSandbox(0) : listenFrom(sandboxPort, openSandbox));
  const keepsThreads = env['DATABASE_URL'] !== undefined || env['DATA_DIR'] !== undefined;
  // The demo may hold an API key, so it listens on localhost unless HOST is set.
  const host = config.host ?? 'localhost';
  const app = await buildExamples({
    config,
    sandbox,
    dependencies: {
      logStream: { write: logLine },
      // A database takes seconds to make, and a demo needs none.
      ...(!keepsThreads && { store: new MemoryStore() }),
    },
  });
  const listen = (port: number) => app.listen({ port, host });
  let address: URL;
  try {
    // Who names a port wants this one.
    const listening =
      env['PORT'] === undefined ? listenFrom(config.port, listen) : listen(config.port);
    address = new URL(await listening);
  } catch (error) {
    await Promise.all([app.close(), sandbox?.close()]);
    throw error;
  }
  closeWithGrace({ delay: 10_000 }, async ({ err }) => {
    if (err) console.error(err);
    await app.close();
    await sandbox?.close();
  });

  const taken = (usual: number, actual: string, what: string) =>
    usual === 0 || Number(actual) === usual
      ? []
      : [`Port ${usual} is taken by another program, so ${what} is at port ${actual} this time.`];
  const notes = [
    ...warnings,
    ...taken(config.port, address.port, 'the demo'),
    ...(sandbox && config.port !== 0
      ? taken(sandboxPort, new URL(sandbox.url).port, 'the sandbox')
      : []),
  ];
  for (const note of notes) console.warn(`Note: ${note}`);
  console.log(greeting(`http://localhost:${address.port}`, sandbox));
}

function greeting(url: string, sandbox: Sandbox | null): string {
  const who = sandbox
    ? `OPENAI_API_KEY is not set: the local sandbox stands in for OpenAI, at ${sandbox.url}.\n` +
      `See a failure:                  ${url}/?scenario=session-429\n` +
      `Without OpenAI's hosted chat:   ${url}/?backend=self-hosted\n` +
      `The day that it ends:           ${url}/?scenario=workflow-gone`
    : 'OPENAI_API_KEY is set: OpenAI answers.\n' +
      `Without OpenAI's hosted chat: ${url}/?backend=self-hosted`;
  return `\nTaskPilot Chat: ${url}\nPlayground:     ${url}/playground\nExamples:       ${url}/examples/\n\n${who}\n\nCtrl+C stops it.\n`;
}

/** The message of a failed start that the operator can fix; other errors are rethrown. */
function failure(error: unknown): string {
  const { code, message, name } = error as NodeJS.ErrnoException;
  if (['ConfigError', 'AgentModuleError'].includes(name)) return message;
  if (code === 'EADDRINUSE')
    return 'The port is taken by another program. Set another one: PORT=3010 npm start';
  if (code === 'EACCES')
    return 'The port may not be used by this account: set one above 1023: PORT=3010 npm start';
  throw error;
}

try {
  await start();
} catch (error) {
  console.error(`taskpilot-chat: ${failure(error)}`);
  process.exitCode = 1;
}
