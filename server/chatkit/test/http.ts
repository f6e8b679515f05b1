import { connect, type Socket } from 'node:net';
import fastify, { type FastifyInstance } from 'fastify';
import { MemoryStore } from '../memory-store.js';
import { chatkitServer, type ChatKitServerPluginOptions } from '../http.js';
import type { ThreadStreamEvent } from '../protocol/index.js';
import { TestResponder } from './harness.js';

/** A service that listens, and what stands behind it. */
export class Service {
  readonly app: FastifyInstance;
  readonly store: MemoryStore;
  readonly responder: TestResponder;
  readonly log: string[] = [];
  url = '';
  closedConnections = 0;

  constructor(options: Partial<ChatKitServerPluginOptions> = {}) {
    this.store = new MemoryStore();
    this.responder = new TestResponder();
    const stream = { write: (line: string) => void this.log.push(line) };
    this.app = fastify({ return503OnClosing: false, logger: { level: 'debug', stream } });
    this.app.register(chatkitServer, {
      store: this.store,
      responder: this.responder,
      authenticate: ({ headers }) => ({ user: String(headers['x-user'] ?? 'alice') }),
      ...options,
    });
    this.app.server.on('connection', (socket) =>
      socket.once('close', () => (this.closedConnections += 1)),
    );
  }

  async listen(): Promise<this> {
    this.url = `${await this.app.listen({ host: '127.0.0.1', port: 0 })}/api/chatkit`;
    return this;
  }

  post(body: unknown, init: RequestInit = {}): Promise<Response> {
    return fetch(this.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      ...init,
    });
  }

  /** Also of connections that a client has opened in advance, and which Node does not call idle. */
  async close(): Promise<void> {
    const closed = this.app.close();
    this.app.server.closeAllConnections();
    await closed;
  }

  /** A POST over a socket of its own, which the test reads, or does not. */
  async socket(body: unknown, headers: Record<string, string> = {}): Promise<Socket> {
    const { port, pathname } = new URL(this.url);
    const text = JSON.stringify(body);
    const socket = connect(Number(port), '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    const more = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(
      `POST ${pathname} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n` +
        `${more.join('')}content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
    );
    return socket;
  }
}

/** The events of a stream that has ended. */
export async function eventsOf(response: Response): Promise<ThreadStreamEvent[]> {
  const blocks = (await response.text()).split('\n\n').filter((block) => block !== '');
  return blocks.map((block) => {
    const data = block.split('\n').filter((line) => !line.startsWith(':'));
    return JSON.parse(data.join('\n').replace(/^data: /, '')) as ThreadStreamEvent;
  });
}

/** Reads a response until its text holds something. */
export async function readUntil(response: Response, needle: string): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  const reader = response.body?.getReader() as ReadableStreamDefaultReader<Uint8Array> | undefined;
  while (!text.includes(needle)) {
    const next = await reader?.read();
    if (next?.done !== false) throw new Error(`The stream ended without ${needle}: ${text}`);
    text += decoder.decode(next.value, { stream: true });
  }
  reader?.releaseLock();
  return text;
}
