import { open, rm, writeFile } from 'node:fs/promises';
import { needUser, parseFlags, UsageError } from './arguments.js';
import { openUserData, type UserDataConfig } from './user-data.js';

export interface ExportDependencies {
  readonly config: UserDataConfig;
  /** Where the document goes without `--out`. */
  readonly output: NodeJS.WritableStream;
  /** Receives what is said beside the document. */
  readonly print: (line: string) => void;
}

export interface ExportArguments {
  readonly user: string;
  readonly out: string | undefined;
}

/** @throws {UsageError} naming what is wrong */
export function parseExportArguments(args: readonly string[]): ExportArguments {
  const { user, out } = parseFlags(args, { user: { type: 'string' }, out: { type: 'string' } });
  if (out === '') throw new UsageError('--out takes the name of a file.');
  return { user: needUser(user), out };
}

/**
 * Writes all that is kept of a user as a JSON document, also while the service runs.
 *
 * @throws {UsageError} when the command line is wrong, or the file exists
 * @throws {StorageError} when the database cannot be opened or read
 * @throws {ControlError} when the service that has the database open does not do it
 */
export async function runExport(
  args: readonly string[],
  { config, output, print }: ExportDependencies,
): Promise<void> {
  const { user, out } = parseExportArguments(args);
  const data = await openUserData(config);
  try {
    if (out === undefined) {
      for await (const piece of data.export(user)) await written(output, piece);
    } else {
      await writeNew(out, data.export(user));
      print(`Written to ${out}, which only this account can read.`);
    }
  } finally {
    await data.close();
  }
}

const written = (output: NodeJS.WritableStream, text: string): Promise<void> =>
  new Promise((resolve, reject) => {
    output.write(text, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });

/** A file that is cut off is no export, so nothing is left of one. */
async function writeNew(path: string, text: AsyncIterable<string>): Promise<void> {
  const file = await open(path, 'wx', 0o600).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === 'EEXIST' ? 'there is one already' : `${code}`;
    throw new UsageError(`--out takes the name of a file that can be made: ${path} (${reason}).`);
  });
  try {
    await writeFile(file, text);
  } catch (error) {
    await rm(path);
    throw error;
  } finally {
    await file.close();
  }
}
