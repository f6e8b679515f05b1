import { parseArgs } from 'node:util';
import closeWithGrace from 'close-with-grace';
import { isScenario, scenarios, startSandbox, type Sandbox } from './index.js';

/** The command line is invalid; the message names the option. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export interface SandboxArguments {
  readonly port: number;
  readonly host: string;
  readonly scenario: Parameters<Sandbox['base']>[0] & string;
  readonly workflowIds: readonly string[];
}

/** @throws {UsageError} naming the option that is wrong */
export function parseSandboxArguments(args: readonly string[]): SandboxArguments {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        port: { type: 'string', default: '4000' },
        host: { type: 'string', default: 'localhost' },
        scenario: { type: 'string', default: 'ok' },
        workflow: { type: 'string', multiple: true, default: [] },
      },
    }));
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
  const { port, host, scenario, workflow } = values;
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    throw new UsageError('--port takes a whole number from 0 to 65535.');
  }
  if (!isScenario(scenario)) {
    throw new UsageError('--scenario takes one of the scenarios that sandbox --help lists.');
  }
  return { port: Number(port), host, scenario, workflowIds: workflow };
}

/** The text that the command prints: what to configure. */
export function greeting(sandbox: Sandbox): string {
  const { url, apiKey } = sandbox;
  const { chatkitSrc, apiBaseUrl } = sandbox.base();
  return `Local sandbox, not OpenAI: ${url}

The service:  OPENAI_BASE_URL=${apiBaseUrl} OPENAI_API_KEY=${apiKey} npx taskpilot-chat serve
The page:     <script src="…/taskpilot-chat.js" async data-session-endpoint="…" data-chatkit-src="${chatkitSrc}"></script>
A scenario:   ${sandbox.base('session-429').apiBaseUrl} in place of the first address; ${url} lists them all

Ctrl+C stops it.`;
}

/** Runs the sandbox until SIGINT or SIGTERM. */
export async function runSandbox(args: readonly string[]): Promise<void> {
  const sandbox = await startSandbox(parseSandboxArguments(args));
  closeWithGrace({ delay: 5000 }, async ({ err }) => {
    if (err) console.error(err);
    await sandbox.close();
  });
  console.log(greeting(sandbox));
}

const table = (rows: readonly (readonly [string, string])[]): string => {
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  return rows.map(([name, text]) => `  ${name.padEnd(width)}${text}`).join('\n');
};

/** The text of `taskpilot-chat sandbox --help`. */
export const sandboxUsage = (): string =>
  `taskpilot-chat sandbox [options]

Stands in for OpenAI, for offline use and tests: ChatKit's script and frame, and the API behind them.

${table([
  ['--port NUMBER', 'port to listen on; default 4000, 0 takes a free one'],
  ['--host ADDRESS', 'address to listen on; default localhost'],
  ['--scenario NAME', 'what happens at the plain addresses; default ok'],
  ['--workflow ID', 'a workflow that it knows beside TaskPilot’s own; may be repeated'],
])}

Scenarios, each at /scenarios/NAME too:

${table(scenarios.map(({ name, description }) => [name, description]))}`;
