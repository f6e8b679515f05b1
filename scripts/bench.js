import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './run.js';

// Benchmarks measure what was built; they build only what is missing.
if (!existsSync(join(root, 'widget/dist/taskpilot-chat.js')))
  await run('npm', ['run', '--silent', 'build']);
await run('vitest', ['run', '--project', 'bench', ...process.argv.slice(2)]);
