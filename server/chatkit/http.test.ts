import { once } from 'node:events';
import fastify from 'fastify';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { Deferred } from './async.js';
import { ChatKitProblem } from './errors.js';
import { chatkitServer, type ChatKitServerPluginOptions } from './http.js';
import { MemoryStore } from './memory-store.js';
import { aborted, add, create, done, saying, TestResponder } from './test/harness.js';
import { eventsOf, readUntil, Service } from './test/http.js';
import type { ThreadStreamEvent } from './protocol/index.js';

const services: Service[] = [];
async function start(options: Partial<ChatKitServerPluginOptions> = {}): Promise<Service> {
  const service = await new Service(options).listen();
  services.push(service);
  return service;
}
afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.close()));
});

/** What is stored for alice, in order. */
async function stored(service: Service): Promise<string[]> {
  const user = { user: 'alice' };
  const page = { limit: 100, order: 'asc' } as const;
  const threads = await service.store.loadThreads(page, user);
  const items = await Promise.all(
    threads.data.map(({ id }) => service.store.loadItems(id, page, user)),
  );
  return items.flatMap(({ data }) => data.map(({ type }) => type));
}

const keyed = (key: string) => ({
  headers: { 'content-type': 'application/json', 'idempotency-key': key },
});

const onSignal = (service: Service): Promise<AbortSignal> =>
  new Promise((resolve) => {
    service.responder.answer = async function* (thread, _message, context) {
      yield done(saying(thread, context, 'First'));
      resolve(context.signal);
      await aborted(context.signal);
    };
  });

describe('The caller', () => {
  it('A6: reaches the responder with the fields of the application', async () => {
    const options: Partial<ChatKitServerPluginOptions<{ org: string; locale: string }>> = {
      authenticate: () => ({ user: 'alice', org: 'acme', locale: 'fr' }),
      headers: ['x-tenant', 'X-Country'],
    };
    const service = await start(options);
    const contexts: unknown[] = [];
    service.responder.answer = async function* (thread, _message, context) {
      const { caller, locale, headers, page } = context;
      contexts.push({ caller, locale, headers, page });
      yield done(saying(thread, context, 'Hi'));
      await Promise.resolve();
    };
    const response = await service.post(create('Hello'), {
      headers: {
        'content-type': 'application/json',
        'accept-language': 'de',
        'x-country': 'CH',
        cookie: 'id=secret',
      },
    });
    await response.text();
    expect(contexts).toEqual([
      {
        caller: { user: 'alice', org: 'acme', locale: 'fr' },
        locale: 'fr',
        headers: { 'x-country': 'CH' },
        page: null,
      },
    ]);
  });

  it('A6: may be returned with more fields than a user, without a type of its own', async () => {
    const app = fastify();
    onTestFinished(() => app.close());
    await app.register(chatkitServer, {
      store: new MemoryStore(),
      responder: new TestResponder(),
      authenticate: () => ({ user: 'alice', org: 'acme' }),
    });
  });
});

