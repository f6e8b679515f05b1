import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MemoryStore, StreamError, type Responder } from '../chatkit/index.js';
import { create, done, saying } from '../chatkit/test/harness.js';
import { expectRefusal } from '../attacks/test/target.js';
import { TestFolders } from '../storage/test/test-folder.js';
import { eventually, useHarness, type TestService } from '../test/harness.js';

const adminToken = 'admin-token-0123456789';
const readToken = 'reading-token-0123456789';
const env = {
  CHATKIT_BACKENDS: 'self-hosted',
  SESSION_SECRET: 'a-secret-for-tests-only-0123456789abcdef',
  ADMIN_TOKEN: adminToken,
  ADMIN_READ_TOKEN: `${readToken},another-${readToken}`,
};

/** Says back what it was told; fails when it is asked to. */
const echo: Responder = {
  async *respond(thread, message, context) {
    const [part] = message?.content ?? [];
    const text = part?.text ?? '';
    thread.title = text;
    yield await Promise.resolve(done(saying(thread, context, `You said ${text}`)));
    if (text.includes('fail')) throw new StreamError();
  },
};

const harness = useHarness();
let folders: TestFolders;
beforeAll(async () => {
  folders = await TestFolders.create();
}, 60_000);
afterAll(() => folders.remove());

let copies = 0;
const start = async (own: Readonly<Record<string, string>> = {}) =>
  harness.service(
    { ...env, DATA_DIR: await folders.copy(String(copies++)), ...own },
    { responder: echo },
  );

interface Asked {
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const ask = (
  service: TestService,
  path: string,
  payload?: object,
  { token = adminToken, headers = {} }: Asked = {},
) =>
  service.inject({
    method: payload === undefined ? 'GET' : 'POST',
    url: `/admin/api${path}`,
    headers: { authorization: `Bearer ${token}`, ...headers },
    ...(payload && { payload }),
  });

/** Chats as a new visitor, and returns the id of the thread once its answer is recorded. */
async function chat(service: TestService, text: string): Promise<string> {
  const { client_secret: secret } = (await service.open()).json<{ client_secret: string }>();
  const stream = await service.inject({
    method: 'POST',
    url: '/api/chatkit',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    payload: create(text),
  });
  const [, id = ''] = /"thread":\{"id":"([^"]+)"/.exec(stream.payload) ?? [];
  expect(id).toMatch(/^thr_/);
  await eventually(async () => expect((await read(service, id)).answers).toHaveLength(1));
  return id;
}

interface ReadThread {
  readonly thread: { readonly id: string; readonly user: string; readonly title: string };
  readonly items: readonly { readonly type: string; readonly id: string }[];
  readonly answers: readonly object[];
}

const read = async (service: TestService, id: string, asked?: Asked): Promise<ReadThread> =>
  (await ask(service, `/threads/${id}`, undefined, asked)).json<ReadThread>();

interface List {
  readonly threads: readonly { readonly id: string }[];
  readonly next: string | null;
}

const list = async (service: TestService, filter: object = {}): Promise<List> =>
  (await ask(service, '/threads', filter)).json<List>();

const idsOf = ({ threads }: List): string[] => threads.map(({ id }) => id);

const acts = async (service: TestService) => {
  const { entries } = (await ask(service, '/audit')).json<{
    entries: { actor: string | null; action: string; subject: string | null; address: string }[];
  }>();
  return entries.map(({ actor, action, subject }) => ({ actor, action, subject }));
};

