import { parseArgs, type ParseArgsConfig } from 'node:util';
import { closestTo } from '../closest.js';

/** The command line is wrong; the message says how. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

type Flags = NonNullable<ParseArgsConfig['options']>;

/** `Unknown option '--usr'. To specify …`: the rest of the sentence is about a case that no command has. */
const unknownFlag = /^Unknown option '(-[^']*)'/;

/**
 * Reads the flags of a command.
 *
 * @throws {UsageError} naming what is wrong, and the flag that was probably meant
 */
export function parseFlags<const T extends Flags>(
  args: readonly string[],
  options: T,
): ReturnType<typeof parseArgs<{ args: string[]; options: T }>>['values'] {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    const { message } = error as Error;
    const [, flag] = unknownFlag.exec(message) ?? [];
    if (flag === undefined) throw new UsageError(message, { cause: error });
    const near = closestTo(
      flag,
      Object.keys(options).map((name) => `--${name}`),
    );
    throw new UsageError(
      `There is no flag ${flag}${near === undefined ? '.' : `: did you mean ${near}?`}`,
      { cause: error },
    );
  }
}

/** @throws {UsageError} where a flag that a command needs is missing or empty */
export function needUser(user: string | undefined): string {
  if (!user) throw new UsageError('--user is needed: it takes the name of a user.');
  return user;
}
