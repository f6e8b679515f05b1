import type { Config } from '../config.js';
import { createErrorSerializer } from '../logging/errors.js';
import { scrubSaid, type Log } from '../logging/request.js';
import { createScrub, secretsOf } from '../logging/scrub.js';

/** Where lines go; a logger of pino is one. */
export type LogTarget = Omit<Log, 'child'>;

const levels = ['error', 'warn', 'info'] as const;

/** A line of JSON each, as log collectors of the platforms read them. */
const consoleTarget: LogTarget = {
  error: (fields, message) => console.error(JSON.stringify({ level: 'error', message, ...fields })),
  warn: (fields, message) => console.warn(JSON.stringify({ level: 'warn', message, ...fields })),
  info: (fields, message) => console.info(JSON.stringify({ level: 'info', message, ...fields })),
};

/** A log of a handler: by `LOG_LEVEL`, and without secrets, whatever was logged. */
export function createHandlerLog(config: Config, target: LogTarget = consoleTarget): Log {
  const scrub = createScrub(secretsOf(config));
  const serializeError = createErrorSerializer(scrubSaid(scrub));
  const isOn = (level: (typeof levels)[number]): boolean => {
    const least = levels.findIndex((name) => name === config.logLevel);
    // Everything below info is more than there is; everything above error is nothing.
    if (least === -1) return ['debug', 'trace'].includes(config.logLevel);
    return levels.indexOf(level) <= least;
  };
  const withFields = (own: object): Log => {
    const write = (level: (typeof levels)[number]) => (fields: object, message: string) => {
      if (!isOn(level)) return;
      const all: Readonly<Record<string, unknown>> = { ...own, ...fields };
      const { err, ...others } = all;
      const told = err === undefined ? others : { ...others, err: serializeError(err) };
      target[level](JSON.parse(scrub(JSON.stringify(told))) as object, scrub(message));
    };
    return {
      error: write('error'),
      warn: write('warn'),
      info: write('info'),
      child: (fields) => withFields({ ...own, ...fields }),
    };
  };
  return withFields({});
}