describe('the operator’s page', () => {
  it('is not there without ADMIN_TOKEN', async () => {
    const service = await harness.service({ CHATKIT_BACKENDS: 'hosted' });
    for (const url of ['/admin', '/admin/', '/admin/page.js', '/admin/icon.svg']) {
      expect((await service.inject(url)).statusCode, url).toBe(404);
    }
    expect((await ask(service, '/session', {})).statusCode).toBe(404);
    expect((await ask(service, '/figures')).statusCode).toBe(404);
  });

  it('has a strict policy of its own, and nothing in it before there is a token', async () => {
    const service = await start();
    const page = await service.inject('/admin');
    expect(page.statusCode).toBe(200);
    const policy = String(page.headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|\*|data:|https?:/);
    expect(page.headers).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
    expect(page.payload).not.toMatch(/style=|<style|onload|<script>/);
    expect((await service.inject('/admin/')).headers['location']).toBe('../admin');
    expect((await service.inject('/openapi.json')).payload).not.toContain('/admin');
  });

  it('says where conversations are when the service does not keep them', async () => {
    const hosted = await harness.service({ ...env, CHATKIT_BACKENDS: 'hosted' });
    const session = await ask(hosted, '/session', {});
    expect(session.json()).toMatchObject({ role: 'admin', conversations: 'hosted' });
    expectRefusal(await ask(hosted, '/threads', {}), 404, 'not_found');
    const own = await harness.service(env, { responder: echo, store: new MemoryStore() });
    expect((await ask(own, '/session', {})).json()).toMatchObject({ conversations: 'elsewhere' });
  });

  it('lists, reads, exports and deletes what visitors have said, beside the running database', async () => {
    const service = await start();
    const [one, other] = [await chat(service, 'Buy milk'), await chat(service, 'please fail')];
    expect(idsOf(await list(service))).toEqual([other, one]);
    expect(idsOf(await list(service, { failed: true }))).toEqual([other]);
    expect(idsOf(await list(service, { text: 'MILK' }))).toEqual([one]);
    const first = await list(service, { limit: 1 });
    expect(idsOf(await list(service, { limit: 1, cursor: first.next }))).toEqual([one]);

    const { thread, items, answers } = await read(service, one);
    expect(thread).toMatchObject({ id: one, title: 'Buy milk' });
    expect(items.map(({ type }) => type)).toEqual(['user_message', 'assistant_message']);
    expect(answers).toMatchObject([
      { messageId: items[0]?.id, outcome: 'complete', failure: null, inputTokens: null },
    ]);
    expect((await read(service, other)).answers).toMatchObject([{ outcome: 'failed' }]);
    expect((await ask(service, '/figures')).json<{ days: object[] }>().days.at(-1)).toMatchObject({
      ...{ chats: 2, answers: 2, failures: 1 },
    });

    const { user } = thread;
    const exported = (await ask(service, '/export', { user })).json<{ threads: object[] }>();
    expect(exported).toMatchObject({ user, threads: [{ thread: { id: one }, items }] });
    const alone = (await ask(service, '/export', { thread: one })).json<object>();
    expect(alone).toMatchObject({ user, threads: exported.threads });
    expect((await ask(service, '/delete', { thread: one })).json()).toEqual({ threads: 1 });
    expectRefusal(await ask(service, `/threads/${one}`), 404, 'not_found');
    const otherUser = (await read(service, other)).thread.user;
    expect((await ask(service, '/delete', { user: otherUser })).json()).toMatchObject({
      threads: 1,
    });
    expect(await list(service)).toMatchObject({ threads: [], next: null });
  });

  it('keeps every act in the audit log and tells the log, users as hashes', async () => {
    const service = await start();
    const thread = await chat(service, 'Hello');
    const { user } = (await read(service, thread)).thread;
    await ask(service, '/session', {}, { token: readToken });
    await ask(service, '/threads', { text: 'Hello' });
    await ask(service, '/export', { user }, { token: `another-${readToken}` });
    await ask(service, '/delete', { thread });
    await ask(service, '/session', {}, { token: 'wrong' });
    const hash: unknown = expect.stringMatching(/^[0-9a-f]{16}$/);
    expect((await acts(service)).slice(0, 5)).toEqual([
      { actor: null, action: 'log_in_refused', subject: null },
      { actor: 'admin', action: 'delete_thread', subject: thread },
      { actor: 'read-only 2', action: 'export_user', subject: hash },
      { actor: 'admin', action: 'search_threads', subject: null },
      { actor: 'read-only', action: 'log_in', subject: null },
    ]);
    const lines = service.logs.join('');
    for (const action of ['log_in', 'read_thread', 'export_user', 'delete_thread']) {
      expect(lines).toContain(`"audit":"${action}"`);
    }
    expect(lines).not.toContain(user);
    expect(lines).not.toContain(adminToken);
  });
});

