import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { StorageError } from '../storage/index.js';
import { ControlClient } from './control-client.js';
import { startControlServer } from './control-server.js';
import { controlFolderOf, controlSocketOf } from './socket.js';

let root: string;
let host: FastifyInstance;
const logged: string[] = [];
const closers: (() => Promise<void>)[] = [];
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'taskpilot-control-'));
  const stream = { write: (line: string) => void logged.push(line) };
  host = Fastify({ logger: { level: 'info', stream } });
});
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
  logged.splice(0);
});
afterAll(async () => {
  await host.close();
  await rm(root, { recursive: true });
});

type Database = Parameters<typeof startControlServer>[1];

const database: Database = {
  deleteUser: () => Promise.resolve({ threads: 1, items: 2 }),
  exportUser: (user) => Readable.from([`{"user":"${user}",`, '"threads":[]}']),
};

/** A service's end of the socket, and a command's. */
async function pair(name: string, own: Partial<Database> = {}) {
  const dataDir = join(root, name);
  const server = await startControlServer(dataDir, { ...database, ...own }, host.log);
  const client = new ControlClient(dataDir);
  closers.push(async () => {
    await client.close();
    await server?.close();
  });
  return { dataDir, server, client };
}

describe('the control socket', () => {
  it('S19: gives commands to the service, without telling the log whom they are about', async () => {
    const { client } = await pair('well');
    expect(await client.forget('alice')).toEqual({ threads: 1, items: 2 });
    expect(await text(client.export('alice'))).toBe('{"user":"alice","threads":[]}');
    expect(await client.status()).toEqual({ pid: process.pid });
    expect(logged).toHaveLength(2);
    expect(logged.join('')).not.toContain('alice');
  });

  it('S19: is for the account of the service alone, whatever was there before', async () => {
    const dataDir = join(root, 'before');
    await mkdir(controlFolderOf(dataDir), { recursive: true, mode: 0o777 });
    await writeFile(controlSocketOf(dataDir), 'left over');
    const { client } = await pair('before');
    expect((await stat(controlFolderOf(dataDir))).mode & 0o777).toBe(0o700);
    expect((await stat(controlSocketOf(dataDir))).mode & 0o777).toBe(0o600);
    expect(await client.status()).toEqual({ pid: process.pid });
  });

  it('tells of a failure by the code and the message of the service', async () => {
    const away = new StorageError('storage_unavailable', 'DATA_DIR: the disk is full.');
    const { client } = await pair('failing', {
      deleteUser: () => Promise.reject(away),
      exportUser: () => {
        throw new TypeError('a fault');
      },
    });
    await expect(client.forget('alice')).rejects.toMatchObject({
      code: 'storage_unavailable',
      message: 'DATA_DIR: the disk is full.',
    });
    await expect(text(client.export('alice'))).rejects.toMatchObject({ code: 'internal_error' });
    expect(logged.filter((line) => line.includes('has failed'))).toHaveLength(2);
  });

  it('S19: never passes off a part of an export as the whole', async () => {
    const { client } = await pair('cut', {
      exportUser: () =>
        Readable.from(
          (async function* () {
            yield '{"user":"alice","threads":[';
            await new Promise((resolve) => setImmediate(resolve));
            throw new StorageError('storage_closed', 'The database is closed.');
          })(),
        ),
    });
    await expect(text(client.export('alice'))).rejects.toMatchObject({
      code: 'export_interrupted',
    });
  });

  it('says that no service takes commands', async () => {
    const client = new ControlClient(join(root, 'nobody'));
    closers.push(() => client.close());
    await expect(client.forget('alice')).rejects.toMatchObject({ code: 'service_unreachable' });
  });

  it('is done without where its path is too long, which the log says', async () => {
    const { server, client } = await pair(join('deep', 'x'.repeat(100)));
    expect(server).toBeNull();
    expect(logged.join('')).toContain('no socket for the command line can be made');
    await expect(client.status()).rejects.toMatchObject({ code: 'service_unreachable' });
  });
});
