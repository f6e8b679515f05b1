import { build } from 'esbuild';
import { around } from '../../rollup.config.mjs';

/** The one script as a classic script, made from the sources. */
async function bundle() {
  const { outputFiles } = await build({
    entryPoints: [`${import.meta.dirname}/../define.ts`],
    tsconfig: `${import.meta.dirname}/../tsconfig.json`,
    conditions: ['browser'],
    // Side effects are declared for dist/ only.
    ignoreAnnotations: true,
    bundle: true,
    write: false,
    format: 'esm',
    logLevel: 'silent',
  });
  return `(() => { ${around.intro} ${outputFiles[0]?.text ?? ''} ${around.outro} })();`;
}

/**
 * Plugin of @web/test-runner: serves the one script under `/taskpilot-chat.js`, so that tests need no build.
 *
 * @returns {import('@web/test-runner').TestRunnerPlugin}
 */
export function oneScript() {
  /** @type {Promise<string> | undefined} */
  let bundled;
  return {
    name: 'one-script',
    serve: async ({ path }) =>
      path === '/taskpilot-chat.js'
        ? { body: await (bundled ??= bundle()), type: 'js' }
        : undefined,
  };
}