describe('attacks on the operator’s page', () => {
  const paths = [
    ['/session', {}],
    ['/threads', {}],
    ['/threads/thr_1', undefined],
    ['/export', { user: 'a' }],
    ['/delete', { user: 'a' }],
    ['/figures', undefined],
    ['/audit', undefined],
  ] as const;

  it('without a token, with a wrong one, in another place: nothing is told', async () => {
    const service = await start();
    for (const [path, payload] of paths) {
      const method = payload === undefined ? 'GET' : 'POST';
      const url = `/admin/api${path}`;
      const bare = await service.inject({ method, url, ...(payload && { payload }) });
      expectRefusal(bare, 401, 'unauthenticated');
      const inUrl = await service.inject({ method, url: `${url}?token=${adminToken}` });
      expectRefusal(inUrl, 401, 'unauthenticated');
      const basic = { authorization: `Basic ${Buffer.from(adminToken).toString('base64')}` };
      expectRefusal(await service.inject({ method, url, headers: basic }), 401, 'unauthenticated');
    }
    for (const token of [adminToken.slice(0, -1), `${adminToken}x`, adminToken.toUpperCase()]) {
      expectRefusal(await ask(service, '/figures', undefined, { token }), 401, 'unauthenticated');
    }
  });

  it('guesses: an address that was wrong ten times waits, with the right token too', async () => {
    const service = await start();
    for (let guess = 0; guess < 10; guess++) {
      const refused = await ask(service, '/session', {}, { token: `guess-${guess}` });
      expectRefusal(refused, 401, 'unauthenticated');
    }
    const waiting = await ask(service, '/session', {});
    expectRefusal(waiting, 429, 'rate_limited');
    expect(waiting.headers['retry-after']).toBe('60');
    expect(service.logs.filter((line) => line.includes('"audit":"log_in_refused"'))).toHaveLength(
      1,
    );
  });

  it('a read-only token reads and exports, and deletes nothing', async () => {
    const service = await start();
    const thread = await chat(service, 'Keep me');
    const asked = { token: readToken };
    const { user } = (await read(service, thread, asked)).thread;
    for (const subject of [{ thread }, { user }]) {
      expectRefusal(await ask(service, '/delete', subject, asked), 403, 'forbidden');
      expect((await ask(service, '/export', subject, asked)).statusCode).toBe(200);
    }
    expect(idsOf(await list(service))).toEqual([thread]);
  });

  it('pages of other origins are refused, and nothing invites them', async () => {
    const service = await start({ ALLOWED_ORIGINS: 'https://shop.example' });
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'https://shop.example' },
      { origin: 'http://localhost:5173' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ] as Readonly<Record<string, string>>[]) {
      const answer = await ask(service, '/threads', {}, { headers });
      expectRefusal(answer, 403, 'origin_not_allowed');
      expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
    }
    const own = { origin: 'http://localhost', host: 'localhost' };
    expect((await ask(service, '/threads', {}, { headers: own })).statusCode).toBe(200);
    const preflight = await service.inject({
      method: 'OPTIONS',
      url: '/admin/api/threads',
      headers: { origin: 'https://shop.example', 'access-control-request-method': 'POST' },
    });
    expect(preflight.headers).not.toHaveProperty('access-control-allow-origin');
  });

  it('cursors, sizes and filters that nobody was given are refused', async () => {
    const service = await start();
    for (const filter of [
      { cursor: '../../etc/passwd' },
      { cursor: '2026-11-30' },
      { cursor: "2026-11-30.1'; drop table taskpilot_threads; --" },
      { cursor: '2026-02-30.1' },
      { cursor: '2026-11-30.-1' },
      { cursor: `2026-11-30.${'9'.repeat(40)}` },
      { limit: 0 },
      { limit: 101 },
      { limit: 1e9 },
      { limit: '50' },
      { text: 'x'.repeat(201) },
      { text: ['a'] },
      { user: '' },
      { from: '30.11.2026' },
      { from: "2026-11-30'" },
      { to: '2026-02-31' },
      { order: 'asc' },
    ]) {
      expectRefusal(await ask(service, '/threads', filter), 400, 'bad_request');
    }
    for (const path of [
      '/audit?before=-1',
      '/audit?before=1%20or%201=1',
      '/audit?limit=9',
      '/audit?before=1&before=2',
    ]) {
      expectRefusal(await ask(service, path), 400, 'bad_request');
    }
    expectRefusal(
      await ask(service, '/threads', { text: 'x'.repeat(5000) }),
      413,
      'payload_too_large',
    );
    for (const body of [{}, { thread: 'a', user: 'b' }, { user: 7 }, { users: ['a'] }]) {
      expectRefusal(await ask(service, '/delete', body), 400, 'bad_request');
    }
    for (const id of ['thr_no', '..%2f..%2fetc', '%00', "a'%20or%20'1'='1"]) {
      expectRefusal(await ask(service, `/threads/${id}`), 404, 'not_found');
    }
  });

  it('SQL and patterns in a search are texts', async () => {
    const service = await start();
    const thread = await chat(service, 'ordinary');
    for (const text of ["'; drop table taskpilot_items; --", '%', '__', '\\', "' or ''='"]) {
      expect(idsOf(await list(service, { text })), text).toEqual([]);
    }
    for (const user of ["' or ''='", '%', 'a\0b']) {
      expect(idsOf(await list(service, { user }))).toEqual([]);
    }
    expect(idsOf(await list(service, { text: 'ORDINARY' }))).toEqual([thread]);
  });
});
