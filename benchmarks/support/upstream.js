/**
 * Stands in for OpenAI's sessions API in benchmarks: as cheap as can be, so that it is never what is measured.
 * `node upstream.js [latency in milliseconds]` prints its address.
 */
import { createServer } from 'node:http';

const latency = Number(process.argv[2] ?? 0);
let count = 0;

function answer(response) {
  const body = JSON.stringify({
    id: `cksess_${++count}`,
    object: 'chatkit.session',
    client_secret: `ek_${count}`,
    expires_at: Math.floor(Date.now() / 1000) + 600,
    status: 'active',
  });
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}

const server = createServer((request, response) => {
  request.resume();
  request.once('end', () => {
    if (latency > 0) setTimeout(answer, latency, response);
    else answer(response);
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  console.log(`listening at http://127.0.0.1:${server.address().port}`);
});
