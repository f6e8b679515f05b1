#!/usr/bin/env node
import { closestTo } from '../closest.js';
import { loadEnvironment, readConfig } from '../config.js';
import { ControlError } from '../control/control-client.js';
import { failureLines, serve } from '../serve.js';
import { StorageError } from '../storage/index.js';
import { version } from '../version.js';
import { UsageError } from './arguments.js';
import { banner } from './banner.js';
import { runDoctor } from './doctor/doctor.js';
import { runExport } from './export.js';
import { runForget } from './forget.js';
import { runInit } from './init/init.js';
import { openTerminal } from './init/terminal.js';
import { runSandbox, sandboxUsage } from './sandbox.js';
import { usage } from './usage.js';

const readEnvironment = () => readConfig(loadEnvironment().env);

interface Command {
  readonly help: () => string | Promise<string>;
  readonly run: (args: readonly string[]) => Promise<void>;
}

const commands: Readonly<Record<string, Command>> = {
  serve: {
    help: usage.serve,
    run: async ([argument]) => {
      if (argument !== undefined) {
        throw new UsageError(`serve takes no “${argument}”: it is configured by its environment.`);
      }
      // Standard output belongs to the log.
      await serve(({ config, port, missing }) => console.error(banner(config, port, missing)));
    },
  },
  init: {
    help: usage.init,
    run: async (args) => {
      const terminal = process.stdin.isTTY ? openTerminal(process.stdin, process.stdout) : null;
      try {
        await runInit(args, { path: '.env', print: console.log, terminal });
      } finally {
        terminal?.close();
      }
    },
  },
  doctor: {
    help: usage.doctor,
    run: async (args) => {
      const isWell = await runDoctor(args, { print: console.log });
      // What an operator's module has left running would keep the process.
      process.exit(isWell ? 0 : 1);
    },
  },
  forget: {
    help: usage.forget,
    run: (args) => runForget(args, { config: readEnvironment(), print: console.log }),
  },
  export: {
    help: usage.export,
    run: (args) =>
      runExport(args, {
        config: readEnvironment(),
        output: process.stdout,
        print: console.error,
      }),
  },
  sandbox: { help: sandboxUsage, run: runSandbox },
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

/** The code of a failure that docs/storage.md explains. */
function codeOf(error: unknown): string {
  const named = error instanceof StorageError || error instanceof ControlError;
  return named ? ` (${error.code})` : '';
}

try {
  await run(process.argv.slice(2));
} catch (error) {
  console.error(failureLines(error) + codeOf(error));
  if (error instanceof UsageError) console.error(`\n${usage.all}`);
  process.exit(error instanceof UsageError ? 2 : 1);
}
