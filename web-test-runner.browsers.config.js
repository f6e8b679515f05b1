import { chromeLauncher } from '@web/test-runner-chrome';
import { chromium, firefox, webkit } from './scripts/engines.js';
import config from './web-test-runner.config.js';
import { webdriverLauncher } from './widget/test/webdriver-launcher.js';

/**
 * @param {string} name
 * @param {import('puppeteer-core').LaunchOptions} launchOptions
 */
const puppeteerLauncher = (name, launchOptions) =>
  Object.assign(chromeLauncher({ launchOptions }), { name });

/** The widget's tests in three engines, as Debian packages them. */
export default {
  ...config,
  concurrentBrowsers: 1,
  browsers: [
    puppeteerLauncher('Chromium', chromium),
    puppeteerLauncher('Firefox', firefox),
    webdriverLauncher('WebKit', webkit),
  ],
};
