import type { FastifyLoggerOptions } from 'fastify';
import pretty from 'pino-pretty';
import type { Config } from '../config.js';
import { createErrorSerializer } from './errors.js';
import { scrubSaid } from './request.js';
import { createScrub, secretsOf } from './scrub.js';

/** Where log lines go. */
export interface LogStream {
  write(line: string): void;
}

/** The log of the whole service: JSON lines, or lines for people where standard output is a terminal. */
export function loggerOptions(
  config: Config,
  stream: LogStream | undefined = process.stdout.isTTY
    ? pretty({ ignore: 'pid,hostname', translateTime: 'HH:MM:ss', singleLine: true })
    : undefined,
): FastifyLoggerOptions & { redact: string[]; hooks: { streamWrite: (line: string) => string } } {
  const scrub = createScrub(secretsOf(config));
  return {
    level: config.logLevel,
    ...(stream !== undefined && { stream }),
    redact: ['req.headers', 'res.headers', '*.authorization', '*.cookie', '*.client_secret'],
    serializers: {
      // Query strings may hold what a page's author should not have put there.
      req: (request: { method: string; url: string }) => ({
        method: request.method,
        path: request.url.split('?')[0],
      }),
      err: createErrorSerializer(scrubSaid(scrub)),
    },
    // Whatever was logged, in whichever field.
    hooks: { streamWrite: scrub },
  };
}
