/** URL of the Redis that tests use. Without it they are skipped, with the reason in their title. */
export const testRedis = process.env['TEST_REDIS_URL'];
export const skippedWithoutRedis =
  testRedis === undefined ? ' (skipped: TEST_REDIS_URL is not set)' : '';
