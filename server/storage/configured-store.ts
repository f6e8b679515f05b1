import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { Config } from '../config.js';
import { startControlServer } from '../control/control-server.js';
import { checkDataDir } from './data-dir.js';
import { StorageError } from './errors.js';
import { startRetention, type Retention } from './housekeeping.js';
import { LazyStore } from './lazy-store.js';
import { openStore, type OpenStore } from './open-store.js';

/** The message of a `StorageError` is written for operators. */
function tellUnopened(error: unknown, log: FastifyBaseLogger): void {
  const reason = error instanceof StorageError ? ` ${error.message}` : '';
  log.error({ err: error }, `The database cannot be used.${reason}`);
}

/**
 * The configured database. It is opened at once where every chat needs it, else when a chat is about to begin;
 * but what would keep it from opening is logged at the start, not when it is needed first.
 *
 * @param deleteFiles deletes the files of deleted threads and users, which the database only names; never rejects
 * @throws {StorageError}
 */
export async function openConfiguredStore(
  app: FastifyInstance,
  config: Config,
  now: () => number,
  deleteFiles: () => Promise<void>,
): Promise<LazyStore> {
  const { databaseUrl, dataDir, threadRetentionDays: days } = config;
  const { log } = app;
  let retention: Retention | undefined;
  let closing = false;
  const open = async () => {
    const onError = (error: StorageError) => log.error({ code: error.code }, error.message);
    const stored = await openStore({ databaseUrl, dataDir, now, onError });
    const openStored: OpenStore = {
      ...stored,
      deleteUser: async (user) => {
        const deleted = await stored.deleteUser(user);
        await deleteFiles();
        return deleted;
      },
    };
    if (!closing) {
      retention = startRetention({
        store: openStored,
        days,
        now,
        onDeleted: (deleted) => {
          log.info(deleted, 'Old threads were deleted.');
          void deleteFiles();
        },
        onError: (error) => log.error({ err: error }, 'Old threads could not be deleted.'),
      });
    }
    const control =
      openStored.kind === 'embedded' ? await startControlServer(dataDir, openStored, log) : null;
    return {
      ...openStored,
      close: async () => {
        await control?.close();
        await openStored.close();
      },
    };
  };
  const store = new LazyStore(open, (error) => tellUnopened(error, log));
  if (config.backends[0] === 'self-hosted') await store.open();
  else if (databaseUrl !== undefined || days !== undefined) store.prepare();
  // Open, it takes memory that hosted sessions may never need.
  else store.check(() => checkDataDir(dataDir));
  app.addHook('onClose', async () => {
    closing = true;
    await retention?.stop();
    await store.close();
  });
  return store;
}
