import { join, resolve } from 'node:path';

/** Only for the account of the service: access to the socket is access to all conversations. */
export const controlFolderOf = (dataDir: string): string => join(resolve(dataDir), 'control');

/** The Unix socket on which a running service takes commands. */
export const controlSocketOf = (dataDir: string): string =>
  join(controlFolderOf(dataDir), 'service.sock');

/** Windows has named pipes instead, whose access rights Node cannot set. */
export const hasControlSockets = process.platform !== 'win32';
