import { withPostgres } from './postgres.js';
import { run } from './run.js';

/** Everything that must hold, cheapest first, so that a mistake is told early. */
const steps = [
  ['Build', () => run('node', ['scripts/build.js'])],
  ['Types', () => run('tsc', ['--build'])],
  ['Lint', () => run('eslint', ['.'])],
  ['Format', () => run('prettier', ['--check', '--log-level', 'warn', '.'])],
  [
    'Server, sandbox and scripts',
    () => withPostgres((env) => run('vitest', ['run', '--project', 'node'], env)),
  ],
  ['Widget, in a browser', () => run('wtr')],
  [
    'Visitors at once',
    () => run('vitest', ['run', '--project', 'bench', 'benchmarks/concurrency.test.ts']),
  ],
  ['Journeys, in a browser', () => run('vitest', ['run', '--project', 'e2e'])],
];

for (const [name, step] of steps) {
  console.log(`\n# ${name}`);
  const start = performance.now();
  await step();
  console.log(`# ${name}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
}
