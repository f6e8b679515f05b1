import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { variables, type VariableName } from '../../variables.js';
import { parseFlags, UsageError } from '../arguments.js';
import { baseUrlOf, scriptTag } from '../banner.js';
import { EnvFile } from './env-file.js';
import type { Terminal } from './terminal.js';

export interface InitDependencies {
  /** The `.env`. */
  readonly path: string;
  readonly print: (line: string) => void;
  /** Null where nobody can be asked. */
  readonly terminal: Terminal | null;
}

type Values = Partial<Record<VariableName | 'OPENAI_API_KEY_FILE', string>>;

/** The variable that a flag sets. */
const flagVariables = {
  workflow: 'CHATKIT_WORKFLOW_ID',
  auth: 'AUTH',
  'public-url': 'PUBLIC_URL',
  'domain-key': 'CHATKIT_DOMAIN_KEY',
} as const satisfies Record<string, VariableName>;

const text = { type: 'string' } as const;
const flags = {
  origin: { type: 'string', multiple: true },
  'key-file': text,
  workflow: text,
  auth: text,
  'public-url': text,
  'domain-key': text,
  force: { type: 'boolean', default: false },
} as const;

/** What a variable takes, where it does not take this; null where it does. */
function objection(name: VariableName, value: string): string | null {
  try {
    variables[name].parse(value);
    return null;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return variables[name].takes;
  }
}

/** @throws {UsageError} when the file does not hold a key */
async function checkKeyFile(path: string): Promise<string> {
  const absolute = resolve(path);
  const key = await readFile(absolute, 'utf8').catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(`--key-file takes a file that can be read: ${path} (${code}).`);
  });
  if (objection('OPENAI_API_KEY', key.trim()) !== null) {
    throw new UsageError(`--key-file takes a file that holds a key and nothing else: ${path}.`);
  }
  return absolute;
}

interface InitArguments {
  readonly values: Values;
  readonly force: boolean;
}

/** @throws {UsageError} naming the flag that is wrong */
export async function parseInitArguments(args: readonly string[]): Promise<InitArguments> {
  const { origin, 'key-file': keyFile, force, ...others } = parseFlags(args, flags);
  const values: Values = {};
  for (const [flag, name] of Object.entries(flagVariables)) {
    const value = others[flag as keyof typeof flagVariables];
    if (value === undefined) continue;
    if (objection(name, value) !== null)
      throw new UsageError(`--${flag} takes ${variables[name].takes}.`);
    values[name] = value;
  }
  if (origin !== undefined) {
    const list = origin.join(',');
    if (objection('ALLOWED_ORIGINS', list) !== null) {
      throw new UsageError(
        '--origin takes an origin such as https://www.example.com, and may be repeated.',
      );
    }
    values.ALLOWED_ORIGINS = list;
  }
  if (keyFile !== undefined) values.OPENAI_API_KEY_FILE = await checkKeyFile(keyFile);
  return { values, force };
}

/** Asks until the answer is usable; an empty one is none. */
async function askFor(
  name: VariableName,
  ask: () => Promise<string>,
  print: (line: string) => void,
): Promise<string | undefined> {
  for (;;) {
    const answer = await ask();
    if (answer === '') return undefined;
    const takes = objection(name, answer);
    if (takes === null) return answer;
    print(`It takes ${takes}.`);
  }
}

/** Asks for what neither the file nor a flag has. */
async function askMissing(
  terminal: Terminal,
  isSet: (...names: (keyof Values)[]) => boolean,
  print: (line: string) => void,
): Promise<Values> {
  const values: Values = {};
  const add = async (name: VariableName, ask: () => Promise<string>) => {
    const answer = await askFor(name, ask, print);
    if (answer !== undefined) values[name] = answer;
  };
  if (!isSet('OPENAI_API_KEY', 'OPENAI_API_KEY_FILE')) {
    const question = 'OpenAI API key (not shown; empty to set it later): ';
    await add('OPENAI_API_KEY', () => terminal.askHidden(question));
  }
  if (!isSet('ALLOWED_ORIGINS')) {
    const question =
      'Origins of pages on other hosts, such as https://www.example.com (empty for none): ';
    await add('ALLOWED_ORIGINS', () => terminal.ask(question));
  }
  if (!isSet('AUTH')) {
    const question = `How users are known: ${variables.AUTH.takes} (anonymous): `;
    await add('AUTH', async () => (await terminal.ask(question)) || 'anonymous');
  }
  return values;
}

/** @throws {UsageError} when a value would be replaced */
function assertNothingLost(file: EnvFile, values: Values): void {
  const lost = Object.entries(values).filter(
    ([name, value]) => file.get(name) !== undefined && file.get(name) !== value,
  );
  const names = lost.map(([name]) => name).join(', ');
  if (names === '') return;
  throw new UsageError(`${file.path} sets ${names} already: --force replaces it.`);
}

/**
 * Writes a `.env` with a fresh `SESSION_SECRET`, and prints the tag for pages. What the file sets already stays,
 * unless `--force` replaces it.
 *
 * @throws {UsageError} when a flag is wrong, or a value would be replaced
 * @throws {ConfigError} when the file cannot be read or written
 */
export async function runInit(
  args: readonly string[],
  { path, print, terminal }: InitDependencies,
): Promise<void> {
  const { values: named, force } = await parseInitArguments(args);
  const file = await EnvFile.read(path);
  // A key and a file with one are refused.
  const isInFile = named.OPENAI_API_KEY_FILE !== undefined;
  const given =
    isInFile && file.get('OPENAI_API_KEY') !== undefined ? { ...named, OPENAI_API_KEY: '' } : named;
  if (!force) assertNothingLost(file, given);
  const isSet = (...names: (keyof Values)[]) =>
    names.some((name) => given[name] !== undefined || file.get(name) !== undefined);
  const asked = terminal === null ? {} : await askMissing(terminal, isSet, print);
  const hasSecret = ['SESSION_SECRET', 'SESSION_SECRET_FILE'].some(
    (name) => file.get(name) !== undefined,
  );
  const values: Values = {
    ...given,
    ...asked,
    ...(!hasSecret && { SESSION_SECRET: randomBytes(32).toString('base64url') }),
  };
  const result = file.with(values);
  await result.write();
  const names = Object.keys(values).join(', ');
  print(names === '' ? `${path} sets all of it already.` : `${path} now sets ${names}.`);
  print(next(result));
}

function next(file: EnvFile): string {
  const port = Number(file.get('PORT') ?? variables.PORT.fallback);
  const url = baseUrlOf({ publicUrl: file.get('PUBLIC_URL'), host: file.get('HOST') }, port);
  const hasKey = file.get('OPENAI_API_KEY') ?? file.get('OPENAI_API_KEY_FILE');
  const isLocal = file.get('PUBLIC_URL') === undefined;
  return [
    '',
    'Paste into your pages:',
    `  ${scriptTag(url)}`,
    ...(isLocal ? ['with the address of the service in the place of this machine’s.'] : []),
    '',
    ...(hasKey === undefined ? ['OPENAI_API_KEY is still missing.'] : []),
    'Next: taskpilot-chat doctor, then taskpilot-chat serve',
  ].join('\n');
}
