import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../open-store.js';

/** Folders for embedded databases. Making one takes seconds, so the others of a test file are copies. */
export class TestFolders {
  readonly #root: string;

  private constructor(root: string) {
    this.#root = root;
  }

  static async create(): Promise<TestFolders> {
    const root = await mkdtemp(join(tmpdir(), 'taskpilot-storage-'));
    const original = await openStore({ dataDir: join(root, 'original') });
    await original.close();
    return new TestFolders(root);
  }

  /** A folder that does not exist. */
  path(name: string): string {
    return join(this.#root, name);
  }

  /** A folder with an empty database. */
  async copy(name: string): Promise<string> {
    const folder = this.path(name);
    await cp(this.path('original'), folder, { recursive: true });
    return folder;
  }

  async remove(): Promise<void> {
    await rm(this.#root, { recursive: true, force: true });
  }
}
