import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { startSandbox } from '@taskpilot-chat/sandbox';
import { MemoryStore, readConfig } from '@taskpilot-chat/server';
import { buildExamples } from '../examples/dist/app.js';
import { browserArguments, findBrowser } from './browser.js';
import { root } from './run.js';

// The pictures of README.md, made of the last build: the demo with an answered message, light and dark.
const folder = join(root, 'docs/images');
const message = 'Add a task: call the printer';

const sandbox = await startSandbox();
const app = await buildExamples({
  config: readConfig({ SESSION_SECRET: 'x'.repeat(32), LOG_LEVEL: 'error' }),
  sandbox,
  dependencies: { store: new MemoryStore() },
});
const browser = await chromium.launch({
  executablePath: await findBrowser(),
  args: browserArguments,
});
try {
  await mkdir(folder, { recursive: true });
  const { port } = new URL(await app.listen({ port: 0, host: 'localhost' }));
  for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
    const context = await browser.newContext({
      colorScheme,
      viewport: { width: 1180, height: 760 },
      deviceScaleFactor: 1.5,
      reducedMotion: 'reduce',
    });
    const page = await context.newPage();
    await page.goto(`http://localhost:${port}/`);
    await page.locator('taskpilot-chat').getByRole('button').first().click();
    const frame = page.locator('openai-chatkit').frameLocator('iframe');
    await frame.getByRole('textbox').fill(message);
    await frame.getByRole('textbox').press('Enter');
    await frame.getByRole('article', { name: 'Assistant' }).last().waitFor();
    await frame.getByRole('button', { name: 'Send' }).waitFor();
    const path = join(folder, `board-${colorScheme}.png`);
    await page.screenshot({ path });
    console.log(path);
    await context.close();
  }
} finally {
  await Promise.all([browser.close(), app.close()]);
  await sandbox.close();
}
