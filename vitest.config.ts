import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    // Tests run over the sources of the workspace's packages, not over the last build.
    alias: [
      { find: /^@taskpilot-chat\/server$/, replacement: source('server/index.ts') },
      {
        find: /^@taskpilot-chat\/server\/chatkit$/,
        replacement: source('server/chatkit/index.ts'),
      },
      {
        find: /^@taskpilot-chat\/server\/fetch$/,
        replacement: source('server/fetch/index.ts'),
      },
      {
        find: /^@taskpilot-chat\/server\/testing$/,
        replacement: source('server/testing/responses.ts'),
      },
      { find: /^@taskpilot-chat\/sandbox$/, replacement: source('sandbox/index.ts') },
    ],
  },
  test: {
    // Most tests wait for sockets and databases; one worker less than cores is one of two here.
    maxWorkers: '100%',
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          include: [
            'server/**/*.test.ts',
            'sandbox/**/*.test.ts',
            'examples/**/*.test.ts',
            'scripts/**/*.test.ts',
          ],
          exclude: ['**/dist/**', '**/node_modules/**'],
          testTimeout: 15_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['e2e/**/*.test.ts'],
          exclude: [
            'e2e/packages/**',
            'e2e/browsers/**',
            'e2e/deployment/**',
            'e2e/cluster/**',
            'e2e/chaos/**',
          ],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          // Needs three installed browsers, which `npm run test:browsers` starts.
          name: 'browsers',
          include: ['e2e/browsers/**/*.test.ts'],
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          // Needs the npm registry, which `npm test` does not.
          name: 'packages',
          include: ['e2e/packages/**/*.test.ts'],
          disableConsoleIntercept: true,
        },
      },
      {
        extends: true,
        test: {
          // Needs packages of Debian's, which `npm run test:deployment` names.
          name: 'deployment',
          include: ['e2e/deployment/**/*.test.ts'],
          testTimeout: 30_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          // Needs nginx, PostgreSQL and Redis as Debian packages them.
          name: 'cluster',
          include: ['e2e/cluster/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          fileParallelism: false,
          disableConsoleIntercept: true,
        },
      },
      {
        extends: true,
        test: {
          name: 'chaos',
          include: ['e2e/chaos/**/*.test.ts'],
          hookTimeout: 60_000,
          disableConsoleIntercept: true,
        },
      },
      {
        extends: true,
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
