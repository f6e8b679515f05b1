import { closeSync, fsyncSync, openSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import type { PGlite } from '@electric-sql/pglite';
import { NodeFS } from '@electric-sql/pglite/nodefs';

type Write = (
  stream: OpenFile,
  buffer: unknown,
  offset: number,
  length: number,
  at: number,
) => number;

/** The part of Emscripten's NODEFS that `SyncedNodeFS` uses. */
interface EmscriptenNodeFS {
  readonly stream_ops: { fsync?: (stream: OpenFile) => number; write: Write };
  realPath(node: unknown): string;
}

interface EmscriptenModule {
  readonly NODEFS: EmscriptenNodeFS;
  readonly FS: { readonly streams: readonly (OpenFile | null | undefined)[] };
}

interface OpenFile {
  readonly node: unknown;
  /** File descriptor of the host; directories have none. */
  readonly nfd?: number;
}

type Init = NodeFS['init'];

/**
 * PGlite's file system on a directory of the host, with `fsync`. PGlite's `NodeFS` has no such operation,
 * so that a power failure could lose committed transactions.
 *
 * It notes a write that failed, as on a full disk: PGlite 0.5 loops without end on the statement after that.
 */
export class SyncedNodeFS extends NodeFS {
  readonly #sync: (descriptor: number) => void;
  #module: EmscriptenModule | null = null;
  #failed = false;

  constructor(directory: string, sync: (descriptor: number) => void = fsyncSync) {
    super(directory);
    this.#sync = sync;
  }

  override async init(database: PGlite, options: Parameters<Init>[1]): ReturnType<Init> {
    const { emscriptenOpts } = await super.init(database, options);
    const preRun: NonNullable<typeof emscriptenOpts.preRun> = [
      ...(emscriptenOpts.preRun ?? []),
      (module) => {
        this.#module = module;
        this.#addOperations(this.#module.NODEFS);
      },
    ];
    return { emscriptenOpts: { ...emscriptenOpts, preRun } };
  }

  /** Whether a write has failed, after which PGlite must not be called again. */
  get failed(): boolean {
    return this.#failed;
  }

  /** Closes the files of a PGlite that can no longer close them itself. */
  abandon(): void {
    this.#failed = true;
    for (const stream of this.#module?.FS.streams ?? []) {
      if (stream?.nfd !== undefined) closeSync(stream.nfd);
    }
    this.#module = null;
  }

  #addOperations(files: EmscriptenNodeFS): void {
    const { write } = files.stream_ops;
    files.stream_ops.write = (stream, buffer, offset, length, at) =>
      this.#noting(() => {
        const written = write(stream, buffer, offset, length, at);
        // A disk that becomes full takes a part of it.
        if (written < length) this.#failed = true;
        return written;
      });
    files.stream_ops.fsync = (stream) =>
      this.#noting(() => {
        if (stream.nfd === undefined) this.#syncDirectory(files.realPath(stream.node));
        else this.#sync(stream.nfd);
        return 0;
      });
  }

  #noting(work: () => number): number {
    try {
      return work();
    } catch (error) {
      this.#failed = true;
      throw error;
    }
  }

  #syncDirectory(path: string): void {
    // Windows cannot open directories, and needs no sync of them.
    if (process.platform === 'win32') return;
    const descriptor = openSync(path, 'r');
    try {
      this.#sync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  }
}

// `initdb` blocks its thread for seconds and takes some 700 MB, so it runs in a worker. The worker's program is
// text, because the path of a file would differ between the sources and the build.
const initdbWorker = `
  const { closeSync, fsyncSync, openSync, readdirSync } = require('node:fs');
  const { join } = require('node:path');
  const { workerData } = require('node:worker_threads');
  const { PGlite } = require(workerData.pglite);

  function sync(path, flags) {
    const descriptor = openSync(path, flags);
    fsyncSync(descriptor);
    closeSync(descriptor);
  }

  PGlite.create(workerData.directory).then(async (database) => {
    await database.close();
    for (const entry of readdirSync(workerData.directory, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath ?? entry.path, entry.name);
      if (entry.isFile()) sync(path, 'r+');
      // Windows cannot open directories, and needs no sync of them.
      else if (process.platform !== 'win32') sync(path, 'r');
    }
  });
`;

/**
 * Creates the database's files and syncs them to the disk. They are written to `<directory>.new`, which is
 * renamed when it is complete, so that an interrupted start leaves no partial database.
 */
export async function createDatabaseFiles(directory: string): Promise<void> {
  const draft = `${directory}.new`;
  await rm(draft, { recursive: true, force: true });
  const pglite = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  await exitOf(new Worker(initdbWorker, { eval: true, workerData: { pglite, directory: draft } }));
  await rename(draft, directory);
}

function exitOf(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`The worker exited with code ${code}.`));
    });
  });
}
