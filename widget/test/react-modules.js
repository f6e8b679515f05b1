import { build } from 'esbuild';

const address = '/__react.js';

/** What the component and its tests use of React's packages. */
const used = {
  react:
    'StrictMode, createElement, createRef, forwardRef, useEffect, useImperativeHandle, useLayoutEffect, useRef',
  'react/jsx-runtime': 'Fragment, jsx, jsxs',
  'react-dom/client': 'createRoot, hydrateRoot',
  'react-dom/server': 'renderToString',
};

/** They come as CommonJS only, and all have to share one React. */
async function bundle() {
  const contents = Object.entries(used).map(
    ([name, names]) => `export { ${names} } from '${name}';`,
  );
  const { outputFiles } = await build({
    stdin: { contents: contents.join('\n'), resolveDir: import.meta.dirname },
    bundle: true,
    write: false,
    format: 'esm',
    define: { 'process.env.NODE_ENV': '"development"' },
    logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
}

/**
 * Plugin of @web/test-runner: lets tests import React.
 *
 * @returns {import('@web/test-runner').TestRunnerPlugin}
 */
export function reactModules() {
  /** @type {Promise<string> | undefined} */
  let bundled;
  return {
    name: 'react-modules',
    resolveImport: ({ source }) => (source in used ? address : undefined),
    serve: async ({ path }) =>
      path === address ? { body: await (bundled ??= bundle()), type: 'js' } : undefined,
  };
}
