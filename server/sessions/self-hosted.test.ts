import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { MemoryStore, type Responder } from '../chatkit/index.js';
import { create, done, saying } from '../chatkit/test/harness.js';
import { useHarness, type TestService } from '../test/harness.js';
import { failing } from '../test/fake-openai.js';

const harness = useHarness();

/** Says back what it was told. */
const echo: Responder = {
  async *respond(thread, message, context) {
    const [part] = message?.content ?? [];
    yield await Promise.resolve(done(saying(thread, context, `You said ${part?.text ?? ''}`)));
  },
};

interface Session {
  client_secret: string;
  session_id: string;
  expires_at: number;
  api?: { url: string; domain_key: string };
}

const usual = {
  CHATKIT_BACKENDS: 'hosted,self-hosted',
  SESSION_SECRET: 'a-secret-for-tests-only-0123456789abcdef',
};
const selfHosted = { ...usual, CHATKIT_BACKENDS: 'self-hosted' };

const start = (env: Readonly<Record<string, string>>, now: () => number = Date.now) =>
  harness.service(env, { responder: echo, store: new MemoryStore(), now });

async function openSession(service: TestService, headers = {}): Promise<Session> {
  const answer = await service.open(headers);
  expect(answer.statusCode).toBe(200);
  return answer.json<Session>();
}

function ask(service: TestService, token: string, body: object, headers = {}) {
  return service.inject({
    method: 'POST',
    url: '/api/chatkit',
    headers: { authorization: `Bearer ${token}`, ...headers },
    payload: body,
  });
}

const hello = create('hello');

function threadIn(payload: string): string {
  const id = /"id":"(thr_\w+)"/.exec(payload)?.[1];
  if (id === undefined) throw new Error(`no thread in ${payload}`);
  return id;
}

describe('The caller who opened a self-hosted session', () => {
  const settings = {
    ...selfHosted,
    AGENT_HEADERS: 'x-country',
    AGENT_LOCALES: 'en,de',
  };
  const startWith = (app: object, responder: Responder) =>
    harness.service(settings, {
      responder,
      store: new MemoryStore(),
      authenticator: { authenticate: () => ({ user: 'ada', ...app }) },
    });

  it('A6: reaches the responder, with language, page and the headers on the list', async () => {
    const contexts: unknown[] = [];
    const service = await startWith(
      { org: 'acme', roles: ['admin'], remember: () => 'visitor' },
      {
        respond(thread, message, context) {
          const { caller, locale, page, headers } = context;
          contexts.push({ caller, locale, page, headers });
          return echo.respond(thread, message, context);
        },
      },
    );
    const { client_secret: token } = await openSession(service, { host: 'localhost:3000' });
    const answer = await ask(
      service,
      token,
      { ...hello, metadata: { page: { path: '/orders/7' } } },
      { 'accept-language': 'de-CH,fr;q=0.5', 'x-country': 'CH', 'x-other': 'no', cookie: 'no' },
    );
    expect(answer.payload).toContain('You said hello');
    expect(contexts).toEqual([
      {
        caller: { user: 'ada', org: 'acme', roles: ['admin'] },
        locale: 'de',
        page: { path: '/orders/7' },
        headers: { 'x-country': 'CH' },
      },
    ]);
  });

  it('A6: cannot bring more than a session has room for', async () => {
    const service = await startWith({ notes: 'x'.repeat(3000) }, echo);
    const answer = await service.open({ host: 'localhost:3000' });
    expect(answer.statusCode).toBe(500);
    expect(service.logs.join('')).toContain('bytes beside the user: a session takes 2048 at most');
  });
});

