import {
  configureAttachments,
  type AttachmentsConfig,
} from '../attachments/configured-attachments.js';
import type { Config } from '../config.js';
import { ControlClient } from '../control/control-client.js';
import { createUpstreamFetch } from '../http/upstream-fetch.js';
import { openStore, StorageError, type Deleted } from '../storage/index.js';

const connectTimeoutMs = 5000;

/** The data of users, in the database itself or through the service that has it open. */
export interface UserData {
  /** The variable that names the database. */
  readonly where: 'DATA_DIR' | 'DATABASE_URL';
  /** Deletes all that is kept of a user. */
  forget(user: string): Promise<Deleted>;
  /** All that is kept of a user: the text of a JSON document, in pieces. */
  export(user: string): AsyncIterable<string>;
  close(): Promise<void>;
}

export type UserDataConfig = AttachmentsConfig & Pick<Config, 'databaseUrl' | 'proxy'>;

/**
 * Opens the service's database. The embedded one belongs to one process: where that is a running service, it does what
 * is asked.
 *
 * @param onFilesLeft told why files of a forgotten user could not be deleted
 * @throws {StorageError} when the database cannot be opened
 */
export async function openUserData(
  config: UserDataConfig,
  onFilesLeft: (error: unknown) => void = () => undefined,
): Promise<UserData> {
  try {
    // A new database would say that nothing is kept, and be believed.
    const open = await openStore({ ...config, create: false });
    return {
      where: open.kind === 'embedded' ? 'DATA_DIR' : 'DATABASE_URL',
      forget: async (user) => {
        const deleted = await open.deleteUser(user);
        const upstream = createUpstreamFetch(connectTimeoutMs, config.proxy);
        const files = configureAttachments(config, {
          store: open.store,
          fetch: upstream.fetch,
          now: Date.now,
          onError: onFilesLeft,
        });
        await files?.attachments.cleanUp();
        await upstream.close();
        return deleted;
      },
      export: (user) => open.exportUser(user),
      close: () => open.close(),
    };
  } catch (error) {
    if (!(error instanceof StorageError) || error.code !== 'data_dir_in_use') throw error;
    const service = new ControlClient(config.dataDir);
    return {
      where: 'DATA_DIR',
      forget: (user) => service.forget(user),
      export: (user) => service.export(user),
      close: () => service.close(),
    };
  }
}
