import { beforeAll, describe, expect, it } from 'vitest';
import { create, inputOf } from '../chatkit/test/harness.js';
import { chatPath, expectRefusal, sessionsPath, useTarget, type Session } from './test/target.js';

const target = useTarget();
const key = 'the-key-of-anns-request';

let ann: Session;
let ben: Session;
let thread = '';
let items: string[] = [];

interface Thread {
  readonly id: string;
  readonly title?: string;
  readonly items: { readonly data: readonly { readonly id: string }[] };
}

const annsThread = async () =>
  (
    await target.ask(ann.client_secret, {
      type: 'threads.get_by_id',
      params: { thread_id: thread },
    })
  ).json<Thread>();

beforeAll(async () => {
  [ann, ben] = [await target.open(), await target.open()];
  const begun = await target.ask(ann.client_secret, create('the secret of Ann'), {
    'idempotency-key': key,
  });
  thread = /"id":"(thr_\w+)"/.exec(begun.payload)?.[1] ?? '';
  items = (await annsThread()).items.data.map(({ id }) => id);
  expect(items).toHaveLength(2);
});

type Params = (threadId: string, itemId: string) => object;

/** Every request that names a thread or an item. */
const requests: Readonly<Record<string, Params>> = {
  'threads.get_by_id': (id) => ({ thread_id: id }),
  'threads.update': (id) => ({ thread_id: id, title: 'Mine now' }),
  'threads.delete': (id) => ({ thread_id: id }),
  'threads.add_user_message': (id) => ({ thread_id: id, input: inputOf('let me in') }),
  'threads.add_client_tool_output': (id) => ({ thread_id: id, result: 1 }),
  'threads.add_structured_input': (id, item) => ({ thread_id: id, item_id: item, input: {} }),
  'threads.retry_after_item': (id, item) => ({ thread_id: id, item_id: item }),
  'threads.custom_action': (id, item) => ({ thread_id: id, item_id: item, action: { type: 'x' } }),
  'threads.sync_custom_action': (id, item) => ({
    thread_id: id,
    item_id: item,
    action: { type: 'x' },
  }),
  'items.list': (id) => ({ thread_id: id }),
  'items.feedback': (id, item) => ({ thread_id: id, item_ids: [item], kind: 'negative' }),
};

describe('What belongs to another user is as good as missing', () => {
  it.each(Object.entries(requests))('%s', async (type, params) => {
    const before = await annsThread();
    const theirs = await target.ask(ben.client_secret, {
      type,
      params: params(thread, items[0] ?? ''),
    });
    const missing = await target.ask(ben.client_secret, { type, params: params('thr_x', 'msg_x') });
    for (const answer of [theirs, missing]) expectRefusal(answer, 404, 'not_found');
    const told = (answer: typeof theirs) => ({ ...answer.json<object>(), request_id: '' });
    expect(told(theirs)).toEqual(told(missing));
    expect(await annsThread()).toEqual(before);
  });

  it.each(['threads.retry_after_item', 'items.feedback', 'threads.custom_action'])(
    '%s for another’s item in one’s own thread',
    async (type) => {
      const own = await target.ask(ben.client_secret, create('mine'));
      const id = /"id":"(thr_\w+)"/.exec(own.payload)?.[1] ?? '';
      const params = requests[type]?.(id, items[0] ?? '') ?? {};
      expectRefusal(await target.ask(ben.client_secret, { type, params }), 404, 'not_found');
    },
  );

  it.each(['threads.list', 'items.list'])('%s after another’s thread or item', async (type) => {
    const [own] = (await target.ask(ben.client_secret, { type: 'threads.list', params: {} })).json<{
      data: { id: string }[];
    }>().data;
    const after = type === 'threads.list' ? thread : items[0];
    const params = { thread_id: own?.id, after };
    expectRefusal(await target.ask(ben.client_secret, { type, params }), 404, 'not_found');
  });

  it('threads.list has nothing of it', async () => {
    const answer = await target.ask(ben.client_secret, { type: 'threads.list', params: {} });
    expect(answer.statusCode).toBe(200);
    expect(answer.payload).not.toContain(thread);
    expect(answer.payload).not.toContain('Ann');
  });

  it('a key of another’s request neither replays nor stops their answer', async () => {
    const stored = await annsThread();
    const answer = await target.ask(ben.client_secret, create('the secret of Ann'), {
      'idempotency-key': key,
    });
    expect(answer.statusCode).toBe(200);
    expect(answer.payload).not.toContain(thread);
    const stop = await target.inject({
      method: 'DELETE',
      url: `${chatPath}/requests/${key}`,
      headers: { authorization: `Bearer ${ben.client_secret}` },
    });
    expect([stop.statusCode, stop.payload]).toEqual([204, '']);
    expect(await annsThread()).toEqual(stored);
  });

  it('a session is ended by its own user only', async () => {
    const end = (cookie: string) =>
      target.inject({
        method: 'DELETE',
        url: `${sessionsPath}/${ann.session_id}`,
        headers: { cookie },
      });
    const refused = await end(ben.cookie);
    expect(refused.statusCode).toBe(404);
    expect(refused.json()).toMatchObject({ code: 'not_found' });
    expect((await annsThread()).id).toBe(thread);
  });

  it.each<[string, object]>([
    ['user in params', { params: { user: 'ann', user_id: 'ann' } }],
    ['user in metadata', { params: {}, metadata: { user: 'ann', user_id: 'ann' } }],
    ['user beside params', { params: {}, user: 'ann', context: { user: 'ann' } }],
  ])('nobody is chosen by a request: %s', async (_, changes) => {
    const answer = await target.ask(ben.client_secret, { type: 'threads.list', ...changes });
    expect(answer.statusCode).toBe(200);
    expect(answer.payload).not.toContain(thread);
  });
});

