import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { loadSdk, type Sdk } from './sdk.js';

/** Node's own `import()`; test runners put theirs in its place, which loads files in another way. */
export type ImportModule = (url: string) => Promise<unknown>;

const sdkName = '@openai/agents';

/** Where the package is that this file belongs to. */
function packageFolder(file: string): string | null {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    const description = join(folder, 'package.json');
    if (!existsSync(description)) continue;
    const { name } = JSON.parse(readFileSync(description, 'utf8')) as { name?: string };
    if (name === sdkName) return folder;
  }
  return null;
}

/** The file that `import` would load from a package's folder. */
function importedFile(folder: string): string | null {
  const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    exports?: Record<string, { import?: string | { default?: string } }>;
  };
  const entry = exports?.['.']?.import;
  const path = typeof entry === 'string' ? entry : entry?.default;
  return path === undefined ? null : join(folder, path);
}

/** The SDK's file as `require` sees it from a file; null when it sees none. */
function requiredFile(file: string): string | null {
  try {
    return createRequire(file).resolve(sdkName);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return null;
    throw error;
  }
}

/**
 * The copies of the SDK that a module gets when it imports it: the service's own, and the one beside the
 * module if it has one. Each has its own defaults, and its own class of agents.
 */
export async function sdksOf(moduleFile: string, importModule: ImportModule): Promise<Sdk[]> {
  const own = await loadSdk();
  const theirs = requiredFile(moduleFile);
  const folder = theirs === null ? null : packageFolder(theirs);
  const file = folder === null ? null : importedFile(folder);
  if (file === null) return [own];
  const sdk = (await importModule(pathToFileURL(file).href)) as Sdk;
  return sdk.Agent === own.Agent ? [own] : [own, sdk];
}

/** The copy that a CommonJS module has loaded through `require`, if it has. */
export function requiredSdk(moduleFile: string): Sdk | null {
  const file = requiredFile(moduleFile);
  const require = createRequire(moduleFile);
  return file !== null && require.cache[file] !== undefined ? (require(file) as Sdk) : null;
}
