import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Most tests wait for sockets and databases; one worker less than cores is one of two here.
    maxWorkers: '100%',
    projects: [
      {
        test: {
          name: 'node',
          include: [
            'server/**/*.test.ts',
            'sandbox/**/*.test.ts',
            'cli/**/*.test.ts',
            'examples/**/*.test.ts',
            'scripts/**/*.test.ts',
          ],
          testTimeout: 15_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['e2e/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'bench',
          include: ['benchmarks/**/*.test.ts'],
          hookTimeout: 60_000,
          fileParallelism: false,
          disableConsoleIntercept: true,
        },
      },
    ],
  },
});
