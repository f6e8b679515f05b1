import { closeSync, fsyncSync, openSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import type { PGlite } from '@electric-sql/pglite';
import { NodeFS } from '@electric-sql/pglite/nodefs';

/** What we use of the emulated file system that mounts real folders. */
interface MountedFiles {
  readonly stream_ops: { fsync?: (stream: OpenFile) => number };
  realPath(node: unknown): string;
}

interface OpenFile {
  readonly node: unknown;
  /** Descriptor of the real file; folders have none. */
  readonly nfd?: number;
}

type Init = NodeFS['init'];

/**
 * A real folder in which the embedded PostgreSQL finds its files, and can write them through to the disk:
 * the one that it comes with has no such operation, so that what was committed could be lost with the power.
 */
export class SyncedFolder extends NodeFS {
  readonly #sync: (descriptor: number) => void;

  constructor(folder: string, sync: (descriptor: number) => void = fsyncSync) {
    super(folder);
    this.#sync = sync;
  }

  override async init(database: PGlite, options: Parameters<Init>[1]): ReturnType<Init> {
    const { emscriptenOpts } = await super.init(database, options);
    const preRun: NonNullable<typeof emscriptenOpts.preRun> = [
      ...(emscriptenOpts.preRun ?? []),
      (module) => this.#addSync((module as unknown as { NODEFS: MountedFiles }).NODEFS),
    ];
    return { emscriptenOpts: { ...emscriptenOpts, preRun } };
  }

  #addSync(files: MountedFiles): void {
    files.stream_ops.fsync = (stream) => {
      if (stream.nfd === undefined) this.#syncFolder(files.realPath(stream.node));
      else this.#sync(stream.nfd);
      return 0;
    };
  }

  #syncFolder(path: string): void {
    // Windows does not open folders, and does not need it.
    if (process.platform === 'win32') return;
    const descriptor = openSync(path, 'r');
    try {
      this.#sync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  }
}

/**
 * Makes an embedded database, then writes it through to the disk. It is seconds of work that knows no pause,
 * and some 700 megabytes of memory, so it runs in a thread of its own: text, because a file would have to be
 * found from sources and from what is built of them.
 */
const program = `
  const { closeSync, fsyncSync, openSync, readdirSync } = require('node:fs');
  const { join } = require('node:path');
  const { workerData } = require('node:worker_threads');
  const { PGlite } = require(workerData.pglite);

  function sync(path, flags) {
    const descriptor = openSync(path, flags);
    fsyncSync(descriptor);
    closeSync(descriptor);
  }

  PGlite.create(workerData.folder).then(async (database) => {
    await database.close();
    for (const entry of readdirSync(workerData.folder, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath ?? entry.path, entry.name);
      if (entry.isFile()) sync(path, 'r+');
      // Windows does not open folders, and does not need it.
      else if (process.platform !== 'win32') sync(path, 'r');
    }
  });
`;

/** Made aside and put in place when complete, so that a start that was cut off leaves nothing half-made. */
export async function initialise(folder: string): Promise<void> {
  const draft = `${folder}.new`;
  await rm(draft, { recursive: true, force: true });
  const pglite = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  await runToEnd(new Worker(program, { eval: true, workerData: { pglite, folder: draft } }));
  await rename(draft, folder);
}

function runToEnd(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`The thread ended with code ${code}.`));
    });
  });
}
