import { stat } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ambientModels } from './ambient-models.js';
import { readExports, type AgentModule } from './module-exports.js';
import { requiredSdk, sdksOf, type ImportModule } from './module-sdks.js';
import { withoutTracing, type Sdk } from './sdk.js';
import { ambientWork, type Upstream } from './upstream.js';

export type { AgentModule } from './module-exports.js';

/** What is wrong with an operator's module: one line that names the variable. */
export class AgentModuleError extends Error {
  override readonly name = 'AgentModuleError';
}

export interface LoadOptions {
  /** What the module's own runs use by default: the SDK's default client is set once, before it is loaded. */
  readonly upstream: Upstream;
  /** Relative paths are meant from here; the working directory by default. */
  readonly folder?: string;
  /** Whether this Node runs TypeScript; found out by default. */
  readonly runsTypeScript?: boolean;
  /** In milliseconds; 30,000 by default. */
  readonly timeoutMs?: number;
  readonly importModule?: ImportModule;
}

const scripts = ['.js', '.mjs', '.cjs'];
const typeScripts = ['.ts', '.mts', '.cts'];
const defaultTimeoutMs = 30_000;

const nodeImport: ImportModule = (url) => import(url);

const nodeRunsTypeScript = (): boolean =>
  Boolean((process.features as { typescript?: string | boolean }).typescript);

async function checkFile(path: string, file: string, runsTypeScript: boolean): Promise<void> {
  const extension = extname(file);
  if (typeScripts.includes(extension) && !runsTypeScript) {
    throw new AgentModuleError(
      `AGENT_MODULE ${path} is TypeScript, which Node ${process.versions.node} does not run: compile it to JavaScript (npx tsc), or use Node 22.18 or newer.`,
    );
  }
  if (![...scripts, ...typeScripts].includes(extension)) {
    throw new AgentModuleError(`AGENT_MODULE ${path} is no .js, .mjs, .cjs or .ts file.`);
  }
  const found = await stat(file).catch((error: unknown) => {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw new AgentModuleError(`AGENT_MODULE ${path} cannot be read.`, { cause: error });
  });
  if (found?.isFile() !== true) {
    throw new AgentModuleError(`AGENT_MODULE ${path} is not found: there is no file ${file}.`);
  }
}

const firstLine = (error: unknown): string => {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return `${name}: ${message}`.split('\n')[0] ?? name;
};

/** The module's exports, or the reason why it has none; a module may wait for ever for something. */
async function exportsOf(
  path: string,
  file: string,
  { importModule = nodeImport, timeoutMs = defaultTimeoutMs }: LoadOptions,
): Promise<Record<string, unknown>> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not loaded within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    const loaded = importModule(pathToFileURL(file).href) as Promise<Record<string, unknown>>;
    return await Promise.race([loaded, timeout]);
  } catch (error) {
    throw new AgentModuleError(`AGENT_MODULE ${path} cannot be loaded: ${firstLine(error)}`, {
      cause: error,
    });
  } finally {
    clearTimeout(timer);
  }
}

function prepare(sdk: Sdk, { client }: Upstream): void {
  withoutTracing(sdk);
  sdk.setDefaultOpenAIClient(client);
  // The provider keeps the client that it was used with first, which may be one of another service here.
  sdk.setDefaultModelProvider(ambientModels(new sdk.OpenAIProvider(), ambientWork));
}

/**
 * Loads an operator's own file: an `Agent`, `runWorkflow` of Agent Builder's export, or a `Responder`.
 *
 * A workflow runs its agents by itself, with the SDK's defaults, which are global. So they are set here,
 * before the module is loaded: our client with its key, and no tracing. What the module sets itself counts.
 *
 * @throws {AgentModuleError} one line about what is wrong
 */
export async function loadAgentModule(path: string, options: LoadOptions): Promise<AgentModule> {
  const { upstream, folder = process.cwd(), importModule = nodeImport } = options;
  const file = resolve(folder, path);
  await checkFile(path, file, options.runsTypeScript ?? nodeRunsTypeScript());
  const sdks = await sdksOf(file, importModule);
  for (const sdk of sdks) prepare(sdk, upstream);
  const exports = await exportsOf(path, file, options);
  const required = requiredSdk(file);
  if (required !== null) prepare(required, upstream);
  const found = readExports(exports, required === null ? sdks : [...sdks, required]);
  if (typeof found === 'string') {
    throw new AgentModuleError(`AGENT_MODULE ${path} cannot be used: ${found}.`);
  }
  return found;
}
