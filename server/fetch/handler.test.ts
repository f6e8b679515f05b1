import { SignJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { done, inputOf, saying } from '../chatkit/test/harness.js';
import type { Responder } from '../chatkit/index.js';
import {
  answering,
  apiKey,
  breakingOff,
  endless,
  failing,
  hanging,
  hangingInBody,
  ok,
  startFakeOpenAI,
  type FakeOpenAI,
} from '../test/fake-openai.js';
import {
  both,
  comparable,
  type Answer,
  type Ask,
  type BothOptions,
  type Env,
  type Service,
} from './test/both.js';
import { createHandler } from './handler.js';
import { requests, shop } from './test/requests.js';

const chat = '/api/chatkit';
const json = { 'content-type': 'application/json' };
const open: Ask = { headers: json, body: '{}' };

let openAI: FakeOpenAI;
beforeEach(async () => {
  openAI = await startFakeOpenAI();
});
afterEach(() => openAI.close());

const hosted = (env: Env = {}): Env => ({
  OPENAI_API_KEY: apiKey,
  OPENAI_BASE_URL: openAI.baseUrl,
  CHATKIT_BACKENDS: 'hosted',
  ALLOWED_ORIGINS: shop,
  ...env,
});

const selfHosted = (env: Env = {}): Env => ({
  CHATKIT_BACKENDS: 'self-hosted',
  CHATKIT_DOMAIN_KEY: 'domain_pk_test',
  ...env,
});

/** Says each message again, a word at a time. */
const echo: Responder = {
  async *respond(thread, message, context) {
    const text = message?.content.map((part) => part.text).join('') ?? '';
    yield { type: 'progress_update', text: 'Thinking' };
    await Promise.resolve();
    yield done(saying(thread, context, `You said ${text}`));
  },
};

const id = { 'x-request-id': 'request-0001' };
const withId = (ask: Ask): Ask => ({ ...ask, headers: { ...id, ...ask.headers } });

/**
 * Asks both services the same, one request after the other, and expects the same answers.
 *
 * @returns those of the handler
 */
async function askBoth(
  env: Env,
  script: (ask: Service) => Promise<unknown>,
  options: BothOptions = {},
): Promise<Answer[]> {
  const services = await both(env, options);
  const record = async (service: Service): Promise<Answer[]> => {
    const answers: Answer[] = [];
    await script(async (ask) => {
      const answer = await service(withId(ask));
      answers.push(answer);
      return answer;
    });
    return answers;
  };
  const [expected, answers] = [await record(services.fastify), await record(services.handler)];
  expect(answers.map(comparable)).toEqual(expected.map(comparable));
  return answers;
}

const all =
  (...asks: readonly Ask[]) =>
  async (ask: Service): Promise<void> => {
    for (const each of asks) await ask(each);
  };

const codeOf = ({ status, body }: Answer) =>
  status < 400 ? status : (JSON.parse(body) as { code: string }).code;

const told = ({ body }: Answer) =>
  JSON.parse(body) as { client_secret: string; session_id: string; visitor: string };

describe('A handler answers as the service on Fastify does', () => {
  it.each(requests)('$name', async ({ ask, status, code }) => {
    const env = { ...hosted(), CHATKIT_BACKENDS: 'hosted,self-hosted' };
    const [answer] = await askBoth(env, all(ask), { responder: echo });
    expect(answer?.status).toBe(status);
    if (code !== undefined) expect(answer && codeOf(answer)).toBe(code);
  });

  it('failures of OpenAI', async () => {
    for (const [behaviour, code] of [
      [failing(401), 'upstream_rejected'],
      [failing(404), 'workflow_unavailable'],
      [failing(429, { 'retry-after': '30' }), 'upstream_unavailable'],
      [failing(500), 'upstream_unavailable'],
      [ok({ client_secret: '' }), 'upstream_invalid_response'],
      [ok({ expires_at: 1 }), 'upstream_invalid_response'],
    ] as const) {
      openAI.behave(behaviour);
      const answers = await askBoth(hosted(), all(open), { sleep: () => Promise.resolve() });
      expect(answers.map(codeOf)).toEqual([code]);
    }
    for (const [behaviour, code] of [
      [hanging, 'upstream_timeout'],
      [hangingInBody, 'upstream_timeout'],
      [endless, 'upstream_invalid_response'],
      [breakingOff, 'upstream_unavailable'],
      [answering('no JSON'), 'upstream_invalid_response'],
    ] as const) {
      openAI.behave(behaviour);
      const env = hosted({ UPSTREAM_TIMEOUT_MS: '1000' });
      expect((await askBoth(env, all(open))).map(codeOf)).toEqual([code]);
    }
    const nowhere = hosted({ OPENAI_BASE_URL: 'http://127.0.0.1:9/v1' });
    const refused = await askBoth(nowhere, all(open), { sleep: () => Promise.resolve() });
    expect(refused.map(codeOf)).toEqual(['upstream_unavailable']);
    const noKey = await askBoth(hosted({ OPENAI_API_KEY: '' }), all(open));
    expect(noKey.map(codeOf)).toEqual(['not_configured']);
  });

  it('more requests than a user may', async () => {
    const env = hosted({ RATE_LIMIT_PER_MINUTE: '2' });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    try {
      const answers = await askBoth(env, all(open, open, open), { now: () => Date.now() });
      expect(answers.map(codeOf)).toEqual([200, 200, 'rate_limited']);
      expect(answers[2]?.headers['retry-after']).toBe('60');
    } finally {
      vi.useRealTimers();
    }
  });

  it('a visitor who comes back, by cookie and by token, and ends the session', async () => {
    const answers = await askBoth(hosted(), async (ask) => {
      const first = await ask(open);
      const [cookie = ''] = (first.headers['set-cookie'] ?? '').split(';');
      await ask({ headers: { ...json, cookie }, body: '{}' });
      await ask({ headers: json, body: JSON.stringify({ visitor: told(first).visitor }) });
      const path = `/api/chatkit/sessions/${told(first).session_id}`;
      await ask({ method: 'DELETE', path });
      await ask({ method: 'DELETE', path, headers: { cookie } });
      await ask({ method: 'DELETE', path, headers: { cookie } });
      const crossSite = { ...json, origin: shop, 'sec-fetch-site': 'cross-site' };
      await ask({ headers: crossSite, body: '{}' });
    });
    expect(answers.map(codeOf)).toEqual([200, 200, 200, 'not_found', 204, 'not_found', 200]);
    const users = openAI.calls
      .filter(({ path }) => path.endsWith('/sessions'))
      .map(({ body }) => (body as { user: string }).user);
    // Of each service the first three are one visitor.
    expect(new Set(users.slice(0, 3)).size).toBe(1);
    expect(answers[6]?.headers['set-cookie']).toContain('Partitioned; SameSite=None');
  });

  it('tokens of users', async () => {
    const secret = 'a shared secret of at least 32 characters';
    const env = hosted({
      AUTH: 'jwt',
      AUTH_JWT_SECRET: secret,
      AUTH_ISSUER: 'shop',
      AUTH_AUDIENCE: 'chat',
    });
    const sign = (expires: string) =>
      new SignJWT({ sub: 'ann' })
        .setProtectedHeader({ alg: 'HS256' })
        .setIssuer('shop')
        .setAudience('chat')
        .setExpirationTime(expires)
        .sign(new TextEncoder().encode(secret));
    const [valid, expired] = [await sign('1h'), await sign('-1h')];
    const bearing = (authorization: string): Ask => ({
      headers: { ...json, authorization },
      body: '{}',
    });
    const answers = await askBoth(
      env,
      all(bearing(`Bearer ${valid}`), bearing(`Bearer ${expired}`), bearing('Bearer x'), open),
    );
    expect(answers.map(codeOf)).toEqual([
      200,
      'unauthenticated',
      'unauthenticated',
      'unauthenticated',
    ]);
    expect(openAI.calls[0]?.body).toMatchObject({ user: 'ann' });
  });

  it("an application's own log-in", async () => {
    const userOf: BothOptions['userOf'] = (header) => {
      const user = header('x-user');
      if (user === 'broken') throw new Error('database away');
      return user ?? null;
    };
    const as = (user: string): Ask => ({ headers: { ...json, 'x-user': user }, body: '{}' });
    const answers = await askBoth(hosted(), all(as('ann'), as(' '), as('broken')), { userOf });
    expect(answers.map(codeOf)).toEqual([200, 'unauthenticated', 'internal_error']);
    const { handler } = await both(hosted(), { userOf });
    expect(codeOf(await handler(open))).toBe('unauthenticated');
  });

  it('the next backend, when OpenAI refuses for good', async () => {
    openAI.behave(failing(404));
    const env = { ...hosted(), ...selfHosted({ CHATKIT_BACKENDS: 'hosted,self-hosted' }) };
    const answers = await askBoth(env, all(open, open), { responder: echo });
    expect(answers.map(codeOf)).toEqual([200, 200]);
    expect(JSON.parse(answers[0]?.body ?? '')).toMatchObject({
      api: { url: '../chatkit', domain_key: 'domain_pk_test' },
    });
    // Two refusals of each service, which then gives the backend up.
    expect(openAI.calls.length).toBe(4);
  });

  it('a self-hosted conversation', async () => {
    const answers = await askBoth(
      selfHosted({ MESSAGE_LIMIT_PER_MINUTE: '3', MESSAGE_MAX_CHARS: '1000' }),
      async (ask) => {
        const session = told(await ask(open));
        const headers = { ...json, authorization: `Bearer ${session.client_secret}` };
        const post = (body: unknown, more: Env = {}) =>
          ask({ path: chat, headers: { ...headers, ...more }, body: JSON.stringify(body) });
        const create = (text: string) => ({
          type: 'threads.create',
          params: { input: inputOf(text) },
        });
        const created = await post(create('hello'), { 'idempotency-key': 'a-key' });
        const threadId = /"thread":\{"id":"([^"]+)"/.exec(created.body)?.[1] ?? '';
        await post(create('hello'), { 'idempotency-key': 'a-key' });
        await post(create('other'), { 'idempotency-key': 'a-key' });
        await post({ type: 'threads.list', params: {} });
        await post({ type: 'threads.get_by_id', params: { thread_id: threadId } });
        await post({ type: 'threads.get_by_id', params: { thread_id: 'thr_none' } });
        await post(create(''));
        await post({ type: 'nothing' });
        await post(create('x'.repeat(2000)));
        await post(create('x'.repeat(100_000)));
        await ask({ path: chat, headers, body: '{' });
        await ask({ path: chat, headers, body: '{"__proto__":{}}' });
        await ask({
          path: chat,
          headers: { ...headers, 'content-type': 'text/plain' },
          body: '{}',
        });
        await ask({
          method: 'DELETE',
          path: `${chat}/requests/a-key`,
          headers: { authorization: headers.authorization },
        });
        await post(create('second'));
        await post(create('third'));
        await post(create('fourth'));
      },
      { responder: echo },
    );
    expect(answers.map(codeOf)).toEqual([
      200,
      200,
      200,
      'idempotency_key_reused',
      200,
      200,
      'not_found',
      'bad_request',
      'bad_request',
      'payload_too_large',
      'payload_too_large',
      'bad_request',
      'bad_request',
      'unsupported_media_type',
      204,
      200,
      200,
      'rate_limited',
    ]);
    expect(answers[1]?.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store, no-transform',
    });
    expect(answers[1]?.body).toContain('You said hello');
  });

  it('the token of a session that was ended', async () => {
    const answers = await askBoth(
      selfHosted(),
      async (ask) => {
        const first = await ask(open);
        const { client_secret: secret, session_id: sessionId } = told(first);
        const [cookie = ''] = (first.headers['set-cookie'] ?? '').split(';');
        const list: Ask = {
          path: chat,
          headers: { ...json, authorization: `Bearer ${secret}` },
          body: JSON.stringify({ type: 'threads.list', params: {} }),
        };
        await ask(list);
        const path = `/api/chatkit/sessions/${sessionId}`;
        await ask({ method: 'DELETE', path, headers: { cookie } });
        await ask(list);
      },
      { responder: echo },
    );
    expect(answers.map(codeOf)).toEqual([200, 200, 204, 'unauthenticated']);
  });
});

