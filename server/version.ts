import { createRequire } from 'node:module';

/** The version of this package; found by its name, wherever the service is bundled to. */
export const { version } = createRequire(import.meta.url)(
  '@taskpilot-chat/server/package.json',
) as { version: string };
