import { existsSync } from 'node:fs';
import { access, constants, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { StorageError } from './errors.js';

/** What the program must be allowed to do in the folder of the embedded database. */
export const folderRights = constants.R_OK | constants.W_OK | constants.X_OK;

/**
 * Whether the embedded database could be made or opened here, without doing so.
 *
 * @throws {StorageError} `data_dir_unusable`
 */
export async function checkDataDir(dataDir: string): Promise<void> {
  await usable(dataDir, async () => {
    let folder = resolve(dataDir);
    while (!existsSync(folder)) folder = dirname(folder);
    await access(folder, folderRights);
    if (!(await stat(folder)).isDirectory()) {
      throw Object.assign(new Error('no folder'), { code: 'ENOTDIR' });
    }
  });
}

/** @throws {StorageError} in place of what the file system has against it */
export async function usable<T>(dataDir: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StorageError) throw error;
    const reason = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new StorageError(
      'data_dir_unusable',
      `DATA_DIR (${dataDir}) cannot be made, read or written (${reason}).`,
    );
  }
}
