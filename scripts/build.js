import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { root, run } from './run.js';

const dist = (/** @type {string} */ name) => join(root, 'dist', name);

await rm(dist(''), { recursive: true, force: true });

await Promise.all([
  run('tsc', ['-p', 'tsconfig.widget.build.json']),
  run('tsc', ['-p', 'tsconfig.node.build.json']),
  run('rollup', ['--config', 'rollup.config.js', '--silent']),
  run('cem', ['analyze', '--config', 'custom-elements-manifest.config.js', '--quiet']),
]);

// The service hands out these files as they are: compressing at the highest level costs only here.
const script = await readFile(dist('taskpilot-chat.js'));
const brotli = brotliCompressSync(script, {
  params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: script.length },
});
await writeFile(dist('taskpilot-chat.js.br'), brotli);
await writeFile(dist('taskpilot-chat.js.gz'), gzipSync(script, { level: 9 }));
await chmod(dist('cli/main.js'), 0o755);

console.log(`dist/taskpilot-chat.js: ${script.length} bytes, ${brotli.length} bytes brotli`);
