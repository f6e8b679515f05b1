import { Builder, Capabilities } from 'selenium-webdriver';
import { browserArguments } from './browser.js';

/** The three engines, as Debian's packages `chromium`, `firefox-esr` and `webkit2gtk-driver` install them. */

/** @type {import('puppeteer-core').LaunchOptions} */
export const chromium = {
  executablePath: '/usr/bin/chromium',
  args: browserArguments,
  headless: true,
};

/**
 * Puppeteer drives Firefox over WebDriver BiDi.
 *
 * @type {import('puppeteer-core').LaunchOptions}
 */
export const firefox = {
  browser: 'firefox',
  executablePath: '/usr/bin/firefox-esr',
  headless: true,
};

/**
 * Starts WebKit's MiniBrowser, by the WebKitWebDriver that listens at `WEBKIT_DRIVER_URL`. It has no headless mode:
 * `DISPLAY` must name an X server.
 */
export const webkit = () => {
  const url = process.env['WEBKIT_DRIVER_URL'];
  if (!url) throw new Error('WEBKIT_DRIVER_URL is not set: run `npm run test:browsers`.');
  const capabilities = new Capabilities().setBrowserName('MiniBrowser');
  capabilities.set('webkitgtk:browserOptions', {
    binary: '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser',
    args: ['--automation'],
  });
  return new Builder().usingServer(url).withCapabilities(capabilities).build();
};
