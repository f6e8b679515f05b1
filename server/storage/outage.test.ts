import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Responder } from '../chatkit/index.js';
import { useHarness } from '../test/harness.js';
import {
  createTestDatabase,
  skipped,
  testServer,
  type TestDatabase,
} from './test/test-database.js';

const harness = useHarness();

const responder: Responder = {
  async *respond() {
    yield await Promise.resolve({ type: 'progress_update', text: 'Answered' } as const);
  },
};

/** What lies between a service and its database, and can be cut. */
async function startWire(target: URL) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const [from, to] of [
      [socket, upstream],
      [upstream, socket],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
      from.pipe(to);
    }
  });
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const port = await listen(0);
  const cut = async () => {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    await closed;
  };
  const url = new URL(target);
  url.host = `127.0.0.1:${port}`;
  return { url: url.href, cut, restore: () => listen(port) };
}

const input = {
  content: [{ type: 'input_text', text: 'hello' }],
  attachments: [],
  inference_options: {},
};

describe.skipIf(testServer === undefined)(`A service on a PostgreSQL server${skipped}`, () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  async function start(databaseUrl: string) {
    const service = await harness.service(
      {
        CHATKIT_BACKENDS: 'self-hosted',
        SESSION_SECRET: 'a-secret-for-tests-only-0123456789abcdef',
        DATABASE_URL: databaseUrl,
        MESSAGE_LIMIT_PER_MINUTE: '1000',
      },
      { responder },
    );
    const { client_secret: token } = (await service.open()).json<{ client_secret: string }>();
    const outcome = async (type: string, params: object) => {
      const answer = await service.inject({
        method: 'POST',
        url: '/api/chatkit',
        headers: { authorization: `Bearer ${token}` },
        payload: { type, params },
      });
      return answer.statusCode === 200
        ? '200'
        : `${answer.statusCode} ${answer.json<{ code: string }>().code}`;
    };
    const outcomes = async () => {
      const [ready, session] = [await service.inject('/readyz'), await service.open()];
      return {
        ready: ready.statusCode,
        session: session.statusCode,
        message: await outcome('threads.create', { input }),
        list: await outcome('threads.list', {}),
        alive: (await service.inject('/healthz')).statusCode,
      };
    };
    return outcomes;
  }

  const fine = { ready: 200, session: 200, message: '200', list: '200', alive: 200 };

  it('S6: that is down answers 503 at once, is not ready, and recovers by itself', async () => {
    const wire = await startWire(new URL(database.url));
    const outcomes = await start(wire.url);
    expect(await outcomes()).toEqual(fine);
    await wire.cut();
    expect(await outcomes()).toEqual({
      ready: 503,
      session: 503,
      message: '503 storage_unavailable',
      list: '503 storage_unavailable',
      alive: 200,
    });
    await wire.restore();
    expect(await outcomes()).toEqual(fine);
    await wire.cut();
  });

  it('S6: that is read-only after a fail-over is not ready, can be read, and recovers', async () => {
    const outcomes = await start(database.url);
    expect(await outcomes()).toEqual(fine);
    const name = new URL(database.url).pathname.slice(1);
    await database.query(`alter database ${name} set default_transaction_read_only = on`);
    await database.disconnectAll();
    const readOnly = {
      ready: 503,
      session: 503,
      message: '503 storage_unavailable',
      list: '200',
      alive: 200,
    };
    await expect.poll(outcomes, { timeout: 5000 }).toEqual(readOnly);
    await database.query(`set session characteristics as transaction read write`);
    await database.query(`alter database ${name} set default_transaction_read_only = off`);
    await database.disconnectAll();
    await expect.poll(outcomes, { timeout: 5000 }).toEqual(fine);
  });
});
