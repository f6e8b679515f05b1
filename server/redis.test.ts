import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { connectRedis } from './redis.js';
import { eventually } from './test/harness.js';

/** A server that can stop answering, and keeps its connections. */
async function startHung() {
  const sockets = new Set<Socket>();
  let connections = 0;
  let hung = false;
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket.on('error', () => undefined));
    // Each command gets an empty text, which is enough for those with which ioredis begins, too.
    socket.setEncoding('utf8').on('data', (commands: string) => {
      const count = commands.match(/\*\d+\r\n/g)?.length ?? 0;
      if (!hung) socket.write('$0\r\n\r\n'.repeat(count));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `redis://127.0.0.1:${port}`,
    connections: () => connections,
    hang: (value: boolean) => void (hung = value),
  };
}

it('A Redis that answers nothing makes the first commands wait alone, and is used again when it answers', async () => {
  const server = await startHung();
  const errors: Error[] = [];
  const redis = await connectRedis(server.url, (error) => errors.push(error));
  onTestFinished(() => redis.disconnect());
  expect(await redis.get('key')).toBe('');
  server.hang(true);
  await expect(redis.get('key')).rejects.toThrow();
  await eventually(() => expect(redis.status).not.toBe('ready'));
  const start = performance.now();
  for (let count = 0; count < 100; count++) await expect(redis.get('key')).rejects.toThrow();
  // Each would wait for 500 ms otherwise.
  expect(performance.now() - start).toBeLessThan(5000);
  expect(errors).toHaveLength(1);
  server.hang(false);
  await eventually(async () => expect(await redis.get('key')).toBe(''));
  expect(server.connections()).toBeGreaterThan(1);
});
