import cookie from '@fastify/cookie';
import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import { Validator } from '@seriousme/openapi-schema-validator';
import Fastify, {
  type FastifyInstance,
  type FastifyServerOptions,
  type InjectOptions,
} from 'fastify';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TestResponder } from './chatkit/test/harness.js';
import { MemoryStore, readConfig, taskpilotChat, type TaskPilotChatOptions } from './index.js';
import { sessionsPath } from './sessions/routes.js';

const json = { 'content-type': 'application/json' };

function host(options: FastifyServerOptions = {}): FastifyInstance {
  const app = Fastify({ genReqId: () => 'request-0001', ...options });
  onTestFinished(() => app.close());
  return app;
}

async function mount(
  app: FastifyInstance,
  prefix: string,
  options: Partial<TaskPilotChatOptions> = {},
): Promise<void> {
  await app.register(taskpilotChat, {
    prefix,
    config: readConfig({
      CHATKIT_BACKENDS: 'self-hosted',
      CHATKIT_DOMAIN_KEY: 'domain_pk_test',
      SESSION_SECRET: 'a-secret-for-tests-only-0123456789abcdef',
      ALLOWED_ORIGINS: 'https://shop.example',
    }),
    responder: new TestResponder(),
    store: new MemoryStore(),
    assets: '/nonexistent',
    errorStream: { write: () => undefined },
    ...options,
  });
}

/** Answers of an application's own. */
async function ownAnswers(app: FastifyInstance) {
  const requests: readonly (InjectOptions & { url: string })[] = [
    { url: '/own' },
    { url: '/own', headers: { origin: 'https://blog.example', cookie: 'a=b' } },
    { method: 'POST', url: '/own', headers: json, payload: '{"a":1}' },
    { method: 'POST', url: '/own', headers: json, payload: '{' },
    { url: '/broken' },
    { url: '/nowhere' },
    {
      method: 'OPTIONS',
      url: '/own',
      headers: { origin: 'https://blog.example', 'access-control-request-method': 'POST' },
    },
  ];
  const answers = [];
  for (const request of requests) {
    const { statusCode, headers, payload } = await app.inject(request);
    const policy = String(headers['content-security-policy']).replaceAll(/'nonce-\w+'/g, 'nonce');
    const comparable = { ...headers, date: '', 'content-security-policy': policy };
    answers.push({ statusCode, headers: comparable, payload });
  }
  return answers;
}

/** A policy matters to documents only, of which the service has none: an application's own may replace it. */
const uncompared = { date: '', 'content-length': '', 'content-security-policy': '' };
const shop = { origin: 'https://shop.example' };

/** Answers of the service. */
async function chatAnswers(app: FastifyInstance, prefix: string) {
  const requests: readonly (InjectOptions & { url: string })[] = [
    { method: 'POST', url: sessionsPath, headers: json, payload: '{}' },
    { method: 'POST', url: sessionsPath, headers: { ...json, ...shop }, payload: '{}' },
    { method: 'POST', url: sessionsPath, headers: json, payload: '{' },
    { method: 'POST', url: sessionsPath, headers: { ...json, origin: 'https://evil.example' } },
    { method: 'OPTIONS', url: sessionsPath, headers: shop },
    { method: 'OPTIONS', url: '/api/chatkit/requests/a-key', headers: shop },
    { method: 'DELETE', url: `${sessionsPath}/cksess_1` },
    { method: 'POST', url: '/api/chatkit', headers: json, payload: '{}' },
    { url: '/healthz' },
    { url: '/readyz' },
  ];
  const answers = [];
  for (const request of requests) {
    const { statusCode, headers, payload } = await app.inject({
      ...request,
      url: prefix + request.url,
      headers: { ...request.headers },
    });
    const stable = (text: string) =>
      text
        .replaceAll(/ey[\w-]+\.[\w-]+\.[\w-]+|cksess_\w+|[0-9a-f-]{36}\.[\w+/%-]+/g, 'id')
        .replaceAll(/"expires_at":\d+/g, '');
    const told = Object.entries(headers).map(([name, value]) => [name, stable(String(value))]);
    answers.push({
      statusCode,
      headers: { ...(Object.fromEntries(told) as object), ...uncompared },
      payload: stable(payload),
    });
  }
  return answers;
}

