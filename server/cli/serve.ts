import { serve } from '../serve.js';
import { startFailure } from '../start-failure.js';
import { UsageError } from './arguments.js';
import { banner } from './banner.js';

/**
 * Runs the service, and shows the banner when it listens.
 *
 * @throws {UsageError} when the command line is not empty
 * @throws {Error} with what has failed at the start, for the operator
 */
export async function runServe([argument]: readonly string[]): Promise<void> {
  if (argument !== undefined) {
    throw new UsageError(`serve takes no “${argument}”: it is configured by its environment.`);
  }
  try {
    // Standard output belongs to the log.
    await serve(({ config, port, missing }) => console.error(banner(config, port, missing)));
  } catch (error) {
    throw new Error(startFailure(error), { cause: error });
  }
}
