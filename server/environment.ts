import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { ConfigError } from './config.js';
import { variables } from './variables.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** What `.env` says; nothing where there is none. */
function readEnvFile(file: string): Environment {
  try {
    // Some editors begin a file with a byte order mark, which would become a part of the first name.
    return parseEnv(readFileSync(file, 'utf8').replace(/^\uFEFF/, ''));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new ConfigError(`${file} cannot be read.`);
  }
}

/** Values that are kept in files of their own, such as secrets of Docker and Kubernetes and credentials of systemd. */
function readValueFiles(env: Environment): Environment {
  const values: Record<string, string> = {};
  for (const name of Object.keys(variables)) {
    const path = env[`${name}_FILE`];
    if (!path) continue;
    if (env[name]) throw new ConfigError(`${name} and ${name}_FILE are both set: set one of them.`);
    try {
      values[name] = readFileSync(path, 'utf8').trim();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new ConfigError(`${name}_FILE takes a file that can be read: ${path} (${code}).`);
    }
  }
  return values;
}

/**
 * The environment with `.env` under it, and with the contents of the files that `NAME_FILE` names for the variable
 * `NAME`. A shell's key that hides another one in `.env` is a known trap: the key of another project gets 404 for the
 * workflow.
 *
 * @throws {ConfigError} when a file cannot be read, or a variable has both a value and a file
 */
export function loadEnvironment(
  env: Environment = process.env,
  file = '.env',
): { env: Environment; warnings: readonly string[] } {
  const fromFile = readEnvFile(file);
  const hidden = Object.keys(fromFile).filter(
    (name) => name in variables && env[name] && env[name] !== fromFile[name],
  );
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value));
  const merged = { ...fromFile, ...set };
  return {
    env: { ...merged, ...readValueFiles(merged) },
    warnings: hidden.map((name) => `${name} of the environment hides another one in ${file}.`),
  };
}

/** Hands the `OTEL_*` of `.env` and of files on to OpenTelemetry's packages, which read the environment themselves. */
export function exportOtelVariables(env: Environment): void {
  for (const [name, value] of Object.entries(env)) {
    if (name.startsWith('OTEL_') && value) process.env[name] = value;
  }
}
