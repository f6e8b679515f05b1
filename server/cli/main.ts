#!/usr/bin/env node
import { closestTo } from '../closest.js';
import { readConfig } from '../config.js';
import { loadEnvironment } from '../environment.js';
import { failureLines } from '../start-failure.js';
import { version } from '../version.js';
import { UsageError } from './arguments.js';
import { usage } from './usage.js';

const readEnvironment = () => readConfig(loadEnvironment().env);

interface Command {
  readonly help: () => string | Promise<string>;
  readonly run: (args: readonly string[]) => Promise<void>;
}

/** Each loads what it needs itself: the whole service takes a second. */
const commands: Readonly<Record<string, Command>> = {
  init: {
    help: usage.init,
    run: async (args) => {
      const { runInit } = await import('./init/init.js');
      const { openTerminal } = await import('./init/terminal.js');
      const terminal = process.stdin.isTTY ? openTerminal(process.stdin, process.stdout) : null;
      try {
        await runInit(args, { path: '.env', print: console.log, terminal });
      } finally {
        terminal?.close();
      }
    },
  },
  serve: {
    help: usage.serve,
    run: async (args) => {
      const { runServe } = await import('./serve.js');
      await runServe(args);
    },
  },
  doctor: {
    help: usage.doctor,
    run: async (args) => {
      const { runDoctor } = await import('./doctor/doctor.js');
      // What an operator's module leaves alone would end the process before the findings are printed.
      process.on('unhandledRejection', () => {
        console.error('A promise was rejected, and nothing handled it: see AGENT_MODULE.');
      });
      const isWell = await runDoctor(args, { print: console.log });
      // What an operator's module has left running would keep the process.
      process.exit(isWell ? 0 : 1);
    },
  },
  forget: {
    help: usage.forget,
    run: async (args) => {
      const { runForget } = await import('./forget.js');
      await runForget(args, { config: readEnvironment(), print: console.log });
    },
  },
  export: {
    help: usage.export,
    run: async (args) => {
      const { runExport } = await import('./export.js');
      const config = readEnvironment();
      await runExport(args, { config, output: process.stdout, print: console.error });
    },
  },
  sandbox: {
    help: async () => (await import('./sandbox.js')).sandboxUsage(),
    run: async (args) => (await import('./sandbox.js')).runSandbox(args),
  },
};

function commandOf(name: string): Command {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command !== undefined) return command;
  const near = closestTo(name, Object.keys(commands));
  const hint = near === undefined ? '' : ` Did you mean ${near}?`;
  throw new UsageError(`There is no command “${name}”.${hint}`);
}

const isHelp = (argument: string): boolean => ['--help', '-h'].includes(argument);

async function run([name = 'help', ...args]: readonly string[]): Promise<void> {
  if (name === 'help' && args[0] !== undefined) console.log(await commandOf(args[0]).help());
  else if (name === 'help' || isHelp(name)) console.log(usage.all);
  else if (name === '--version' || name === '-v') console.log(version);
  else if (args.some(isHelp)) console.log(await commandOf(name).help());
  else await commandOf(name).run(args);
}

/** The code of a failure that the documentation explains. */
function codeOf(error: unknown): string {
  const { name, code } = error as { name?: unknown; code?: unknown };
  return name === 'StorageError' || name === 'ControlError' ? ` (${String(code)})` : '';
}

try {
  await run(process.argv.slice(2));
} catch (error) {
  console.error(failureLines((error as Error).message) + codeOf(error));
  if (error instanceof UsageError) console.error(`\n${usage.all}`);
  process.exit(error instanceof UsageError ? 2 : 1);
}
