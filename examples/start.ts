import closeWithGrace from 'close-with-grace';
import { startSandbox, type Sandbox } from '@taskpilot-chat/sandbox';
import { ConfigError, loadEnvironment, readConfig } from '@taskpilot-chat/server';
import { buildExamples } from './app.js';

/** Defaults of the demo: few log lines, and a rate limit that a visitor does not reach. */
const demoDefaults = { LOG_LEVEL: 'warn', RATE_LIMIT_PER_MINUTE: '600' };

const productionRefusal =
  'OPENAI_API_KEY is not set, and with NODE_ENV=production the sandbox never takes the place of OpenAI ' +
  'by itself. Set the key, or unset NODE_ENV to see the demo.';

/** Serves the demo and the examples until SIGINT or SIGTERM. */
async function start(): Promise<void> {
  const { env, warnings } = loadEnvironment();
  const config = readConfig({ ...demoDefaults, ...env });
  if (config.production && config.openai.apiKey === undefined) {
    throw new ConfigError(productionRefusal);
  }

  const sandbox = config.openai.apiKey === undefined ? await startSandbox() : null;
  const app = await buildExamples({ config, sandbox });
  // The demo may hold an API key, so it listens on localhost unless HOST is set.
  const host = config.host ?? 'localhost';
  let address: string;
  try {
    address = await app.listen({ port: config.port, host });
  } catch (error) {
    await Promise.all([app.close(), sandbox?.close()]);
    throw error;
  }
  closeWithGrace({ delay: 10_000 }, async ({ err }) => {
    if (err) console.error(err);
    await app.close();
    await sandbox?.close();
  });

  for (const warning of warnings) console.warn(`Note: ${warning}`);
  console.log(greeting(`http://localhost:${new URL(address).port}`, sandbox));
}

function greeting(url: string, sandbox: Sandbox | null): string {
  const who = sandbox
    ? `OPENAI_API_KEY is not set: the local sandbox stands in for OpenAI, at ${sandbox.url}.\n` +
      `Try a failure:              ${url}/?scenario=session-429\n` +
      `The service's own server:   ${url}/?backend=self-hosted\n` +
      `No hosted workflow is left: ${url}/?scenario=workflow-gone`
    : 'OPENAI_API_KEY is set: OpenAI answers.\n' +
      `The service's own server: ${url}/?backend=self-hosted`;
  return `\nTaskPilot Chat: ${url}\nExamples:       ${url}/examples/\n\n${who}\nCtrl+C stops it.\n`;
}

/** The message of a failed start that the operator can fix; other errors are rethrown. */
function failure(error: unknown): string {
  const { code, message, name } = error as NodeJS.ErrnoException;
  if (['ConfigError', 'AgentModuleError'].includes(name)) return message;
  if (code === 'EADDRINUSE')
    return 'The port is taken by another program: set PORT to another one.';
  if (code === 'EACCES') return 'The port may not be used by this account: set PORT above 1023.';
  throw error;
}

try {
  await start();
} catch (error) {
  console.error(`taskpilot-chat: ${failure(error)}`);
  process.exitCode = 1;
}