/** What an application has already, and whether its own headers come with ours. */
const uses: Readonly<Record<string, (app: FastifyInstance) => unknown>> = {
  '@fastify/cors': (app) => app.register(cors, { origin: ['https://blog.example'] }),
  '@fastify/helmet': (app) =>
    app.register(helmet, { contentSecurityPolicy: { directives: { defaultSrc: ["'self'"] } } }),
  '@fastify/helmet, with nonces': (app) => app.register(helmet, { enableCSPNonces: true }),
  '@fastify/cookie': (app) => app.register(cookie, { secret: 'another secret' }),
  '@fastify/rate-limit': (app) => app.register(rateLimit, { max: 1000 }),
  '@fastify/swagger': (app) => app.register(swagger, { openapi: {} }),
  'an error handler': (app) =>
    app.setErrorHandler((error: Error, _request, reply) =>
      reply.code(500).send({ mine: error.message }),
    ),
  'a handler for what is not found': (app) =>
    app.setNotFoundHandler((_request, reply) => reply.code(404).send('mine')),
  'hooks for all routes': (app) =>
    app
      .decorateRequest('visits', 0)
      .addHook('onRequest', (_request, reply, done) => {
        reply.header('x-mine', 'yes');
        done();
      })
      .addHook('preSerialization', async (_request, _reply, payload) => Promise.resolve(payload)),
  'a parser for every body': (app) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
      done(null, { text: body });
    });
  },
  'small bodies and ids of its own': () => undefined,
};

const optionsOf = (name: string): FastifyServerOptions =>
  name === 'small bodies and ids of its own'
    ? { bodyLimit: 20, routerOptions: { ignoreTrailingSlash: true, caseSensitive: false } }
    : {};

describe.each(Object.entries(uses))('In an application with %s', (name, use) => {
  const own = (app: FastifyInstance) => {
    app.get('/own', () => ({ mine: true }));
    app.post('/own', ({ body }) => body);
    app.get('/broken', () => {
      throw new Error('mine too');
    });
  };

  it.each([
    ['before', ''],
    ['before', '/assistant'],
    ['after', ''],
    ['after', '/assistant'],
  ])(
    'registered %s the service under “%s”, both answer as they do alone',
    async (order, prefix) => {
      const [app, alone, bare] = [host(optionsOf(name)), host(optionsOf(name)), host()];
      await use(alone);
      own(alone);
      await mount(bare, prefix);
      if (order === 'before') await use(app);
      await mount(app, prefix);
      if (order === 'after') await use(app);
      own(app);

      expect(await ownAnswers(app)).toEqual(await ownAnswers(alone));
      const expected = await chatAnswers(bare, prefix);
      for (const [index, answer] of (await chatAnswers(app, prefix)).entries()) {
        // An application's hooks may add headers of their own.
        expect.soft(answer, `request ${index}`).toMatchObject(expected[index] ?? {});
      }
    },
  );
});

