import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Runs a command of this package (node_modules/.bin first), with this terminal as its output.
 *
 * @param {string} command
 * @param {string[]} [args]
 * @param {NodeJS.ProcessEnv} [env] added to the environment
 * @param {string} [cwd]
 * @returns {Promise<void>}
 * @throws {Error} when the command ends with another code than 0
 */
export function run(command, args = [], env = {}, cwd = root) {
  const path = [join(root, 'node_modules', '.bin'), process.env['PATH']].join(delimiter);
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      stdio: 'inherit',
      env: { ...process.env, ...env, PATH: path },
      shell: process.platform === 'win32',
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${command} ${args.join(' ')} ended with ${signal ?? `code ${code}`}`));
    });
  });
}
