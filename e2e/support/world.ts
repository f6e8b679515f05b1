import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';
import { buildExamples } from '../../examples/app.js';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../sandbox/index.js';
import { readConfig } from '../../server/index.js';

/** What `npm run build` made: the journeys run over it, not over the sources. */
export const dist = fileURLToPath(new URL('../../dist/', import.meta.url));

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
  readonly sandbox?: SandboxOptions;
  /** Adds pages to the service before it listens; a page that a browser's route fulfils may not load from localhost. */
  readonly prepare?: (app: FastifyInstance, sandbox: Sandbox) => void;
}

/** The running service with the example pages, and the sandbox in OpenAI's place, on free ports. */
export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const sandbox = await startSandbox({
    publicFolder: `${dist}sandbox/public`,
    wordDelayMs: 2,
    ...options.sandbox,
  });
  const log: string[] = [];
  const app = await buildExamples({
    config: readConfig({
      SESSION_SECRET: 'a-secret-for-journeys-only-0123456789',
      RATE_LIMIT_PER_MINUTE: '1000',
      LOG_LEVEL: 'trace',
      ...options.env,
    }),
    sandbox,
    dependencies: { assets: dist, logStream: { write: (line) => void log.push(line) } },
  });
  options.prepare?.(app, sandbox);
  const address = await app.listen({ port: 0, host: 'localhost' });
  return {
    url: `http://localhost:${new URL(address).port}`,
    app,
    sandbox,
    log,
    close: async () => {
      await app.close();
      await sandbox.close();
    },
  };
}