describe('A stream over HTTP', () => {
  it('has the head that proxies and ChatKit need, and frames of data', async () => {
    const response = await (await start()).post(create('Hello'));
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    });
    const text = await response.text();
    expect(text).toMatch(/^(data: \{[^\n]*\}\n\n){4}$/);
  });

  it('keeps the headers that hooks of the application have set', async () => {
    const service = new Service();
    services.push(service);
    service.app.addHook('onRequest', async (_request, reply) => {
      reply.header('access-control-allow-origin', 'https://shop.example.com');
    });
    await service.listen();
    const response = await service.post(create('Hello'));
    expect(response.headers.get('access-control-allow-origin')).toBe('https://shop.example.com');
    await response.text();
  });

  it('is kept alive by comments, which no parser reports as events', async () => {
    const service = await start({ heartbeatMs: 20 });
    const go = new Deferred();
    service.responder.answer = async function* (thread, _message, context) {
      await go.promise;
      yield done(saying(thread, context, 'Late'));
    };
    const response = await service.post(create('Hello'));
    const copy = response.clone();
    await readUntil(response, ': keep-alive\n: keep-alive\n');
    go.resolve();
    const text = await copy.text();
    for (const block of text.split('\n\n').slice(0, -1))
      expect(block).toMatch(/^(: keep-alive\n)*data: /);
    expect(text).toContain('Late');
  });

  it('stops the answer when the client disconnects, and stores its partial text', async () => {
    const service = await start();
    const signal = onSignal(service);
    const client = new AbortController();
    const response = await service.post(create('Hello'), { signal: client.signal });
    await readUntil(response, 'First');
    expect((await signal).aborted).toBe(false);
    client.abort();
    await vi.waitUntil(async () => (await signal).aborted);
    await vi.waitFor(async () =>
      expect(await stored(service)).toEqual([
        'user_message',
        'assistant_message',
        'sdk_hidden_context',
      ]),
    );
  });

  it('stops the answer to the request with the key that DELETE names, of the same user only', async () => {
    const service = await start();
    const signal = onSignal(service);
    // The longest key, with characters that mean something in a path.
    const key = `a/b?c#d%20${'~'.repeat(245)}`;
    const response = await service.post(create('Hello'), keyed(key));
    await readUntil(response, 'First');
    const remove = (path: string, user: string) =>
      fetch(`${service.url}/requests/${encodeURIComponent(path)}`, {
        method: 'DELETE',
        headers: { 'x-user': user },
      });
    for (const [path, user] of [
      [key, 'bob'],
      ['another', 'alice'],
      ['x'.repeat(300), 'alice'],
    ] as const) {
      expect((await remove(path, user)).status).toBe(204);
    }
    expect((await signal).aborted).toBe(false);
    expect((await remove(key, 'alice')).status).toBe(204);
    await vi.waitUntil(async () => (await signal).aborted);
    expect((await remove(key, 'alice')).status).toBe(204);
    await vi.waitFor(async () =>
      expect(await stored(service)).toEqual([
        'user_message',
        'assistant_message',
        'sdk_hidden_context',
      ]),
    );
  });

  it.each([
    ['auto', keyed('a-key')],
    ['finish', {}],
  ] as const)('completes the answer after a disconnect (%s)', async (onDisconnect, init) => {
    const service = await start({ onDisconnect });
    const go = new Deferred();
    service.responder.answer = async function* (thread, _message, context) {
      yield done(saying(thread, context, 'First'));
      await go.promise;
      yield done(saying(thread, context, context.signal.aborted ? 'Aborted' : 'Second'));
    };
    const client = new AbortController();
    const response = await service.post(create('Hello'), { ...init, signal: client.signal });
    await readUntil(response, 'First');
    client.abort();
    await vi.waitUntil(() => service.closedConnections > 0);
    if (onDisconnect === 'auto') {
      const again = await service.post(create('Hello'), init);
      go.resolve();
      expect(JSON.stringify(await eventsOf(again))).toMatch(/Hello.*First.*Second/s);
    }
    go.resolve();
    await vi.waitFor(async () =>
      expect(await stored(service)).toEqual([
        'user_message',
        'assistant_message',
        'assistant_message',
      ]),
    );
    expect(service.responder.messages).toEqual(['Hello']);
  });

  it('with the key of another request is refused', async () => {
    const service = await start();
    await eventsOf(await service.post(create('Hello'), keyed('a-key')));
    const response = await service.post(create('Bye'), keyed('a-key'));
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({
      code: 'idempotency_key_reused',
      retryable: false,
    });
  });

  it('S20: with a key that is none is refused, also where the answer is no stream', async () => {
    const service = await start();
    for (const body of [create('Hello'), { type: 'threads.list', params: {} }]) {
      const response = await service.post(body, keyed('two keys'));
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ code: 'bad_request', retryable: false });
    }
    expect(service.responder.messages).toEqual([]);
  });

  it('ends an answer at its deadline with an error that allows a retry', async () => {
    const service = await start({ deadlineMs: 30 });
    const signal = onSignal(service);
    const told = await eventsOf(await service.post(create('Hello')));
    expect(told.at(-1)).toEqual({ type: 'error', code: 'stream.error', allow_retry: true });
    expect((await signal).aborted).toBe(true);
  });

  it('buffers a limited amount for a client that does not read, and disconnects it', async () => {
    const service = await start({ stalledMs: 100 });
    let made = 0;
    const stopped = new Deferred();
    service.responder.answer = async function* (_thread, _message, context) {
      context.signal.addEventListener('abort', () => stopped.resolve());
      for (;;) {
        made += 1;
        yield await Promise.resolve<ThreadStreamEvent>({
          type: 'progress_update',
          text: 'x'.repeat(100_000),
        });
      }
    };
    const socket = await service.socket(create('Hello'));
    socket.on('error', () => socket.destroy()).pause();
    await stopped.promise;
    // What fits between two kernels' sockets, and little more.
    expect(made).toBeLessThan(200);
    socket.destroy();
  });

  it('makes no second message when the response never arrived', async () => {
    const service = await start();
    const go = new Deferred();
    service.responder.answer = async function* (thread, _message, context) {
      await go.promise;
      yield done(saying(thread, context, 'The one answer'));
    };
    for (let n = 0; n < 3; n += 1) {
      const socket = await service.socket(create('Hello'), { 'idempotency-key': 'a-key' });
      await once(socket, 'data');
      socket.destroy();
      await once(socket, 'close');
    }
    go.resolve();
    const told = await eventsOf(await service.post(create('Hello'), keyed('a-key')));
    expect(JSON.stringify(told)).toContain('The one answer');
    expect(await stored(service)).toEqual(['user_message', 'assistant_message']);
  });

  it('ends with an error event when an event cannot be serialised', async () => {
    const service = await start();
    service.responder.answer = async function* () {
      const update = {
        type: 'assistant_message.content_part.text_delta',
        content_index: 0,
        delta: 1n,
      };
      yield await Promise.resolve({
        ...{ type: 'thread.item.updated', item_id: 'i' },
        update,
      } as unknown as ThreadStreamEvent);
    };
    const told = await eventsOf(await service.post(create('Hello')));
    expect(told.at(-1)).toEqual({ type: 'error', code: 'stream.error', allow_retry: true });
  });
});