describe('The caller of a chat', () => {
  it('A6: reaches the responder with the fields that authenticate returned', async () => {
    const callers: unknown[] = [];
    const responder: Responder<{ org: string }> = {
      respond(thread, message, context) {
        callers.push(context.caller, context.locale, context.headers);
        return echo.respond(thread, message, context);
      },
    };
    const handler = createHandler({
      ...selfHosted(),
      SESSION_SECRET: 'a-secret-for-tests-only-0123456789abcdef',
      AGENT_HEADERS: 'x-country',
      authenticate: () => ({ user: 'ann', org: 'acme' }),
      responder,
    });
    const url = 'http://localhost/api/chatkit';
    const post = (path: string, body: string, headers = {}) =>
      handler(
        new Request(`${url}${path}`, { method: 'POST', headers: { ...json, ...headers }, body }),
      );
    const session = (await (await post('/sessions', '{}')).json()) as { client_secret: string };
    const answer = await post(
      '',
      JSON.stringify({ type: 'threads.create', params: { input: inputOf('hello') } }),
      {
        authorization: `Bearer ${session.client_secret}`,
        'accept-language': 'de',
        'x-country': 'CH',
      },
    );
    expect(await answer.text()).toContain('You said hello');
    expect(callers).toEqual([{ user: 'ann', org: 'acme' }, 'de', { 'x-country': 'CH' }]);
  });
});
