import { run } from './run.js';

/** Everything that must hold, cheapest first, so that a mistake is told early. */
const steps = [
  ['Build', () => run('npm', ['run', '--silent', 'build'])],
  ['Types', () => run('tsc', ['--build'])],
  ['Server, sandbox and scripts', () => run('vitest', ['run', '--project', 'node'])],
  ['Widget, in a browser', () => run('wtr')],
  [
    'Visitors at once',
    () => run('vitest', ['run', '--project', 'bench', 'benchmarks/concurrency.test.ts']),
  ],
  ['Journeys, in a browser', () => run('vitest', ['run', '--project', 'e2e'])],
];

if (!process.env['TEST_DATABASE_URL'])
  console.log('TEST_DATABASE_URL is not set: tests with a PostgreSQL server are skipped.');
if (!process.env['TEST_REDIS_URL'])
  console.log('TEST_REDIS_URL is not set: tests with a Redis are skipped.');
for (const [name, step] of steps) {
  console.log(`\n# ${name}`);
  const start = performance.now();
  await step();
  console.log(`# ${name}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
}