describe('At shutdown', () => {
  /** An answer in two halves, the second when the test wants it. */
  function inHalves({ responder }: Service) {
    const go = new Deferred();
    responder.answer = async function* (thread, _message, context) {
      yield done(saying(thread, context, 'First'));
      await Promise.race([go.promise, aborted(context.signal)]);
      yield done(saying(thread, context, 'Second'));
    };
    return go;
  }

  it.each([
    ['with a key', keyed('a-key')],
    ['without', {}],
  ])('S10: a running answer is finished, and connections are refused: %s', async (_, init) => {
    const service = await start();
    const go = inHalves(service);
    const response = await service.post(create('Hello'), init);
    const copy = response.clone();
    await readUntil(response, 'First');
    const closed = service.app.close();
    await vi.waitFor(() => expect(service.post(create('Bye'))).rejects.toThrow());
    go.resolve();
    expect(JSON.stringify(await eventsOf(copy))).toContain('Second');
    await closed;
    expect(service.responder.messages).toEqual(['Hello']);
  });

  it('S10: an answer whose visitor is gone is finished, too', async () => {
    const service = await start();
    const go = inHalves(service);
    const socket = await service.socket(create('Hello'), { 'idempotency-key': 'a-key' });
    await once(socket, 'data');
    socket.destroy();
    await vi.waitUntil(() => service.closedConnections > 0);
    const closed = service.app.close();
    go.resolve();
    await closed;
    expect(await stored(service)).toEqual([
      'user_message',
      'assistant_message',
      'assistant_message',
    ]);
  });

  it.each(['auto', 'stop', 'finish'] as const)(
    'S10: after the time for that, answers end with an error that allows a retry (%s)',
    async (onDisconnect) => {
      const service = await start({ onDisconnect, shutdownTimeoutMs: 50 });
      const signal = onSignal(service);
      const response = await service.post(create('Hello'));
      await signal;
      const [told] = await Promise.all([eventsOf(response), service.app.close()]);
      expect(told.at(-1)).toEqual({ type: 'error', code: 'stream.error', allow_retry: true });
      expect(await stored(service)).toEqual(['user_message', 'assistant_message']);
    },
  );

  it('S10: a request that has come over an open connection is answered', async () => {
    const [asked, known] = [new Deferred(), new Deferred()];
    const service = await start({
      authenticate: async () => {
        asked.resolve();
        await known.promise;
        return { user: 'alice' };
      },
    });
    const posting = service.post(create('Hello'));
    await asked.promise;
    const closed = service.app.close();
    await vi.waitFor(() => expect(service.post(create('Bye'))).rejects.toThrow());
    known.resolve();
    const told = await eventsOf(await posting);
    expect(told.map(({ type }) => type)).not.toContain('error');
    await closed;
    expect(await stored(service)).toEqual(['user_message', 'assistant_message']);
  });
});

