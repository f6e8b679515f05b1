import type { Agent } from '@openai/agents';
import { existsSync, readFileSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, extname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Responder } from '../chatkit/index.js';
import { withTimeout } from '../chatkit/async.js';
import type { AgentInput } from './agent-responder.js';
import { historyOwners, type HistoryOwner } from './kept-history.js';
import { modelsIn } from './model-check.js';
import { runModels } from './run-events.js';
import { streamRuns } from './streamed-runs.js';
import { createModelProvider, loadSdk, type Sdk, type Upstream } from './upstream.js';
import {
  workflowHistories,
  workflowModels,
  type RunWorkflow,
  type WorkflowAnswer,
  type WorkflowHistory,
} from './workflow-responder.js';

const handlerNames = ['action', 'syncAction', 'feedback', 'streamOptions', 'cancelled'] as const;

/** What a module may export beside an agent or a workflow, to answer more than messages. */
export type AgentHandlers = Pick<Responder, (typeof handlerNames)[number]>;

/** What an operator's module exports. */
export type AgentModule =
  | { readonly type: 'responder'; readonly responder: Responder }
  | {
      readonly type: 'workflow';
      readonly handlers: AgentHandlers;
      readonly runWorkflow: RunWorkflow;
      readonly history: WorkflowHistory;
      readonly answer: WorkflowAnswer | undefined;
      /** The models that are named in its code. */
      readonly models: readonly string[];
      readonly warnings: readonly string[];
    }
  | {
      readonly type: 'agent';
      readonly agent: Agent;
      readonly sdk: Sdk;
      readonly handlers: AgentHandlers;
      readonly input: AgentInput | undefined;
      readonly history: HistoryOwner | undefined;
    };

/** The module of `AGENT_MODULE` cannot be used; the message is one line that names the variable. */
export class AgentModuleError extends Error {
  override readonly name = 'AgentModuleError';
}

/** Node's own `import()`; test runners replace it by one that transforms files. */
export type ImportModule = (url: string) => Promise<unknown>;

export interface LoadOptions {
  /** For the SDK's default client, which the module's own runs use. */
  readonly upstream: Upstream;
  /** The base of relative paths; the working directory by default. */
  readonly folder?: string;
  /** Whether this Node runs TypeScript; detected by default. */
  readonly runsTypeScript?: boolean;
  /** In milliseconds; 30,000 by default. */
  readonly timeoutMs?: number;
  readonly importModule?: ImportModule;
}

const scriptExtensions = ['.js', '.mjs', '.cjs'];
const typeScriptExtensions = ['.ts', '.mts', '.cts'];
const defaultTimeoutMs = 30_000;

const nodeImport: ImportModule = (url) => import(url);

const nodeRunsTypeScript = (): boolean =>
  Boolean((process.features as { typescript?: string | boolean }).typescript);

