import { UsageError } from './arguments.js';

/** What the sandbox's package exports for this command. */
interface SandboxCommand {
  readonly runSandbox: (args: readonly string[]) => Promise<void>;
  readonly sandboxUsage: () => string;
}

/** A name, and not a literal in `import()`: the service never depends on what stands in for OpenAI. */
const packageName = '@taskpilot-chat/sandbox/cli';

async function loadSandbox(): Promise<SandboxCommand> {
  try {
    return (await import(packageName)) as SandboxCommand;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new Error(
      'The sandbox is a package of its own: npm install --save-dev @taskpilot-chat/sandbox',
      { cause: error },
    );
  }
}

/** @throws {Error} when the sandbox is not installed */
export const sandboxUsage = async (): Promise<string> => (await loadSandbox()).sandboxUsage();

/**
 * Runs the sandbox.
 *
 * @throws {UsageError} when the command line is wrong
 * @throws {Error} when the sandbox is not installed
 */
export async function runSandbox(args: readonly string[]): Promise<void> {
  const sandbox = await loadSandbox();
  try {
    await sandbox.runSandbox(args);
  } catch (error) {
    if (error instanceof Error && error.name === 'UsageError') {
      throw new UsageError(error.message, { cause: error });
    }
    throw error;
  }
}
