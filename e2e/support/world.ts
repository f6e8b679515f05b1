import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';
import { buildExamples } from '../../examples/app.js';
import { startSandbox, type Sandbox, type SandboxOptions } from '@taskpilot-chat/sandbox';
import { MemoryStore, readConfig, type AppDependencies } from '@taskpilot-chat/server';

/** A file of the build. The journeys run over the build, not over the sources. */
export const built = (path: string): string =>
  fileURLToPath(new URL(`../../${path}`, import.meta.url));

export interface World {
  /** Where the pages are, without a slash at the end. */
  readonly url: string;
  readonly app: FastifyInstance;
  readonly sandbox: Sandbox;
  /** What the service has logged so far, a line each. */
  readonly log: readonly string[];
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Options for a new sandbox, or a running one, which `close()` leaves running. */
  readonly sandbox?: SandboxOptions | Sandbox;
  /** 0, the default, takes a free one. */
  readonly port?: number;
  readonly dependencies?: AppDependencies;
  /** Adds pages to the service before it listens; a page that a browser's route fulfils may not load from localhost. */
  readonly prepare?: (app: FastifyInstance, sandbox: Sandbox) => void;
}

const isRunning = (sandbox: SandboxOptions | Sandbox | undefined): sandbox is Sandbox =>
  sandbox !== undefined && 'close' in sandbox;

/** A sandbox with what `npm run build` made. */
export const startBuiltSandbox = (options: SandboxOptions = {}): Promise<Sandbox> =>
  startSandbox({ publicFolder: built('sandbox/dist/public'), wordDelayMs: 2, ...options });

/**
 * The running service with the example pages, and the sandbox in OpenAI's place, on free ports. Without a
 * `DATA_DIR` it forgets its threads when it closes.
 */
export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const { env = {} } = options;
  const sandbox = isRunning(options.sandbox)
    ? options.sandbox
    : await startBuiltSandbox(options.sandbox);
  const log: string[] = [];
  const app = await buildExamples({
    config: readConfig({
      SESSION_SECRET: 'a-secret-for-journeys-only-0123456789',
      RATE_LIMIT_PER_MINUTE: '1000',
      LOG_LEVEL: 'trace',
      ...env,
    }),
    sandbox,
    dependencies: {
      assets: built('server/dist/public'),
      logStream: { write: (line) => void log.push(line) },
      ...(env['DATA_DIR'] === undefined && { store: new MemoryStore() }),
      ...options.dependencies,
    },
  });
  options.prepare?.(app, sandbox);
  const address = await app.listen({ port: options.port ?? 0, host: 'localhost' });
  return {
    url: `http://localhost:${new URL(address).port}`,
    app,
    sandbox,
    log,
    close: async () => {
      await app.close();
      if (sandbox !== options.sandbox) await sandbox.close();
    },
  };
}
