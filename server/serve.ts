import closeWithGrace from 'close-with-grace';
import { buildApp } from './app.js';
import { loadEnvironment, readConfig } from './config.js';

/** Reads the environment, listens, and closes gracefully on SIGTERM or SIGINT. */
export async function serve(): Promise<void> {
  const { env, warnings } = loadEnvironment();
  const config = readConfig(env);
  const app = await buildApp(config);
  for (const warning of [...warnings, ...config.warnings]) app.log.warn(warning);
  closeWithGrace({ delay: 10_000 }, async ({ err }) => {
    if (err) app.log.error({ err }, 'The service fails and closes.');
    await app.close();
  });
  await app.listen({ port: config.port, host: config.host });
}

/** What is told of a start that failed: one line. */
export function startFailure(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return 'PORT is taken by another program: choose another one.';
  if (code === 'EACCES') return 'PORT may not be used by this account: choose one above 1023.';
  return message;
}
