import { createServer, request, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Deferred } from '../chatkit/async.js';
import { MemoryStore, type Responder, type Store } from '../chatkit/index.js';
import { aborted, create, done, saying } from '../chatkit/test/harness.js';
import { eventually } from '../test/harness.js';
import { createHandler, toNodeHandler, type Handler, type HandlerConfig } from './index.js';

const json = { 'content-type': 'application/json' };
const origin = 'https://chat.example';

/** Says `First`, and `Second` when the test lets it. */
function inHalves() {
  const rest = new Deferred();
  const stopped = new Deferred();
  const responder: Responder = {
    async *respond(thread, _message, context) {
      yield done(saying(thread, context, 'First'));
      const stop = aborted(context.signal).catch(() => stopped.resolve());
      await Promise.race([rest.promise, stop]);
      if (!context.signal.aborted) yield done(saying(thread, context, 'Second'));
    },
  };
  return { responder, goOn: () => rest.resolve(), stopped: stopped.promise };
}

function serve(options: Partial<HandlerConfig>): Handler {
  return createHandler({
    NODE_ENV: 'test',
    SESSION_SECRET: 'a-secret-for-tests-only-0123456789abcdef',
    CHATKIT_BACKENDS: 'self-hosted',
    CHATKIT_DOMAIN_KEY: 'domain_pk_test',
    LOG_LEVEL: 'silent',
    ...options,
  });
}

async function tokenOf(ask: (url: string, init: RequestInit) => Promise<Response>, url: string) {
  const response = await ask(url, { method: 'POST', headers: json, body: '{}' });
  const { client_secret: token } = (await response.json()) as { client_secret: string };
  return { ...json, authorization: `Bearer ${token}` };
}

const message = JSON.stringify(create('hello'));
const asking = (handler: Handler) => (url: string, init: RequestInit) =>
  handler(new Request(url, init));

async function ask(handler: Handler, init: RequestInit = {}, context?: unknown) {
  const headers = await tokenOf(asking(handler), `${origin}/api/chatkit/sessions`);
  const asked = new Request(`${origin}/api/chatkit`, {
    method: 'POST',
    body: message,
    ...init,
    headers: { ...headers, ...(init.headers as Record<string, string> | undefined) },
  });
  return { response: await handler(asked, context), headers };
}

async function readUntil(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  needle: string,
): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  while (!text.includes(needle)) {
    const { done: ended, value } = await reader.read();
    if (ended) throw new Error(`The stream ended without ${needle}: ${text}`);
    text += decoder.decode(value, { stream: true });
  }
  return text;
}

const readerOf = ({ body }: Response) => {
  if (body === null) throw new Error('no body');
  return (body as ReadableStream<Uint8Array>).getReader();
};

describe('A stream of a handler', () => {
  it('comes as it is made', async () => {
    const { responder, goOn } = inHalves();
    const { response } = await ask(serve({ responder }));
    const reader = readerOf(response);
    expect(await readUntil(reader, 'First')).not.toContain('Second');
    goOn();
    await readUntil(reader, 'Second');
  });

  it.each(['the body', 'the request'])('whose reader leaves ends the answer: by %s', async (by) => {
    const { responder, stopped } = inHalves();
    const controller = new AbortController();
    const { response } = await ask(serve({ responder }), { signal: controller.signal });
    const reader = readerOf(response);
    await readUntil(reader, 'First');
    if (by === 'the body') await reader.cancel();
    else controller.abort();
    await stopped;
  });

  it('with a key goes on without its reader, and keeps the process for it', async () => {
    const { responder, goOn } = inHalves();
    const handler = serve({ responder });
    const kept: Promise<unknown>[] = [];
    const key = { 'idempotency-key': 'a-key' };
    const { response, headers } = await ask(
      handler,
      { headers: key },
      { waitUntil: (work: Promise<unknown>) => kept.push(work) },
    );
    const reader = readerOf(response);
    await readUntil(reader, 'First');
    await reader.cancel();
    goOn();
    expect(kept).toHaveLength(1);
    await Promise.all(kept);
    const again = await handler(
      new Request(`${origin}/api/chatkit`, {
        method: 'POST',
        body: message,
        headers: { ...headers, ...key },
      }),
    );
    expect(await again.text()).toMatch(/First.*Second/s);
  });

  it('with a key ends when its visitor stops it', async () => {
    const { responder, stopped } = inHalves();
    const handler = serve({ responder });
    const { response, headers } = await ask(handler, { headers: { 'idempotency-key': 'a-key' } });
    await readUntil(readerOf(response), 'First');
    const stop = new Request(`${origin}/api/chatkit/requests/a-key`, {
      method: 'DELETE',
      headers: { authorization: headers.authorization },
    });
    expect((await handler(stop)).status).toBe(204);
    await stopped;
  });

  it('is not made faster than it is read', async () => {
    let made = 0;
    const responder: Responder = {
      async *respond() {
        for (; made < 1000; made++) {
          yield { type: 'progress_update', text: 'x'.repeat(10_000) };
          await Promise.resolve();
        }
      },
    };
    const { response } = await ask(serve({ responder }));
    const reader = readerOf(response);
    await reader.read();
    await new Promise((resolve) => setImmediate(resolve));
    expect(made).toBeLessThan(100);
    await reader.cancel();
  });
});

