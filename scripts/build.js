import { chmod, cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build as bundle } from 'esbuild';
import { root, run } from './run.js';

const dist = (/** @type {string} */ name) => join(root, 'dist', name);

await rm(dist(''), { recursive: true, force: true });

await Promise.all([
  run('tsc', ['-p', 'tsconfig.widget.build.json']),
  run('tsc', ['-p', 'tsconfig.node.build.json']),
  run('rollup', ['--config', 'rollup.config.js', '--silent']),
  run('cem', ['analyze', '--config', 'custom-elements-manifest.config.js', '--quiet']),
]);

// The example pages are served as they lie in the repository; only the React one needs a bundle. It takes
// `taskpilot-chat/session` from this package's exports, as an application would.
await Promise.all(
  ['pages', 'public'].map((folder) =>
    cp(join(root, 'examples', folder), dist(`examples/${folder}`), { recursive: true }),
  ),
);
await cp(join(root, 'sandbox/browser/static'), dist('sandbox/public'), { recursive: true });
await bundle({
  entryPoints: [join(root, 'examples/react/main.tsx')],
  outfile: dist('examples/public/react.js'),
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
const script = await readFile(dist('taskpilot-chat.js'));
const brotli = brotliCompressSync(script, {
  params: {
    [constants.BROTLI_PARAM_QUALITY]: 11,
    [constants.BROTLI_PARAM_SIZE_HINT]: script.length,
  },
});
await writeFile(dist('taskpilot-chat.js.br'), brotli);
await writeFile(dist('taskpilot-chat.js.gz'), gzipSync(script, { level: 9 }));
await chmod(dist('cli/main.js'), 0o755);

console.log(`dist/taskpilot-chat.js: ${script.length} bytes, ${brotli.length} bytes brotli`);
