#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { serve, startFailure } from '../serve.js';
import { runForget } from './forget.js';
import { runSandbox } from './sandbox.js';
import { usage, UsageError } from './usage.js';

/** The version in this package's package.json, seen from `dist/cli`. */
function version(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

async function run([command, ...rest]: readonly string[]): Promise<void> {
  if (command === undefined || command === '--help' || command === '-h' || command === 'help') {
    console.log(usage.all);
  } else if (command === '--version' || command === '-v') {
    console.log(version());
  } else if (command === 'serve' || command === 'sandbox' || command === 'forget') {
    const help = rest.includes('--help') || rest.includes('-h');
    if (command === 'sandbox') await runSandbox(rest, help);
    else if (help) console.log(usage[command]());
    else if (command === 'forget') await runForget(rest);
    else if (rest[0] !== undefined) {
      throw new UsageError(`serve takes no “${rest[0]}”: it is configured by its environment.`);
    } else await serve();
  } else {
    throw new UsageError(`There is no command “${command}”.`);
  }
}

try {
  await run(process.argv.slice(2));
} catch (error) {
  console.error(`taskpilot-chat: ${startFailure(error)}`);
  if (error instanceof UsageError) console.error(`\n${usage.all}`);
  process.exit(error instanceof UsageError ? 2 : 1);
}
