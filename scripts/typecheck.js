import { run } from './run.js';

for (const area of ['widget', 'node', 'browser', 'e2e']) {
  await run('tsc', ['-p', `tsconfig.${area}.json`]);
}
