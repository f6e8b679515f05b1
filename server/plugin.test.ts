import { once } from 'node:events';
import cookie from '@fastify/cookie';
import cors, { type FastifyCorsOptions } from '@fastify/cors';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import Fastify, { type FastifyInstance, type FastifyPluginOptions } from 'fastify';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  MemoryStore,
  Problem,
  readConfig,
  taskpilotChat,
  type Authenticator,
  type Responder,
} from './index.js';
import { sessionsPath } from './sessions/routes.js';
import { apiKey, ok, type Behaviour } from './test/fake-openai.js';
import { eventually, useHarness } from './test/harness.js';

const harness = useHarness();
const post = {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  payload: '{}',
} as const;

/** The service as a part of somebody's application. */
async function mount(app: FastifyInstance, prefix: string, authenticator?: Authenticator) {
  const upstream = await harness.openAI();
  const config = readConfig({ OPENAI_API_KEY: apiKey, OPENAI_BASE_URL: upstream.baseUrl });
  await app.register(taskpilotChat, {
    prefix,
    config,
    ...(authenticator !== undefined && { authenticator }),
  });
  return upstream;
}

function host(): FastifyInstance {
  const app = Fastify();
  onTestFinished(() => app.close());
  return app;
}

/** What the application itself answers, in the ways in which a plugin could change it. */
async function ownAnswers(app: FastifyInstance) {
  app.get('/own', () => 'mine');
  app.post('/own', ({ body }) => JSON.stringify(body));
  app.get('/broken', () => {
    throw new Error('mine too');
  });
  const requests = [
    { url: '/own' },
    { url: '/own', headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' } },
    { ...post, url: '/own', payload: '{"a":1}' },
    { ...post, url: '/own', headers: { 'content-type': 'text/plain' }, payload: 'a' },
    { ...post, url: '/own', payload: JSON.stringify('x'.repeat(100_000)) },
    { url: '/broken' },
    { url: '/nowhere' },
    { method: 'OPTIONS', url: '/own' },
  ] as const;
  const answers = [];
  for (const request of requests) {
    const { statusCode, headers, payload } = await app.inject(request);
    answers.push({ statusCode, headers: { ...headers, date: '' }, payload });
  }
  return answers;
}

describe('Inside an application', () => {
  it.each(['', '/assistant'])('leaves the rest of it alone, under “%s”', async (prefix) => {
    const [alone, together] = [host(), host()];
    await mount(together, prefix);
    expect(await ownAnswers(together)).toEqual(await ownAnswers(alone));
  });

  it.each([
    ['@fastify/cors', cors],
    ['@fastify/helmet', helmet],
    ['@fastify/rate-limit', rateLimit],
    ['@fastify/cookie', cookie],
    ['@fastify/swagger', swagger],
  ])('that uses %s itself', async (_, plugin) => {
    for (const prefix of ['', '/assistant']) {
      const [before, after] = [host(), host()];
      await before.register(plugin);
      await mount(before, prefix);
      await mount(after, prefix);
      await after.register(plugin);
      for (const app of [before, after]) {
        const response = await app.inject({ ...post, url: `${prefix}${sessionsPath}` });
        expect(response.statusCode).toBe(200);
      }
    }
  });

  it.each<[string, FastifyPluginOptions & FastifyCorsOptions]>([
    ['a list of origins', { origin: ['https://blog.example'] }],
    ['every origin', { origin: '*' }],
    ['reflected origins', { origin: true, credentials: true }],
    ['no origin', { origin: false }],
    ['a function', { origin: (origin, done) => done(null, origin === 'https://blog.example') }],
    [
      'a delegator',
      {
        delegator: (_request: unknown, done: (error: null, options: FastifyCorsOptions) => void) =>
          done(null, { origin: ['https://blog.example'] }),
      },
    ],
  ])('whose @fastify/cors allows %s, answers by its own list', async (_, options) => {
    const shop = 'https://shop.example';
    const app = host();
    await app.register(cors, options);
    const own = host();
    await own.register(cors, options);
    for (const each of [app, own]) each.post('/own', () => 'mine');
    const config = readConfig({ OPENAI_API_KEY: apiKey, ALLOWED_ORIGINS: shop });
    await app.register(taskpilotChat, { config });
    const preflight = (origin: string, url = sessionsPath) => ({
      method: 'OPTIONS' as const,
      url,
      headers: { origin, 'access-control-request-method': 'POST' },
    });

    for (const url of [sessionsPath, '/api/chatkit']) {
      const allowed = await app.inject(preflight(shop, url));
      expect(allowed.statusCode).toBe(204);
      expect(allowed.headers).toMatchObject({
        'access-control-allow-origin': shop,
        'access-control-allow-credentials': 'true',
        'access-control-allow-methods': 'POST, DELETE',
      });
    }
    for (const origin of ['https://blog.example', 'https://evil.example']) {
      const refused = await app.inject(preflight(origin));
      expect(refused.statusCode).toBe(403);
      expect(refused.headers).not.toHaveProperty('access-control-allow-origin');
      const asked = await app.inject({
        ...post,
        url: sessionsPath,
        headers: { ...post.headers, origin },
      });
      expect(asked.json()).toMatchObject({ code: 'origin_not_allowed' });
    }

    // The application's own routes go on by its own policy.
    const url = '/own';
    expect((await app.inject(preflight('https://blog.example', url))).headers).toEqual(
      expect.objectContaining(
        Object.fromEntries(
          Object.entries((await own.inject(preflight('https://blog.example', url))).headers).filter(
            ([name]) => name.startsWith('access-control-'),
          ),
        ),
      ),
    );
  });

  it('that has compilers for schemas of another kind', async () => {
    const app = host();
    const refuse = () => {
      throw new Error('no schema of mine');
    };
    app.setValidatorCompiler(refuse);
    app.setSerializerCompiler(refuse);
    await mount(app, '');
    expect((await app.inject({ ...post, url: sessionsPath })).statusCode).toBe(200);
    expect((await app.inject('/readyz')).json()).toEqual({ status: 'ok' });
    const ending = await app.inject({ method: 'DELETE', url: `${sessionsPath}/cksess_1` });
    expect(ending.json()).toMatchObject({ code: 'not_found' });
  });

  it('answers everything under its prefix', async () => {
    const app = host();
    await mount(app, '/assistant');
    const { session_id } = (await app.inject({ ...post, url: `/assistant${sessionsPath}` })).json<{
      session_id: string;
    }>();
    expect(session_id).toBe('cksess_1');
    expect((await app.inject('/assistant/healthz')).statusCode).toBe(200);
    expect((await app.inject(sessionsPath)).statusCode).toBe(404);
    const refused = await app.inject({
      ...post,
      url: `/assistant${sessionsPath}`,
      headers: { ...post.headers, origin: 'https://evil.example' },
    });
    expect(refused.json()).toMatchObject({ code: 'origin_not_allowed' });
    expect(refused.headers['x-request-id']).toBe(refused.json<{ request_id: string }>().request_id);
  });
});

describe("An application's own log-in", () => {
  const userFrom = (user: unknown): Authenticator => ({
    authenticate: () => ({ user: user as string }),
  });
  const open = async (authenticator: Authenticator) => {
    const app = host();
    const upstream = await mount(app, '', authenticator);
    const response = await app.inject({ ...post, url: sessionsPath });
    return { response, upstream };
  };

  it('names the user', async () => {
    const { response, upstream } = await open(userFrom('ann'));
    expect(response.statusCode).toBe(200);
    expect(response.headers).not.toHaveProperty('set-cookie');
    expect(upstream.calls[0]?.body).toMatchObject({ user: 'ann' });
  });

  it.each([undefined, null, '', '  ', 7, {}, 'a\r\nb', '\u2028', '\ud800', 'a'.repeat(257)])(
    'that names %j opens no session',
    async (user) => {
      const { response, upstream } = await open(userFrom(user));
      expect(response.statusCode).toBe(401);
      expect(response.json()).toMatchObject({ code: 'unauthenticated' });
      expect(upstream.calls).toEqual([]);
    },
  );

  it.each([
    [new Problem('unauthenticated', 'Log in first.'), 401, 'Log in first.'],
    [Object.assign(new Error('jwt malformed'), { statusCode: 401 }), 401, 'names no valid user'],
    [new Error('database away'), 500, 'The service failed'],
  ])('may fail: %s', async (error, status, detail) => {
    const { response, upstream } = await open({ authenticate: () => Promise.reject(error) });
    expect(response.statusCode).toBe(status);
    expect(response.json<{ detail: string }>().detail).toContain(detail);
    expect(response.payload).not.toMatch(/malformed|database/);
    expect(upstream.calls).toEqual([]);
  });
});

describe('A shutdown', () => {
  it('turns readiness red first, finishes what is under way, then refuses connections', async () => {
    const upstream = await harness.openAI();
    let release: (() => void) | undefined;
    const held: Behaviour = (...exchange) => {
      release = () => ok()(...exchange);
    };
    upstream.behave(held);
    const service = await harness.service({}, { upstream, drainMs: 1000 });
    const url = `http://127.0.0.1:${await service.listen()}`;
    const open = () => fetch(`${url}${sessionsPath}`, { ...post, body: '{}' });

    const underWay = open();
    await eventually(() => expect(release).toBeDefined());
    const closed = service.app.close();
    const readiness = await fetch(`${url}/readyz`);
    expect(readiness.status).toBe(503);
    expect(await readiness.json()).toEqual({ status: 'not ready', reason: 'closing' });
    upstream.behave(ok());
    expect((await open()).status).toBe(200);

    await eventually(() => expect(fetch(`${url}/healthz`)).rejects.toThrow());
    release?.();
    expect((await underWay).status).toBe(200);
    await closed;
  });
});

/** A responder whose answers have a second half that the test lets go. */
function inHalves() {
  let goOn: () => void = () => undefined;
  const rest = new Promise<void>((resolve) => (goOn = resolve));
  const responder: Responder = {
    async *respond(thread, _message, { newId, now, signal }) {
      for (const [index, text] of ['First', 'Second'].entries()) {
        if (index > 0) await Promise.race([rest, once(signal, 'abort')]);
        yield {
          type: 'thread.item.done',
          item: {
            type: 'assistant_message',
            id: newId('message'),
            thread_id: thread.id,
            created_at: now(),
            content: [{ type: 'output_text', text, annotations: [] }],
          },
        };
      }
    },
  };
  return { responder, goOn };
}

describe('S10: at a shutdown a running answer of a self-hosted chat', () => {
  const input = {
    content: [{ type: 'input_text', text: 'Hello' }],
    attachments: [],
    inference_options: {},
  };

  async function ask(env: Readonly<Record<string, string>>, responder: Responder, drainMs = 0) {
    const store = new MemoryStore();
    const service = await harness.service(
      { CHATKIT_BACKENDS: 'self-hosted', ...env },
      { responder, store, drainMs },
    );
    const url = `http://127.0.0.1:${await service.listen()}`;
    const session = (await service.open()).json<{ client_secret: string }>();
    const response = await fetch(`${url}/api/chatkit`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${session.client_secret}`,
        'idempotency-key': 'a-key',
      },
      body: JSON.stringify({ type: 'threads.create', params: { input } }),
    });
    return { service, url, response };
  }

  it('is not cut, while new connections are refused', async () => {
    const { responder, goOn } = inHalves();
    const { service, url, response } = await ask({}, responder);
    const closed = service.app.close();
    await eventually(() => expect(fetch(`${url}/healthz`)).rejects.toThrow());
    goOn();
    const told = await response.text();
    expect(told).toMatch(/First.*Second/s);
    expect(told).not.toContain('"error"');
    await closed;
  });

  it('announces the end of its connection, if it begins while the instance still takes requests', async () => {
    const { responder, goOn } = inHalves();
    goOn();
    const { service, url, response } = await ask({}, responder, 1000);
    expect(response.headers.get('connection')).toBe('keep-alive');
    const session = (await service.open()).json<{ client_secret: string }>();
    const closed = service.app.close();
    const late = await fetch(`${url}/api/chatkit`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${session.client_secret}`,
      },
      body: JSON.stringify({ type: 'threads.create', params: { input } }),
    });
    expect(late.headers.get('connection')).toBe('close');
    for (const each of [response, late]) expect(await each.text()).toContain('Second');
    await closed;
  });

  it('is interrupted after SHUTDOWN_TIMEOUT_SECONDS, of which the draining is a part', async () => {
    const { responder } = inHalves();
    const { service, response } = await ask({ SHUTDOWN_TIMEOUT_SECONDS: '1' }, responder, 900);
    const before = performance.now();
    const [told] = await Promise.all([response.text(), service.app.close()]);
    expect(performance.now() - before).toBeGreaterThan(900);
    expect(told).toMatch(/First.*"type":"error".*"allow_retry":true/s);
    expect(told).not.toContain('Second');
  });
});