describe('toNodeHandler', () => {
  async function listen(server: ReturnType<typeof createServer>): Promise<string> {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  const start: Readonly<Record<string, (handler: Handler) => Promise<string>>> = {
    'node:http': (handler) => {
      const answer = toNodeHandler(handler);
      return listen(createServer((request, response) => void answer(request, response)));
    },
    Express: (handler) => {
      const app = express();
      app.use('/api/chatkit', toNodeHandler(handler));
      return listen(createServer(app));
    },
    'Express, behind express.json()': (handler) => {
      const app = express();
      app.use(express.json());
      app.use('/api/chatkit', toNodeHandler(handler));
      return listen(createServer(app));
    },
  };

  it.each(Object.keys(start))('answers on %s, and stops with the client', async (name) => {
    const { responder, stopped } = inHalves();
    const url = await start[name]?.(serve({ responder }));
    const headers = await tokenOf(fetch, `${url}/api/chatkit/sessions`);
    const controller = new AbortController();
    const response = await fetch(`${url}/api/chatkit`, {
      method: 'POST',
      headers,
      body: message,
      signal: controller.signal,
    });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    await readUntil(readerOf(response), 'First');
    controller.abort();
    await stopped;
  });

  it('counts by the address of the connection', async () => {
    const handler = serve({ responder: inHalves().responder, RATE_LIMIT_PER_MINUTE: '2' });
    const url = await start['node:http']?.(handler);
    const open = () =>
      fetch(`${url}/api/chatkit/sessions`, { method: 'POST', headers: json, body: '{}' });
    const statuses = [];
    for (let index = 0; index < 3; index++) statuses.push((await open()).status);
    expect(statuses).toEqual([200, 200, 429]);
  });

  it('refuses two Authorization headers, of which Node alone would see the first', async () => {
    const url = await start['node:http']?.(serve({ responder: inHalves().responder }));
    const { authorization } = await tokenOf(fetch, `${url}/api/chatkit/sessions`);
    const ask = async (...tokens: readonly string[]): Promise<number | undefined> => {
      const asked = request(`${url}/api/chatkit`, {
        method: 'POST',
        headers: [
          ...['content-type', 'application/json', 'host', 'chat.example'],
          ...tokens.flatMap((token) => ['authorization', token]),
        ],
      });
      asked.end(JSON.stringify({ type: 'threads.list', params: {} }));
      const [response] = (await once(asked, 'response')) as [IncomingMessage];
      response.resume();
      return response.statusCode;
    };
    expect(await ask(authorization)).toBe(200);
    expect(await ask(authorization, 'Bearer another')).toBe(401);
  });
});

describe('A handler that an application configures', () => {
  it('keeps sessions, requests and threads where the application says', async () => {
    const stored: string[] = [];
    const counted: string[] = [];
    const store = new MemoryStore();
    const watched: Store = new Proxy(store, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        return (...given: unknown[]) => {
          stored.push(String(name));
          return (member as (...all: unknown[]) => unknown).apply(target, given);
        };
      },
    });
    const handler = serve({
      responder: inHalves().responder,
      store: watched,
      counter: {
        count: (key) => {
          counted.push(key);
          return Promise.resolve({ count: counted.length === 1 ? 1 : 1000, endsInMs: 30_000 });
        },
      },
      address: () => '192.0.2.1',
    });
    const { response } = await ask(handler);
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toBe('30');
    expect(counted.join()).not.toContain('192.0.2.1');
  });

  it('finds its paths below a prefix, and nothing beside them', async () => {
    const handler = serve({ responder: inHalves().responder, prefix: '/assistant' });
    const open = (path: string) =>
      handler(new Request(`${origin}${path}`, { method: 'POST', headers: json, body: '{}' }));
    expect((await open('/assistant/api/chatkit/sessions')).status).toBe(200);
    expect((await open('/api/chatkit/sessions')).status).toBe(404);
    expect((await open('/assistant/other')).status).toBe(404);
  });

  it.each<[string, HandlerConfig, string]>([
    ['no secret', { AUTH: 'anonymous' }, 'SESSION_SECRET is needed in production'],
    ['no log-in', { SESSION_SECRET: 'x'.repeat(32) }, 'AUTH must be chosen in production'],
    ['AUTH=header', { AUTH: 'header' }, 'AUTH takes anonymous or jwt here'],
    ['a module', { AGENT_MODULE: './agent.mjs' }, 'AGENT_MODULE names a file'],
  ])('does not start with %s', (_name, config, line) => {
    expect(() => createHandler(config)).toThrow(line);
  });

  it('logs causes, without secrets', async () => {
    const lines: string[] = [];
    const write = (fields: object, text: string) =>
      void lines.push(JSON.stringify({ text, ...fields }));
    const handler = serve({
      OPENAI_API_KEY: 'sk-a-key-that-is-secret',
      LOG_LEVEL: 'info',
      log: { error: write, warn: write, info: write },
      responder: {
        async *respond() {
          yield await Promise.resolve({ type: 'progress_update', text: 'Asking' } as const);
          throw new Error('403: sk-a-key-that-is-secret lacks the scope orders.read');
        },
      },
    });
    const { response } = await ask(handler);
    expect(await response.text()).toContain('"type":"error"');
    await eventually(() => expect(lines.join('\n')).toContain('lacks the scope orders.read'));
    expect(lines.join('\n')).not.toContain('sk-a-key');
  });
});