describe('An id that is none', () => {
  it.each<[string, string]>([
    ['a parent folder', '../../etc/passwd'],
    ['an encoded parent folder', '..%2f..%2fetc%2fpasswd'],
    ['SQL', "' OR '1'='1"],
    ['SQL that deletes', "x'; DROP TABLE threads; --"],
    ['a wildcard of LIKE', '%'],
    ['a wildcard', '*'],
    ['a pattern', '.*'],
    ['NUL', 'thr_\0'],
    ['half a character', 'thr_\ud800'],
    ['the other direction of writing', '\u202ethr'],
    ['full-width letters', 'ｔｈｒ_1'],
    ['line breaks', 'thr\r\nx-user: ann'],
    ['a name of every object', '__proto__'],
    ['another name of every object', 'constructor'],
    ['a method of every object', 'toString'],
    ['a blank', ' '],
    ['200 characters', 'a'.repeat(200)],
    ['a template', '${thread}'],
    ['markup', '<script>alert(1)</script>'],
  ])('is not found: %s', async (_, id) => {
    for (const type of ['threads.get_by_id', 'items.list', 'threads.delete']) {
      const params = { thread_id: id };
      const answer = await target.ask(ann.client_secret, { type, params });
      expectRefusal(answer, 404, 'not_found');
      expect(answer.json<{ message: string }>().message).toBe('There is no such thread or item.');
    }
  });

  it.each<[string, unknown]>([
    ['empty', ''],
    ['201 characters', 'a'.repeat(201)],
    ['10,000 characters', 'a'.repeat(10_000)],
    ['a number', 7],
    ['null', null],
    ['true', true],
    ['a list', ['thr_1']],
    ['an operator of MongoDB', { $ne: '' }],
    ['a text by its method', { toString: 'thr_1', length: 5 }],
  ])('is malformed: %s', async (_, id) => {
    for (const type of ['threads.get_by_id', 'items.list', 'threads.delete']) {
      const answer = await target.ask(ann.client_secret, { type, params: { thread_id: id } });
      expectRefusal(answer, 400, 'bad_request');
      expect(answer.payload.length).toBeLessThan(500);
    }
  });

  it.each<[string, string, number]>([
    ['a parent folder', '..%2f..%2fthreads', 404],
    ['NUL', '%00', 404],
    ['line breaks', 'x%0d%0ax-user:%20ann', 404],
    ['10,000 characters', 'a'.repeat(10_000), 404],
    ['invalid UTF-8', '%c3%28', 400],
    ['half an escape', '%', 400],
    ['a name of every object', '__proto__', 404],
  ])('of a session, in the address: %s', async (_, id, status) => {
    const answer = await target.inject({
      method: 'DELETE',
      url: `${sessionsPath}/${id}`,
      headers: { cookie: ben.cookie },
    });
    expect(answer.statusCode).toBe(status);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  });

  it.each<[string, number]>([
    ['', 400],
    [' ', 400],
    ['a b', 400],
    ['a'.repeat(256), 400],
    ['ä', 400],
    ['__proto__', 200],
    ['../../x', 200],
    ["' OR 1=1 --".replaceAll(' ', '+'), 200],
    ['a'.repeat(255), 200],
  ])('of a request, as Idempotency-Key: %j: %i', async (value, status) => {
    const answer = await target.ask(ann.client_secret, create('hello'), {
      'idempotency-key': value,
    });
    expect(answer.statusCode).toBe(status);
    if (status === 400) expectRefusal(answer, 400, 'bad_request');
    else expect(answer.payload).toContain('You said hello');
  });
});
