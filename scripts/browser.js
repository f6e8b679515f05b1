import { existsSync } from 'node:fs';
import chromium from '@sparticuz/chromium';

/** No sandbox (tests run as root in containers) and no call to the browser maker's hosts. */
export const browserArguments = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const installed = [
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/**
 * Path of a Chromium for tests: `CHROME_PATH` if set; on Linux x64 the one that the npm package
 * `@sparticuz/chromium` carries, so that a bare machine needs nothing else; elsewhere an installed Chrome.
 *
 * @returns {Promise<string>}
 * @throws {Error} when no browser is found
 */
export async function findBrowser() {
  const chosen = process.env['CHROME_PATH'];
  if (chosen) return chosen;
  if (process.platform === 'linux' && process.arch === 'x64') return chromium.executablePath();
  const found = installed.find((path) => existsSync(path));
  if (!found)
    throw new Error('No Chrome or Chromium found. Install one, or set CHROME_PATH to it.');
  return found;
}
