import type { Deleted } from '../storage/index.js';
import { needUser, parseFlags } from './arguments.js';
import { openUserData, type UserDataConfig } from './user-data.js';

export interface ForgetDependencies {
  readonly config: UserDataConfig;
  readonly print: (line: string) => void;
}

/** @throws {UsageError} naming what is wrong */
export const parseForgetArguments = (args: readonly string[]): { readonly user: string } => ({
  user: needUser(parseFlags(args, { user: { type: 'string' } }).user),
});

/**
 * Deletes a user's data and says how much it was, also while the service runs.
 *
 * @throws {UsageError} when the command line is wrong
 * @throws {StorageError} when the database cannot be opened or does not do it; it can be run again then
 * @throws {ControlError} when the service that has the database open does not do it
 */
export async function runForget(
  args: readonly string[],
  { config, print }: ForgetDependencies,
): Promise<void> {
  const { user } = parseForgetArguments(args);
  const data = await openUserData(config, (error) => {
    const reason = error instanceof Error ? error.message : 'unknown';
    print(`Files could not be deleted; the service will do it when it runs. Reason: ${reason}`);
  });
  try {
    print(report(await data.forget(user), data.where));
  } finally {
    await data.close();
  }
}

const counted = (count: number, what: string): string =>
  `${count} ${what}${count === 1 ? '' : 's'}`;

function report({ threads, items, files = 0 }: Deleted, where: string): string {
  if (threads + files === 0) return `Nothing is kept of this user in ${where}.`;
  const attached = files === 0 ? '' : ` and ${counted(files, 'file')}`;
  const stored = `${counted(threads, 'thread')} with ${counted(items, 'item')}${attached}`;
  return `Deleted ${stored} from ${where}.`;
}
