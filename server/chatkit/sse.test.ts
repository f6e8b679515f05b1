import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { EventStream } from './sse.js';

const options = { heartbeatMs: 60_000, stalledMs: 60_000 };
const progress = (text: string) => ({ type: 'progress_update', text }) as const;

let server: Server;
let stream: EventStream;
let writes: number;
let answer: IncomingMessage;
beforeEach(async () => {
  writes = 0;
  server = createServer((_request, response) => {
    const write = response.write.bind(response);
    response.write = (chunk: unknown) => {
      writes += 1;
      return write(chunk);
    };
    response.flushHeaders();
    stream = new EventStream(response, options);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  [answer] = (await once(get({ port, host: '127.0.0.1' }), 'response')) as [IncomingMessage];
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function read(): Promise<string> {
  let text = '';
  for await (const chunk of answer.setEncoding('utf8')) text += chunk as string;
  return text;
}

it('writes the events of one turn of the event loop together', async () => {
  stream.send(progress('one'));
  stream.send(progress('two'));
  expect(writes).toBe(0);
  const [chunk] = (await once(answer.setEncoding('utf8'), 'data')) as [string];
  expect(chunk.match(/data: /g)).toHaveLength(2);
  expect(writes).toBe(1);
});

it('sends the batched events when it ends', async () => {
  stream.send(progress('last'));
  stream.end();
  expect(await read()).toBe('data: {"type":"progress_update","text":"last"}\n\n');
});

it('asks to wait when the connection takes no more, also within one turn', async () => {
  let sent = 0;
  while (stream.send(progress('x'.repeat(1000))) === 'go on') sent += 1;
  expect(sent).toBeLessThan(1000);
  const reading = read();
  await stream.drained();
  stream.end();
  expect((await reading).match(/data: /g)).toHaveLength(sent + 1);
});
