import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { ConfigError, variables } from './config.js';

/**
 * The environment with `.env` under it. A shell's key that hides another one in `.env` is a known trap: the
 * key of another project gets 404 for the workflow.
 *
 * @throws {ConfigError} when `.env` cannot be read
 */
export function loadEnvironment(
  env: Readonly<Record<string, string | undefined>> = process.env,
  file = '.env',
): { env: Readonly<Record<string, string | undefined>>; warnings: readonly string[] } {
  let contents: string;
  try {
    contents = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { env, warnings: [] };
    throw new ConfigError(`${file} cannot be read.`);
  }
  // Some editors begin a file with a byte order mark, which would become a part of the first name.
  const fromFile = parseEnv(contents.replace(/^\uFEFF/, ''));
  const hidden = Object.keys(fromFile).filter(
    (name) => name in variables && env[name] && env[name] !== fromFile[name],
  );
  return {
    env: { ...fromFile, ...Object.fromEntries(Object.entries(env).filter(([, value]) => value)) },
    warnings: hidden.map((name) => `${name} of the environment hides another one in ${file}.`),
  };
}
