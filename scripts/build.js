import { chmod, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build as bundle } from 'esbuild';
import { root, run } from './run.js';

const packages = ['widget', 'server', 'sandbox', 'examples'];
const copy = (/** @type {string} */ from, /** @type {string} */ to) =>
  cp(join(root, from), join(root, to), { recursive: true });

await Promise.all(
  packages.map((name) => rm(join(root, name, 'dist'), { recursive: true, force: true })),
);
await run('tsc', ['--build', ...packages]);
await Promise.all([
  run('rollup', ['--config', 'rollup.config.mjs', '--silent']),
  run('cem', ['analyze', '--config', 'custom-elements-manifest.config.js', '--quiet']),
]);

// The example pages are served as they lie in the repository; only the React one needs a bundle.
await Promise.all([
  copy('examples/pages', 'examples/dist/pages'),
  copy('examples/public', 'examples/dist/public'),
  copy('sandbox/frame/static', 'sandbox/dist/public'),
]);
await bundle({
  entryPoints: [join(root, 'examples/react/main.tsx')],
  outfile: join(root, 'examples/dist/public/react.js'),
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  jsx: 'automatic',
  tsconfigRaw: {},
  define: { 'process.env.NODE_ENV': '"production"' },
  logLevel: 'warning',
});

// The service hands out these files as they are: compressing at the highest level costs only here.
const script = await readFile(join(root, 'widget/dist/taskpilot-chat.js'));
const brotli = brotliCompressSync(script, {
  params: {
    [constants.BROTLI_PARAM_QUALITY]: 11,
    [constants.BROTLI_PARAM_SIZE_HINT]: script.length,
  },
});
const served = join(root, 'server/dist/public');
await mkdir(served, { recursive: true });
await Promise.all([
  writeFile(join(served, 'taskpilot-chat.js'), script),
  writeFile(join(served, 'taskpilot-chat.js.br'), brotli),
  writeFile(join(served, 'taskpilot-chat.js.gz'), gzipSync(script, { level: 9 })),
  chmod(join(root, 'server/dist/cli/main.js'), 0o755),
]);

console.log(`widget/dist/taskpilot-chat.js: ${script.length} bytes, ${brotli.length} bytes brotli`);
