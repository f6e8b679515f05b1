import { chmod, cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build as bundle } from 'esbuild';
import { root, run } from './run.js';

// `npm run build` runs this when something has changed since the last build, and removes what was made from deleted files.

/** Says what is done, and how long it has taken. */
async function step(/** @type {string} */ name, /** @type {() => Promise<unknown>} */ action) {
  console.log(`${name} …`);
  const start = performance.now();
  await action();
  console.log(`${name}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
}

const copy = (/** @type {string} */ from, /** @type {string} */ to) =>
  cp(join(root, from), join(root, to), { recursive: true });

/** The example pages are served as they lie in the repository; only the React one needs a bundle. */
async function copyPages() {
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
}

const built = join(root, 'widget/dist');

/** The service hands out these files as they are: compressing at the highest level costs only here. */
async function serve(/** @type {string} */ path) {
  const script = await readFile(path);
  const brotli = brotliCompressSync(script, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_SIZE_HINT]: script.length,
    },
  });
  const served = join(root, 'server/dist/public', relative(built, path));
  await mkdir(dirname(served), { recursive: true });
  await Promise.all([
    writeFile(served, script),
    writeFile(`${served}.br`, brotli),
    writeFile(`${served}.gz`, gzipSync(script, { level: 9 })),
  ]);
  return `${script.length} bytes, ${brotli.length} bytes brotli`;
}

await step('Compiling TypeScript', async () => {
  await run('tsc', ['--build', 'widget', 'server', 'server/admin/page', 'sandbox', 'examples']);
  await chmod(join(root, 'server/dist/cli/main.js'), 0o755);
});
await step('Bundling the script, making the manifest', () =>
  Promise.all([
    run('rollup', ['--config', 'rollup.config.mjs', '--silent']),
    // In the folder of the package, whose name and version go into the editor data.
    run('cem', ['analyze', '--quiet'], {}, join(root, 'widget')),
  ]),
);
await step('Copying and compressing what is served', async () => {
  await copyPages();
  const languages = await readdir(join(built, 'taskpilot-chat'));
  await Promise.all(languages.map((name) => serve(join(built, 'taskpilot-chat', name))));
  console.log(`widget/dist/taskpilot-chat.js: ${await serve(join(built, 'taskpilot-chat.js'))}`);
});
