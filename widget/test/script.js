import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { build, transform } from 'esbuild';
import { around, languages } from '../../rollup.config.mjs';

/** As rollup.config.mjs has it. */
const besideScript = {
  name: 'beside-script',
  /** @param {import('esbuild').PluginBuild} bundle */
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/modules\.js$/ }, ({ resolveDir }) => ({
      path: `${resolveDir}/beside-script.ts`,
    }));
  },
};

/** The one script as a classic script, made from the sources. */
async function bundle() {
  const { outputFiles } = await build({
    entryPoints: [`${import.meta.dirname}/../define.ts`],
    tsconfig: `${import.meta.dirname}/../tsconfig.json`,
    conditions: ['browser'],
    // Side effects are declared for dist/ only.
    ignoreAnnotations: true,
    plugins: [besideScript],
    bundle: true,
    write: false,
    format: 'esm',
    logLevel: 'silent',
  });
  return `(() => { ${around.intro} ${outputFiles[0]?.text ?? ''} ${around.outro} })();`;
}

/** What the one script fetches for a language. */
async function texts(/** @type {string} */ language) {
  const source = await readFile(`${import.meta.dirname}/../strings/${language}.ts`);
  return (await transform(source, { loader: 'ts' })).code;
}

/**
 * Plugin of @web/test-runner: serves the one script under `/taskpilot-chat.js`, and its languages beside it, so that tests
 * need no build.
 *
 * @returns {import('@web/test-runner').TestRunnerPlugin}
 */
export function oneScript() {
  /** @type {Promise<string> | undefined} */
  let bundled;
  return {
    name: 'one-script',
    serve: async ({ path }) => {
      const language = basename(path, '.js');
      if (path === '/taskpilot-chat.js') return { body: await (bundled ??= bundle()), type: 'js' };
      if (path === `/taskpilot-chat/${language}.js` && languages.includes(language)) {
        return { body: await texts(language), type: 'js' };
      }
      return undefined;
    },
  };
}