describe('A self-hosted session', () => {
  it('has the shape of a hosted one, and says where ChatKit is', async () => {
    const service = await start({ ...selfHosted, SESSION_TTL_SECONDS: '60' });
    const before = Date.now() / 1000;
    const session = await openSession(service, { host: 'localhost:3000' });
    expect(session.session_id).toMatch(/^cksess_/);
    expect(session.expires_at).toBeGreaterThan(before + 58);
    expect(session.api).toEqual({ url: '../chatkit', domain_key: 'domain_pk_localhost_dev' });
  });

  const ours = { ...selfHosted, CHATKIT_DOMAIN_KEY: 'domain_pk_ours' };

  it.each(['chat.example.com', 'internal:8080', 'evil.example'])(
    'S11: has an address relative to its endpoint, whatever the Host header says: %s',
    async (host) => {
      const session = await openSession(await start(ours), { host });
      expect(session.api).toEqual({ url: '../chatkit', domain_key: 'domain_pk_ours' });
    },
  );

  it('S11: has an absolute address where PUBLIC_URL is set', async () => {
    const service = await start({ ...ours, PUBLIC_URL: 'https://example.com/assistant/' });
    const session = await openSession(service);
    expect(session.api?.url).toBe('https://example.com/assistant/api/chatkit');
  });

  it.each([
    ['http://localhost:5173', 200],
    ['http://127.0.0.1:3000', 200],
    ['https://www.example.com', 503],
    ['https://localhost.example.com', 503],
  ])('S5: without a domain key, a page of %s gets %i', async (origin, status) => {
    const service = await start({ ...selfHosted, ALLOWED_ORIGINS: origin });
    const answer = await service.open({ host: 'chat.example.com', origin });
    expect(answer.statusCode).toBe(status);
    if (status === 503) {
      expect(answer.json()).toMatchObject({
        code: 'not_configured',
        detail: expect.stringContaining('CHATKIT_DOMAIN_KEY') as string,
      });
    }
  });

  it('opens the chat: a message is answered', async () => {
    const service = await start(selfHosted);
    const { client_secret: token } = await openSession(service);
    const answer = await ask(service, token, hello);
    expect(answer.headers['content-type']).toBe('text/event-stream');
    expect(answer.payload).toContain('You said hello');
  });

  it('ends with its time, and with its cancellation', async () => {
    let time = Date.now();
    const service = await start({ ...selfHosted, SESSION_TTL_SECONDS: '60' }, () => time);
    const first = await service.open();
    const { client_secret: token, session_id: id } = first.json<Session>();
    const cookie = String(first.headers['set-cookie']).split(';')[0] ?? '';
    const cancelled = await service.inject({
      method: 'DELETE',
      url: `/api/chatkit/sessions/${id}`,
      headers: { cookie },
    });
    expect(cancelled.statusCode).toBe(204);
    expect((await ask(service, token, hello)).statusCode).toBe(401);

    const { client_secret: second } = await openSession(service);
    time += 61_000;
    const late = await ask(service, second, hello);
    expect(late.statusCode).toBe(401);
    expect(late.json()).toMatchObject({
      code: 'unauthenticated',
      message: expect.any(String) as string,
    });
  });

  it.each(['', 'ek_something', 'eyJhbGciOiJub25lIn0.e30.'])('is not “%s”', async (token) => {
    const service = await start(selfHosted);
    expect((await ask(service, token, hello)).statusCode).toBe(401);
  });

  it('shows nothing of another user', async () => {
    const service = await start(selfHosted);
    const ada = await openSession(service);
    const ben = await openSession(service);
    const thread = threadIn((await ask(service, ada.client_secret, hello)).payload);
    const get = { type: 'threads.get_by_id', params: { thread_id: thread } };
    expect((await ask(service, ada.client_secret, get)).statusCode).toBe(200);
    expect((await ask(service, ben.client_secret, get)).statusCode).toBe(404);
  });

  it('is of no use to a page of another origin', async () => {
    const service = await start({ ...selfHosted, ALLOWED_ORIGINS: 'https://www.example.com' });
    const { client_secret: token } = await openSession(service);
    const refused = await ask(service, token, hello, { origin: 'https://evil.example' });
    expect(refused.statusCode).toBe(403);
    const allowed = await ask(service, token, hello, { origin: 'https://www.example.com' });
    expect(allowed.statusCode).toBe(200);
    expect(allowed.headers['access-control-allow-origin']).toBe('https://www.example.com');
    const preflight = await service.inject({
      method: 'OPTIONS',
      url: '/api/chatkit',
      headers: {
        origin: 'https://www.example.com',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,x-chatkit',
      },
    });
    expect(preflight.statusCode).toBe(204);
    expect(preflight.headers['access-control-allow-headers']).toBe('authorization,x-chatkit');
  });
});

