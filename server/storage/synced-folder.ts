import { closeSync, fsyncSync, openSync } from 'node:fs';
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
