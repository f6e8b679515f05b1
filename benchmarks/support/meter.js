/**
 * Preloaded into a measured program (`node --expose-gc --import meter.js program.js`): tells what it costs.
 * `GET /` answers its processor time in microseconds, all threads together; `GET /memory` its bytes, after
 * what is garbage was thrown away.
 */
import { createServer } from 'node:http';

function memory() {
  globalThis.gc();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, used: heapUsed + external };
}

const server = createServer((request, response) => {
  const { user, system } = process.cpuUsage();
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(request.url === '/memory' ? memory() : { cpu: user + system }));
});
server.listen(0, '127.0.0.1', () => {
  console.log(`meter at http://127.0.0.1:${server.address().port}`);
});
server.unref();
