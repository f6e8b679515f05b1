import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { run } from './run.js';

/** Widget tests and journeys in Chromium, Firefox and WebKit. */

const server = createServer().listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
await new Promise((resolve) => server.close(resolve));

const driver = spawn('WebKitWebDriver', [`--port=${port}`], { stdio: 'inherit' });
const env = { WEBKIT_DRIVER_URL: `http://127.0.0.1:${port}` };
try {
  await Promise.race([
    once(driver, 'exit').then(() => Promise.reject(new Error('WebKitWebDriver has ended'))),
    run('wtr', ['--config', 'web-test-runner.browsers.config.js'], env).then(() =>
      run('vitest', ['run', '--project', 'browsers'], env),
    ),
  ]);
} finally {
  driver.kill();
}
