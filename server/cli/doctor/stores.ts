import type { Config } from '../../config.js';
import { ControlClient, ControlError } from '../../control/control-client.js';
import { connectRedis } from '../../redis.js';
import { inspectDataDir, inspectPostgres, StorageError } from '../../storage/index.js';
import { findingsOf, type Finding } from './finding.js';

/** Connects, and asks for an answer. */
export async function checkRedis({ redisUrl }: Config): Promise<Finding[]> {
  const { ok, failed, note } = findingsOf('Redis');
  if (redisUrl === undefined)
    return [note('REDIS_URL is not set: each instance counts its own limits.')];
  let reason = '';
  const redis = await connectRedis(redisUrl, (error) => {
    // Replies begin with a word such as WRONGPASS.
    const [word = ''] = /^[A-Z]+\b/.exec(error.message) ?? [];
    reason = (error as NodeJS.ErrnoException).code ?? word;
  });
  try {
    const start = Date.now();
    await redis.ping();
    return [ok(`It answers (${Date.now() - start} ms).`)];
  } catch (error) {
    const [word = 'no connection'] = /^[A-Z]+\b/.exec((error as Error).message) ?? [];
    return [
      failed(
        `REDIS_URL: Redis does not answer (${reason || word}).`,
        'Check address, user and password of REDIS_URL, and that Redis runs.',
      ),
    ];
  } finally {
    redis.disconnect();
  }
}

const storageRemedy = 'See “When it fails” in docs/storage.md.';

/** Says where conversations are kept, and whether they can be. Changes nothing. */
export async function checkDatabase(config: Config): Promise<Finding[]> {
  const { ok, failed, note } = findingsOf('Database');
  try {
    if (config.databaseUrl !== undefined) {
      const { version, newest } = await inspectPostgres(config.databaseUrl);
      if (version === newest) return [ok(`PostgreSQL answers, with tables of version ${version}.`)];
      const missing = newest - version;
      return [ok(`PostgreSQL answers. The next start makes ${missing} of ${newest} migrations.`)];
    }
    if (!config.backends.includes('self-hosted')) return [note('Hosted chats need none.')];
    const pid = await serviceIn(config.dataDir);
    if (pid !== null) return [ok(`DATA_DIR is in use by the running service (process ${pid}).`)];
    await inspectDataDir(config.dataDir);
    return [ok('DATA_DIR can be written, and has room.')];
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    return [failed(error.message, storageRemedy)];
  }
}

/** The process of the service that has the embedded database open; null when none answers. */
async function serviceIn(dataDir: string): Promise<number | null> {
  const service = new ControlClient(dataDir);
  try {
    return (await service.status()).pid;
  } catch (error) {
    if (error instanceof ControlError) return null;
    throw error;
  } finally {
    await service.close();
  }
}
