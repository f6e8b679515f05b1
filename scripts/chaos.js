import { parseArgs } from 'node:util';
import { run } from './run.js';

// Vitest takes no options of others: the length of the run goes to the test through the environment.
const { values } = parseArgs({
  options: { minutes: { type: 'string', default: process.env['CHAOS_MINUTES'] ?? '1' } },
});
if (!(Number(values.minutes) > 0)) throw new Error('--minutes takes a number above 0.');
await run('npm', ['run', '--silent', 'build']);
await run('vitest', ['run', '--project', 'chaos'], { CHAOS_MINUTES: values.minutes });
