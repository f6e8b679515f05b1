import { chmod, mkdir, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import Fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { Type, type Static } from 'typebox';
import { StorageError } from '../storage/errors.js';
import type { OpenStore } from '../storage/open-store.js';
import { controlFolderOf, controlSocketOf, hasControlSockets } from './socket.js';

const User = Type.Object({ user: Type.String({ minLength: 1, maxLength: 256 }) });

/** The error of a command, as the client receives it. */
export interface CommandFailure {
  readonly code: string;
  readonly message: string;
}

function routes(
  app: FastifyInstance,
  database: Pick<OpenStore, 'deleteUser' | 'exportUser'>,
  log: FastifyBaseLogger,
): void {
  app.get('/status', () => ({ pid: process.pid }));
  app.post<{ Body: Static<typeof User> }>(
    '/forget',
    { schema: { body: User } },
    async (request) => {
      const deleted = await database.deleteUser(request.body.user);
      log.info(deleted, 'The data of a user were deleted, as the command line asked.');
      return deleted;
    },
  );
  app.post<{ Body: Static<typeof User> }>(
    '/export',
    { schema: { body: User } },
    (request, reply) => {
      log.info('The data of a user are exported, as the command line asked.');
      return reply
        .type('application/json')
        .send(Readable.from(database.exportUser(request.body.user)));
    },
  );
  app.setErrorHandler((error: Error, _request, reply) => {
    log.error({ err: error }, 'A command of the command line has failed.');
    const failure: CommandFailure =
      error instanceof StorageError
        ? { code: error.code, message: error.message }
        : { code: 'internal_error', message: 'The service could not do it; its log says why.' };
    return reply.code(500).send(failure);
  });
}

/**
 * Takes commands of this machine's command line on a Unix socket in the data directory, because only the process that
 * has the embedded database open can use it. Replaces the socket of a service that was killed: whoever calls this holds
 * the lock of the data directory.
 *
 * @returns null on Windows, and where the socket cannot be made, which the log then says
 */
export async function startControlServer(
  dataDir: string,
  database: Pick<OpenStore, 'deleteUser' | 'exportUser'>,
  log: FastifyBaseLogger,
): Promise<{ close(): Promise<void> } | null> {
  if (!hasControlSockets) return null;
  const folder = controlFolderOf(dataDir);
  const socket = controlSocketOf(dataDir);
  const app = Fastify({ forceCloseConnections: true });
  routes(app, database, log);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
    await rm(socket, { force: true });
    await app.listen({ path: socket });
    await chmod(socket, 0o600);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    log.warn(
      { code },
      'DATA_DIR: no socket for the command line can be made in it. Stop the service before you run forget or export.',
    );
    await app.close();
    return null;
  }
  return { close: () => app.close() };
}
