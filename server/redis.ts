import { Redis } from 'ioredis';
import { withTimeout } from './chatkit/async.js';

/** Before every key of this program; the Redis can be shared with others. */
export const redisPrefix = 'taskpilot-chat:';

/** How long a start waits for the first connection, in milliseconds. */
const firstConnectionMs = 1000;

/**
 * Connects to Redis. Commands fail within milliseconds while there is no connection. One that takes commands and answers
 * none is given up after `socketTimeout`, so that only the first commands wait for it. Connects again by itself.
 *
 * @param onError receives the first error of each outage
 */
export async function connectRedis(url: string, onError: (error: Error) => void): Promise<Redis> {
  const redis = new Redis(url, {
    connectTimeout: 500,
    commandTimeout: 500,
    socketTimeout: 500,
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    retryStrategy: (attempt) => Math.min(attempt * 100, 2000),
  });
  let reported = false;
  redis.on('error', (error: Error) => {
    if (!reported) onError(error);
    reported = true;
  });
  redis.on('ready', () => {
    reported = false;
  });
  const connected = new Promise<void>((resolve) => {
    redis.once('ready', resolve);
    redis.once('close', resolve);
  });
  await withTimeout(connected, firstConnectionMs, () => undefined);
  return redis;
}
