import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { pino } from 'pino';
import type { Config } from '../config.js';
import { loggerOptions } from './logger.js';

/** Whether a log says nothing: that of an application without a logger has the same empty function for every level. */
const isMute = ({ error, trace }: Pick<FastifyBaseLogger, 'error' | 'trace'>): boolean =>
  error === trace;

/**
 * Gives the scope of a plugin a log of its own where the application has none: warnings and errors, on standard error,
 * each with its request. Otherwise nobody would ever learn why a chat does not answer.
 *
 * @returns whether the scope has got its own
 */
export function logErrors(
  scope: FastifyInstance,
  config: Config,
  stream: { write(line: string): void } = process.stderr,
): boolean {
  if (!isMute(scope.log)) return false;
  const isQuiet = ['silent', 'fatal', 'error'].includes(config.logLevel);
  const options = loggerOptions(
    { ...config, logLevel: isQuiet ? config.logLevel : 'warn' },
    stream,
  );
  const log = pino(options, stream);
  scope.log = log;
  scope.setChildLoggerFactory((_logger, bindings, childOptions, { method, url }) =>
    log.child({ ...bindings, method, path: url?.split('?')[0] }, childOptions),
  );
  return true;
}
