import { Client } from 'undici';
import type { Deleted } from '../storage/index.js';
import type { CommandFailure } from './control-server.js';
import { controlSocketOf, hasControlSockets } from './socket.js';

/** A command that a running service has not done. The message is one line for the operator. */
export class ControlError extends Error {
  override readonly name = 'ControlError';
  /**
   * `service_unreachable`: no service takes commands in this data directory. `service_forbidden`: it is another
   * account's. Any other is the code of the service's own failure.
   */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Deleting can take long; the first piece of an export cannot, nor any other. */
const timeouts = { headersTimeout: 300_000, bodyTimeout: 60_000 };

function unreachable(error: unknown, dataDir: string): unknown {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (code === 'EACCES' || code === 'EPERM') {
    return new ControlError(
      'service_forbidden',
      `DATA_DIR (${dataDir}) is in use by a service of another account: run the command as that account.`,
      { cause: error },
    );
  }
  if (!['ENOENT', 'ENOTDIR', 'ECONNREFUSED', 'EINVAL', 'ENAMETOOLONG'].includes(code)) return error;
  return new ControlError(
    'service_unreachable',
    `DATA_DIR (${dataDir}) is in use, and no service takes commands in it: run the command on the machine or in the container of the service, or stop the service.`,
    { cause: error },
  );
}

/** Reads a body to its end; it is cut off where the service has failed or ended meanwhile. */
async function* readText(body: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  try {
    for await (const chunk of body) yield decoder.decode(chunk, { stream: true });
  } catch (error) {
    throw new ControlError(
      'export_interrupted',
      'The export was cut off: the service has ended, or the user’s data were changed. Run it again.',
      { cause: error },
    );
  }
}

/** Gives commands to the service that has the embedded database of a data directory open. */
export class ControlClient {
  readonly #client: Client;
  readonly #dataDir: string;

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
    this.#client = new Client('http://service', {
      socketPath: controlSocketOf(dataDir),
      ...timeouts,
    });
  }

  /** The id of the service's process. */
  async status(): Promise<{ readonly pid: number }> {
    const body = await this.#request('GET', '/status');
    return (await body.json()) as { pid: number };
  }

  async forget(user: string): Promise<Deleted> {
    const body = await this.#request('POST', '/forget', { user });
    return (await body.json()) as Deleted;
  }

  /** The text of a JSON document, in pieces. */
  async *export(user: string): AsyncGenerator<string> {
    yield* readText(await this.#request('POST', '/export', { user }));
  }

  close(): Promise<void> {
    return this.#client.destroy();
  }

  /** @throws {ControlError} */
  async #request(method: 'GET' | 'POST', path: string, body?: object) {
    if (!hasControlSockets) {
      throw new ControlError(
        'service_unreachable',
        'DATA_DIR is in use, and on Windows a running service takes no commands: stop it first.',
      );
    }
    try {
      const response = await this.#client.request({
        method,
        path,
        ...(body !== undefined && {
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        }),
      });
      if (response.statusCode === 200) return response.body;
      const { code, message } = (await response.body.json()) as CommandFailure;
      throw new ControlError(code, message);
    } catch (error) {
      throw unreachable(error, this.#dataDir);
    }
  }
}