async function checkFile(path: string, file: string, runsTypeScript: boolean): Promise<void> {
  const extension = extname(file);
  if (typeScriptExtensions.includes(extension) && !runsTypeScript) {
    throw new AgentModuleError(
      `AGENT_MODULE ${path} is TypeScript, which Node ${process.versions.node} does not run: compile it to JavaScript (npx tsc), or use Node 22.18 or newer.`,
    );
  }
  if (![...scriptExtensions, ...typeScriptExtensions].includes(extension)) {
    throw new AgentModuleError(`AGENT_MODULE ${path} is not a .js, .mjs, .cjs or .ts file.`);
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

/** Imports the module; a top-level `await` in it may never end. */
async function importExports(
  path: string,
  file: string,
  { importModule = nodeImport, timeoutMs = defaultTimeoutMs }: LoadOptions,
): Promise<Exports> {
  try {
    return await withTimeout(
      importModule(pathToFileURL(file).href) as Promise<Exports>,
      timeoutMs,
      () => {
        throw new Error(`not loaded within ${timeoutMs} ms`);
      },
    );
  } catch (error) {
    throw new AgentModuleError(`AGENT_MODULE ${path} cannot be loaded: ${firstLine(error)}`, {
      cause: error,
    });
  }
}

/**
 * Sets the SDK's global defaults for what the module runs itself. Tracing, which sends conversations to
 * OpenAI, is off; a module may switch it on.
 */
function setDefaults(sdk: Sdk, upstream: Upstream): void {
  sdk.setTracingDisabled(true);
  sdk.setTraceProcessors([]);
  sdk.setDefaultOpenAIClient(upstream.client);
  // The SDK's own provider keeps its first client, which may be the one of another service in this process.
  sdk.setDefaultModelProvider(workflowModels(runModels(createModelProvider(sdk, upstream), null)));
  streamRuns(sdk);
}

/**
 * Loads an operator's file: an `Agent`, the `runWorkflow` that Agent Builder exports, or a `Responder`.
 *
 * A workflow runs its agents itself, with the SDK's global defaults. They are set before the module is
 * loaded, so that the module can override them.
 *
 * @throws {AgentModuleError}
 */
export async function loadAgentModule(path: string, options: LoadOptions): Promise<AgentModule> {
  const { upstream, folder = process.cwd(), importModule = nodeImport } = options;
  const file = resolve(folder, path);
  await checkFile(path, file, options.runsTypeScript ?? nodeRunsTypeScript());
  const sdks = await sdksFor(file, importModule);
  for (const sdk of sdks) setDefaults(sdk, upstream);
  const exports = await importExports(path, file, options);
  const required = requiredSdk(file);
  if (required !== null) setDefaults(required, upstream);
  const found = readExports(exports, required === null ? sdks : [...sdks, required]);
  if (typeof found === 'string') {
    throw new AgentModuleError(`AGENT_MODULE ${path} cannot be used: ${found}.`);
  }
  if (found.type !== 'workflow') return found;
  const source = await readFile(file, 'utf8');
  return { ...found, models: modelsIn(source), warnings: warningsOf(source) };
}

/** What an operator should know about a workflow's code. */
function warningsOf(source: string): string[] {
  const warnings: string[] = [];
  if (/(?<![.\w])approvalRequest\s*\(/.test(source)) {
    warnings.push(
      'AGENT_MODULE has an approvalRequest function of its own, which this service cannot see: what it returns decides, and no visitor is asked. Call workflow.approvalRequest(…) instead, the argument of runWorkflow.',
    );
  }
  if (/\bprompt:\s*\{\s*(?:promptId|id)\b/.test(source)) {
    warnings.push(
      'AGENT_MODULE uses a reusable prompt, which OpenAI ends on 30 November 2026: write its text into instructions.',
    );
  }
  return warnings;
}

type Exports = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Exports => typeof value === 'object' && value !== null;

const isResponder = (value: unknown): value is Responder =>
  isObject(value) && typeof value['respond'] === 'function';

/** An agent of any copy of the SDK. */
const looksLikeAgent = (value: unknown): value is Agent =>
  isObject(value) && typeof value['getSystemPrompt'] === 'function' && 'instructions' in value;

/** Excludes classes, which are functions that cannot be called. */
const isFunction = (value: unknown): value is RunWorkflow =>
  typeof value === 'function' && !/^class\b/.test(Function.prototype.toString.call(value));

const isAnswer = (value: unknown): value is WorkflowAnswer => isFunction(value);

/** The exports of a CommonJS module arrive within the default export. */
function flatten(exports: Exports): Exports {
  const { default: inner } = exports;
  const isFound = isResponder(inner) || looksLikeAgent(inner) || !isObject(inner);
  return isFound ? exports : { ...inner, ...exports, default: inner['default'] };
}

/**
 * The handlers that a module exports.
 *
 * @returns the reason, as a part of a sentence, if one cannot be used
 */
function readHandlers(exports: Exports): AgentHandlers | string {
  const found = handlerNames.filter((name) => exports[name] !== undefined);
  const wrong = found.find((name) => !isFunction(exports[name]));
  if (wrong !== undefined) return `its \`${wrong}\` is no function`;
  return Object.fromEntries(found.map((name) => [name, exports[name]]));
}

/** Hooks for the model's input, or a function that makes them. */
const isInput = (value: unknown): value is AgentInput => isObject(value) || isFunction(value);

const wanted =
  'an Agent (default export, or `agent`), `runWorkflow` (as Agent Builder exports it), or a Responder (default export, or `responder`)';

/**
 * Picks what answers: the default export first, then `responder`, `runWorkflow`, `agent`.
 *
 * @param sdks the copies of the SDK that the module may have used
 * @returns the reason, as a part of a sentence, if nothing can be used
 */
function readExports(module: Exports, sdks: readonly Sdk[]): AgentModule | string {
  const exports = flatten(module);
  const { default: main, responder: named, runWorkflow, agent } = exports;
  const responder = [main, named].find(isResponder);
  if (responder !== undefined) return { type: 'responder', responder };
  const found = [main, runWorkflow, agent].find(
    (candidate) => looksLikeAgent(candidate) || isFunction(candidate),
  );
  const handlers = readHandlers(exports);
  if (typeof handlers === 'string') return handlers;
  if (isFunction(found)) {
    const history = workflowHistories.find((name) => name === exports['history']);
    if (history === undefined && exports['history'] !== undefined) {
      return `its \`history\` is none of ${workflowHistories.join(', ')}`;
    }
    const answer = isAnswer(exports['answer']) ? exports['answer'] : undefined;
    return {
      ...{ type: 'workflow', runWorkflow: found, history: history ?? 'messages', answer },
      ...{ handlers, models: [], warnings: [] },
    };
  }
  if (looksLikeAgent(found)) {
    const sdk = sdks.find(({ Agent: Class }) => found instanceof Class);
    const input = isInput(exports['input']) ? exports['input'] : undefined;
    const history = historyOwners.find((name) => name === exports['history']);
    if (history === undefined && exports['history'] !== undefined) {
      return `its \`history\` is none of ${historyOwners.join(', ')}`;
    }
    if (sdk !== undefined) return { type: 'agent', agent: found, sdk, handlers, input, history };
    return 'its Agent was made by a copy of @openai/agents that cannot be found from the module';
  }
  const names = Object.keys(exports).filter((name) => exports[name] !== undefined);
  const list = names.length === 0 ? 'nothing' : names.join(', ');
  return `it exports ${list}; wanted is ${wanted}`;
}

const sdkName = '@openai/agents';

/** The folder of the SDK that a file belongs to. */
function sdkFolder(file: string): string | null {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (!existsSync(manifest)) continue;
    const { name } = JSON.parse(readFileSync(manifest, 'utf8')) as { name?: string };
    if (name === sdkName) return folder;
  }
  return null;
}

/** The file that `import` loads from a package's folder. */
function importedFile(folder: string): string | null {
  const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    exports?: Record<string, { import?: string | { default?: string } }>;
  };
  const entry = exports?.['.']?.import;
  const path = typeof entry === 'string' ? entry : entry?.default;
  return path === undefined ? null : join(folder, path);
}

/** The SDK's file that `require` finds from a file; null when it finds none. */
function requiredFile(file: string): string | null {
  try {
    return createRequire(file).resolve(sdkName);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return null;
    throw error;
  }
}

/**
 * The copies of the SDK that a module may import: the service's own, and the one installed beside the module.
 * Each has defaults and a class of agents of its own.
 */
async function sdksFor(moduleFile: string, importModule: ImportModule): Promise<Sdk[]> {
  const own = await loadSdk();
  const required = requiredFile(moduleFile);
  const folder = required === null ? null : sdkFolder(required);
  const file = folder === null ? null : importedFile(folder);
  if (file === null) return [own];
  const sdk = (await importModule(pathToFileURL(file).href)) as Sdk;
  return sdk.Agent === own.Agent ? [own] : [own, sdk];
}

/** The copy that a CommonJS module has loaded with `require`; null if it has not. */
function requiredSdk(moduleFile: string): Sdk | null {
  const file = requiredFile(moduleFile);
  const require = createRequire(moduleFile);
  return file !== null && require.cache[file] !== undefined ? (require(file) as Sdk) : null;
}
