import { esbuildPlugin } from '@web/dev-server-esbuild';
import { chromeLauncher } from '@web/test-runner-chrome';
import { browserArguments, findBrowser } from './scripts/browser.js';
import { reactModules } from './widget/test/react-modules.js';
import { oneScript } from './widget/test/script.js';

/** Widget unit tests run in a real browser: the one that an npm package carries, or an installed one. */
export default {
  files: ['widget/**/*.test.{ts,tsx}', '!widget/dist/**'],
  nodeResolve: { exportConditions: ['browser'] },
  // One tab at a time: browsers stop animation frames and intersection observers in background tabs.
  concurrency: 1,
  browserStartTimeout: 60_000,
  testsStartTimeout: 60_000,
  testsFinishTimeout: 120_000,
  plugins: [
    reactModules(),
    oneScript(),
    esbuildPlugin({ ts: true, tsx: true, target: 'es2022', tsconfig: './widget/tsconfig.json' }),
  ],
  browsers: [
    chromeLauncher({
      launchOptions: { executablePath: await findBrowser(), args: browserArguments },
    }),
  ],
  testFramework: { config: { timeout: 10_000 } },
};
