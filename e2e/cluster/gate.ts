import { EventEmitter, once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * What becomes of connections: they pass (`open`); each piece is delayed (`slow`); they are taken and nothing comes
 * through (`silent`); connections are refused (`refused`); connections are reset repeatedly (`cut`).
 */
export const gateModes = ['open', 'slow', 'silent', 'refused', 'cut'] as const;
export type GateMode = (typeof gateModes)[number];

/** How long a slow gate keeps each piece, in milliseconds. */
const delayMs = 30;
const cutEveryMs = 200;

/** A TCP proxy in front of a server, with which the server is slow or away and yet runs. */
export class Gate {
  readonly port: number;
  readonly #target: number;
  readonly #changes = new EventEmitter().setMaxListeners(0);
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  #mode: GateMode = 'open';
  #cutting: NodeJS.Timeout | undefined;

  private constructor(server: Server, target: number) {
    this.#server = server;
    this.#target = target;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (socket: Socket) => void this.#pass(socket));
  }

  /** @param target a port of 127.0.0.1 */
  static async start(target: number): Promise<Gate> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Gate(server, target);
  }

  async turn(mode: GateMode): Promise<void> {
    const wasRefused = this.#mode === 'refused';
    this.#mode = mode;
    clearInterval(this.#cutting);
    this.#changes.emit('change');
    if (mode === 'cut') {
      this.#cut();
      this.#cutting = setInterval(() => this.#cut(), cutEveryMs);
    }
    if (mode === 'refused' && !wasRefused) await this.#closeServer();
    if (mode !== 'refused' && wasRefused) {
      this.#server.listen(this.port, '127.0.0.1');
      await once(this.#server, 'listening');
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#cutting);
    if (this.#mode !== 'refused') await this.#closeServer();
  }

  #cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async #closeServer(): Promise<void> {
    this.#server.close();
    this.#cut();
    await once(this.#server, 'close');
  }

  async #pass(client: Socket): Promise<void> {
    const server = connect(this.#target, '127.0.0.1');
    const ends = [client, server];
    for (const socket of ends) {
      this.#sockets.add(socket.setNoDelay());
      socket.once('close', () => {
        this.#sockets.delete(socket);
        for (const end of ends) end.destroy();
      });
    }
    const hold = (source: AsyncIterable<Buffer>) => this.#hold(source);
    // A connection that breaks is what a gate is for.
    await Promise.allSettled([pipeline(client, hold, server), pipeline(server, hold, client)]);
  }

  async *#hold(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const piece of source) {
      if (this.#mode === 'slow') await pause(delayMs);
      while (this.#mode === 'silent') await once(this.#changes, 'change');
      yield piece;
    }
  }
}
