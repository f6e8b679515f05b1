import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { constants, Script } from 'node:vm';
import ts from 'typescript';
import { afterAll } from 'vitest';

const root = resolve(import.meta.dirname, '../../..');

/** `import()` as Node does it; Vitest's loads files through its own transforms. */
export const nodeImport = new Script('(url) => import(url)', {
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
}).runInThisContext() as (url: string) => Promise<unknown>;

/** A folder of an operator, with the packages that they have installed. */
export interface ModuleFolder {
  readonly path: string;
  write(name: string, text: string): Promise<string>;
  read(name: string): Promise<string>;
  /** Compiles an example as an operator does, and puts it here. */
  compile(example: string, name: string): Promise<string>;
  remove(): Promise<void>;
}

export async function createModuleFolder(): Promise<ModuleFolder> {
  const path = await mkdtemp(join(tmpdir(), 'taskpilot-agent-'));
  await symlink(join(root, 'node_modules'), join(path, 'node_modules'));
  const write = async (name: string, text: string) => {
    await writeFile(join(path, name), text);
    return name;
  };
  return {
    path,
    write,
    read: (name) => readFile(join(path, name), 'utf8'),
    compile: async (example, name) => {
      const source = await readFile(join(root, 'examples/agents', example), 'utf8');
      const module = name.endsWith('.cjs') ? ts.ModuleKind.CommonJS : ts.ModuleKind.ESNext;
      const { outputText } = ts.transpileModule(source, {
        compilerOptions: { module, target: ts.ScriptTarget.ES2022 },
      });
      return write(name, outputText);
    },
    remove: () => rm(path, { recursive: true }),
  };
}

/** A folder for the tests of a file. */
export async function useModuleFolder(): Promise<ModuleFolder> {
  const folder = await createModuleFolder();
  afterAll(() => folder.remove());
  return folder;
}