describe('The order of the backends', () => {
  it.each([404, 410, 403] as const)(
    'the next one serves when OpenAI refuses the workflow for good (%i), and the operator is told once',
    async (status) => {
      const upstream = await harness.openAI();
      upstream.behave(failing(status));
      const service = await harness.service(usual, {
        upstream,
        responder: echo,
        store: new MemoryStore(),
      });
      expect((await openSession(service)).api).toBeDefined();
      expect((await openSession(service)).api).toBeDefined();
      const told = service.logs.filter((line) => line.includes('refuses for good'));
      expect(told).toHaveLength(1);
      const { payload } = await service.inject('/metrics');
      expect(payload).toContain('taskpilot_failovers_total{from="hosted",to="self-hosted"} 1');
    },
  );

  it('FR-009: without any key nobody answers, and nobody is asked', async () => {
    const service = await harness.service({ ...usual, OPENAI_API_KEY: '' });
    const answer = await service.open();
    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toMatchObject({ code: 'not_configured' });
    expect((await service.inject('/readyz')).statusCode).toBe(503);
  });

  it('an agent with credentials of its own answers without OpenAI’s key', async () => {
    const service = await start({ ...usual, OPENAI_API_KEY: '' });
    expect((await openSession(service)).api).toBeDefined();
    expect((await service.inject('/readyz')).statusCode).toBe(200);
  });

  it('there is no ChatKit server where only hosted sessions are wanted', async () => {
    const service = await start({ ...usual, CHATKIT_BACKENDS: 'hosted' });
    expect((await ask(service, 'x', hello)).statusCode).toBe(404);
  });
});

describe('The limit of messages', () => {
  it('holds for answers, by user, and says when to go on', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const service = await start({ ...selfHosted, MESSAGE_LIMIT_PER_MINUTE: '2' });
    const [ann, bob] = [await openSession(service), await openSession(service)];
    const statusOf = async ({ client_secret }: Session, body: object = hello) =>
      (await ask(service, client_secret, body)).statusCode;
    expect([await statusOf(ann), await statusOf(ann), await statusOf(ann)]).toEqual([
      200, 200, 429,
    ]);
    vi.setSystemTime(Date.now() + 20_000);
    const refused = await ask(service, ann.client_secret, hello);
    expect(refused.json()).toMatchObject({ code: 'rate_limited', retryable: true });
    expect(refused.json<{ message: string }>().message).toMatch(/wait/i);
    expect(refused.headers['retry-after']).toBe('40');
    const list = { type: 'threads.list', params: {} };
    const listed = await ask(service, ann.client_secret, list);
    // What is refused is not stored.
    expect(listed.json<{ data: unknown[] }>().data).toHaveLength(2);
    expect(await statusOf(bob)).toBe(200);
    vi.setSystemTime(Date.now() + 40_000);
    expect(await statusOf(ann)).toBe(200);
  });
});

describe('A database that cannot be opened', () => {
  it('is told at the start, and turns sessions and readiness red once it is needed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'taskpilot-data-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, 'file');
    await writeFile(file, 'no folder');
    const upstream = await harness.openAI();
    const service = await harness.service({ ...usual, DATA_DIR: file }, { upstream });
    const told = () => service.logs.filter((line) => line.includes(`DATA_DIR (${file})`));
    await vi.waitFor(() => expect(told()).toHaveLength(1));
    // Hosted sessions do without it.
    expect((await service.open()).statusCode).toBe(200);
    expect((await service.inject('/readyz')).statusCode).toBe(200);

    upstream.behave(failing(404));
    const refused = await service.open();
    expect(refused.statusCode).toBe(503);
    expect(refused.json()).toMatchObject({ code: 'storage_unavailable', retryable: true });
    const ready = await service.inject('/readyz');
    expect(ready.statusCode).toBe(503);
    expect(ready.json()).toMatchObject({ reason: 'storage_unavailable' });
    expect(told()).toHaveLength(1);
  });
});