describe('A request that is refused', () => {
  const json = { 'content-type': 'application/json' };
  const deep = `${'['.repeat(5000)}${']'.repeat(5000)}`;
  it.each([
    ['GET', { method: 'GET' }, 405, 'method_not_allowed'],
    ['PUT', { method: 'PUT', body: '{"type":', headers: json }, 405, 'method_not_allowed'],
    [
      'no JSON type',
      { body: '{}', headers: { 'content-type': 'text/plain' } },
      415,
      'unsupported_media_type',
    ],
    ['broken JSON', { body: '{"type":', headers: json }, 400, 'bad_request'],
    ['no body', { headers: json }, 400, 'bad_request'],
    [
      'too much nesting',
      { body: `{"type":"threads.list","params":{"x":${deep}}}`, headers: json },
      400,
      'bad_request',
    ],
    [
      'a long body',
      { body: JSON.stringify(create('x'.repeat(2000))), headers: json },
      413,
      'payload_too_large',
    ],
    [
      'an unknown request',
      { body: '{"type":"threads.burn","params":{}}', headers: json },
      400,
      'bad_request',
    ],
    [
      'an unknown thread',
      { body: JSON.stringify(add('none', 'Hi')), headers: json },
      404,
      'not_found',
    ],
  ])(
    'for %s says why in `message`, beside a problem document',
    async (_what, init, status, code) => {
      const service = await start({
        bodyLimit: 1024 * 16,
        ...(status === 413 && { bodyLimit: 1024 }),
      });
      const response = await fetch(service.url, { method: 'POST', ...init });
      expect(response.status).toBe(status);
      expect(response.headers.get('content-type')).toMatch(/^application\/json/);
      expect(response.headers.get('cache-control')).toBe('no-store');
      const body = (await response.json()) as Record<string, unknown>;
      expect(body).toMatchObject({ code, status, retryable: false, message: body['detail'] });
      expect(body['message']).toMatch(/^[A-Z"].*\.$/);
    },
  );

  it('without a user is refused before its body is read', async () => {
    const refusals = [
      new ChatKitProblem('unauthenticated', 'Log in first.'),
      Object.assign(new Error('jwt sk-secret expired'), { statusCode: 401 }),
    ];
    for (const refusal of refusals) {
      const service = await start({ authenticate: () => Promise.reject(refusal) });
      const response = await service.post('{broken');
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe('Bearer');
      expect(await response.text()).not.toContain('sk-secret');
    }
    const service = await start({ authenticate: () => ({ user: '' }) });
    expect((await service.post(create('Hello'))).status).toBe(401);
  });

  it('by an unexpected error sends no details to the client', async () => {
    class BrokenStore extends MemoryStore {
      override loadThreads(): never {
        throw new Error('password=hunter2');
      }
    }
    const service = await start({ store: new BrokenStore() });
    const response = await service.post({ type: 'threads.list', params: {} });
    expect(response.status).toBe(500);
    const text = await response.text();
    expect(text).not.toContain('hunter2');
    expect(JSON.parse(text)).toMatchObject({ code: 'internal_error', retryable: true });
  });
});

describe('As a guest in an application', () => {
  it('serves at any path and prefix, and touches nothing else', async () => {
    const app = fastify();
    const options = {
      store: new MemoryStore(),
      responder: new Service().responder,
      authenticate: () => ({ user: 'alice' }),
    };
    app.setErrorHandler((error: Error, _request, reply) => reply.code(418).send(error.message));
    app.post('/text', (request) => request.body);
    app.get('/fails', () => {
      throw new Error('Mine.');
    });
    await app.register(chatkitServer, { ...options, path: '/chat', prefix: '/one' });
    await app.register(chatkitServer, { ...options, prefix: '/two' });
    const list = { type: 'threads.list', params: {} };
    const urls = ['/one/chat', '/two/api/chatkit'];
    for (const url of urls) {
      const response = await app.inject({ method: 'POST', url, payload: list });
      expect(response.json()).toEqual({ data: [], has_more: false });
      expect(response.headers['cache-control']).toBe('no-store');
    }
    const text = { 'content-type': 'text/plain' };
    const echoed = await app.inject({ method: 'POST', url: '/text', payload: 'Hi', headers: text });
    expect(echoed.body).toBe('Hi');
    expect((await app.inject('/fails')).statusCode).toBe(418);
    await app.close();
  });
});
