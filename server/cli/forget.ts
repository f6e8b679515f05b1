import { parseArgs } from 'node:util';
import { readConfig, type Config } from '../config.js';
import { loadEnvironment } from '../environment.js';
import { openStore, type Deleted, type OpenStore } from '../storage/index.js';
import { UsageError } from './usage.js';

/** @throws {UsageError} naming what is wrong */
export function parseForgetArguments(args: readonly string[]): { readonly user: string } {
  let values;
  try {
    ({ values } = parseArgs({ args: [...args], options: { user: { type: 'string' } } }));
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
  if (!values.user) throw new UsageError('--user is needed: it takes the name of a user.');
  return { user: values.user };
}

export interface ForgetDependencies {
  readonly config: Pick<Config, 'databaseUrl' | 'dataDir'>;
  readonly print: (line: string) => void;
}

/**
 * Deletes a user's data and says how much it was.
 *
 * @throws {UsageError} when the command line is wrong
 * @throws {StorageError} when the database cannot be opened or does not do it; it can be run again then
 */
export async function runForget(
  args: readonly string[],
  dependencies?: ForgetDependencies,
): Promise<void> {
  const { user } = parseForgetArguments(args);
  const { config, print } = dependencies ?? fromEnvironment();
  // A new database would say that nothing is kept, and be believed.
  const open = await openStore({ ...config, create: false });
  try {
    print(report(await open.deleteUser(user), open));
  } finally {
    await open.close();
  }
}

function fromEnvironment(): ForgetDependencies {
  return { config: readConfig(loadEnvironment().env), print: (line) => console.log(line) };
}

const counted = (count: number, what: string): string =>
  `${count} ${what}${count === 1 ? '' : 's'}`;

function report({ threads, items }: Deleted, { kind }: OpenStore): string {
  const where = kind === 'embedded' ? 'DATA_DIR' : 'DATABASE_URL';
  if (threads === 0) return `Nothing is kept of this user in ${where}.`;
  return `Deleted ${counted(threads, 'thread')} with ${counted(items, 'item')} from ${where}.`;
}