describe('An application', () => {
  it("limits the service's requests, too, and its refusals are readable", async () => {
    const app = host();
    await app.register(rateLimit, { max: 1 });
    await mount(app, '');
    const open = () =>
      app.inject({
        method: 'POST',
        url: sessionsPath,
        headers: { ...json, ...shop },
        payload: '{}',
      });
    expect((await open()).statusCode).toBe(200);
    const refused = await open();
    expect(refused.statusCode).toBe(429);
    expect(refused.json()).toMatchObject({ code: 'rate_limited', retryable: true });
    expect(refused.headers['retry-after']).toBe('60');
  });

  it.each([
    ['OpenAPI 3.0', { openapi: { info: { title: 'Shop', version: '1' } } }],
    ['OpenAPI 3.1', { openapi: { openapi: '3.1.0', info: { title: 'Shop', version: '1' } } }],
    ['Swagger 2', { swagger: { info: { title: 'Shop', version: '1' } } }],
  ])('describes the service in its own document: %s', async (_name, options) => {
    const app = host();
    await app.register(swagger, options);
    await mount(app, '/assistant');
    await app.ready();
    const document = app.swagger();
    expect(Object.keys(document.paths ?? {})).toContain(`/assistant${sessionsPath}`);
    // Problem documents have a media type of their own, which Swagger 2 cannot say.
    if ('swagger' in options) return;
    const { errors } = await new Validator().validate({ ...document });
    expect(errors).toBeUndefined();
  });

  it('with a log-in for all routes keeps it, and names its users', async () => {
    const app = host();
    app.decorateRequest('user', '');
    app.addHook('onRequest', async (request, reply) => {
      const user = request.headers['x-user'];
      if (typeof user !== 'string') return reply.code(401).send({ mine: 'log in' });
      Object.assign(request, { user });
      return undefined;
    });
    const users: unknown[] = [];
    await mount(app, '', {
      authenticator: {
        authenticate: (request) => {
          const { user } = request as unknown as { user: string };
          users.push(user);
          return { user };
        },
      },
    });
    const open = (headers: Record<string, string>) =>
      app.inject({
        method: 'POST',
        url: sessionsPath,
        headers: { ...json, ...headers },
        payload: '{}',
      });
    expect((await open({})).json()).toEqual({ mine: 'log in' });
    expect((await open({ 'x-user': 'ann' })).statusCode).toBe(200);
    expect(users).toEqual(['ann']);
  });

  it.each([
    ['sessions', 'POST', sessionsPath],
    ['chatkit', 'POST', '/api/chatkit'],
    ['healthz', 'GET', '/healthz'],
    ['readyz', 'GET', '/readyz'],
    ['metrics', 'GET', '/metrics'],
    ['script', 'GET', '/taskpilot-chat.js'],
  ] as const)('switches off %s alone', async (name, method, url) => {
    const app = host();
    await mount(app, '', { routes: { [name]: false } });
    const paths = {
      sessions: sessionsPath,
      chatkit: '/api/chatkit',
      healthz: '/healthz',
      readyz: '/readyz',
      metrics: '/metrics',
    };
    expect((await app.inject({ method, url })).statusCode).toBe(404);
    for (const [other, path] of Object.entries(paths)) {
      if (other === name) continue;
      expect((await app.inject({ method: 'PUT', url: path })).statusCode).toBe(405);
    }
  });

  it('without a logger is told of errors, and where they are', async () => {
    const lines: string[] = [];
    const app = host();
    await mount(app, '/assistant', {
      errorStream: { write: (line) => void lines.push(line) },
      authenticator: {
        authenticate: () => Promise.reject(new Error('the session table is gone')),
      },
    });
    app.get('/own', ({ log }) => {
      log.error('of the application');
      return 'mine';
    });
    await app.inject('/own');
    const answer = await app.inject({
      method: 'POST',
      url: `/assistant${sessionsPath}?secret=1`,
      headers: json,
      payload: '{}',
    });
    expect(answer.statusCode).toBe(500);
    // The first one tells that the script is not built.
    const [, line = '', ...others] = lines;
    expect(others).toEqual([]);
    expect(JSON.parse(line)).toMatchObject({
      level: 50,
      method: 'POST',
      path: `/assistant${sessionsPath}`,
      reqId: expect.any(String) as string,
      err: {
        message: 'the session table is gone',
        stack: expect.stringContaining('mounting.test') as string,
      },
    });
  });
});
