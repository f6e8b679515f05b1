import { run } from './run.js';

// What publint and "are the types wrong?" say of the packages as they would be published.
for (const name of ['widget', 'server', 'sandbox']) {
  await run('publint', ['--strict', name]);
  // The one classic script has nothing to import.
  const script = ['--exclude-entrypoints', 'taskpilot-chat.js'];
  await run('attw', ['--pack', name, '--profile', 'esm-only', '--quiet', ...script]);
}
