import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compile, type Program } from './storage/test/program.js';
import { TestFolders } from './storage/test/test-folder.js';

interface Cost {
  /** Megabytes of heap and buffers. */
  readonly cost: number;
  /** Of the largest page. */
  readonly bytes: number;
  readonly hasMore: boolean;
}

describe('One visitor with 500 messages of the largest size', () => {
  let program: Program;
  let folders: TestFolders;
  beforeAll(async () => {
    folders = await TestFolders.create();
    // A process that goes beyond it is dead.
    program = await compile(new URL('test/hoarder.ts', import.meta.url), [
      '--expose-gc',
      '--max-old-space-size=128',
    ]);
  }, 90_000);
  afterAll(async () => {
    await program.remove();
    await folders.remove();
  });

  it.each(['memory', 'embedded'])(
    'S1: costs the process less than 64 MB, also while six read all at once: %s',
    async (kind) => {
      const dataDir = kind === 'embedded' ? await folders.copy('hoarder') : '';
      const { child, lines } = program.start(kind, dataDir);
      const exit = once(child, 'exit');
      const printed: string[] = [];
      for await (const line of lines) printed.push(line);
      expect(await exit).toEqual([0, null]);
      const { cost, bytes, hasMore } = JSON.parse(printed.at(-1) ?? '') as Cost;
      expect(cost).toBeLessThan(64);
      expect(bytes).toBeLessThan(1.1 * 2 ** 20);
      expect(hasMore).toBe(true);
    },
    120_000,
  );
});
