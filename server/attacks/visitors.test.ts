import { createHmac } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { deriveKeys } from '../derived-keys.js';
import { sessionSecret, sessionsPath, useTarget, type Session } from './test/target.js';

const target = useTarget({ env: { CHATKIT_BACKENDS: 'hosted' } });
const name = '__Host-taskpilot-visitor';

let ann: Session;
let ben: Session;
/** Whom OpenAI was told of last. */
const lastUser = () => (target.upstream.calls.at(-1)?.body as { user: string }).user;
let annsUser = '';
const users = new Set<string>();

beforeAll(async () => {
  ann = await target.open();
  annsUser = lastUser();
  ben = await target.open();
  users.add(annsUser).add(lastUser());
});

const valueOf = ({ cookie }: Session) => decodeURIComponent(cookie.slice(name.length + 1));
/** The id that Ann's cookie names, without its signature. */
const id = () => valueOf(ann).split('.')[0] ?? '';
const signature = (signed: string) => signed.split('.')[1] ?? '';
const sign = (value: string, key: string | Buffer) =>
  `${value}.${createHmac('sha256', key).update(value).digest('base64').replace(/=+$/, '')}`;
const keyFor = (purpose: string, secret = sessionSecret) =>
  deriveKeys([secret], purpose)[0] ?? Buffer.alloc(0);

/** That the request has made a visitor whom nobody was before. */
function expectStranger(headers: object, payload: string) {
  return target
    .inject({
      method: 'POST',
      url: sessionsPath,
      headers: { 'content-type': 'application/json', ...headers },
      payload,
    })
    .then((answer) => {
      expect(answer.statusCode).toBe(200);
      expect(lastUser()).toMatch(/^anon_[0-9a-f-]{36}$/);
      expect(users).not.toContain(lastUser());
      users.add(lastUser());
      expect(answer.headers['set-cookie']).toMatch(/; HttpOnly; Secure; SameSite=Lax$/);
    });
}

/** Texts that are no signature of Ann's id. */
const forgeries: Readonly<Record<string, () => string>> = {
  'her id alone': () => id(),
  'her id with a dot': () => `${id()}.`,
  'her id with another’s signature': () => `${id()}.${signature(valueOf(ben))}`,
  'her id in capitals': () => `${id().toUpperCase()}.${signature(valueOf(ann))}`,
  'her user': () => sign(annsUser, sessionSecret),
  'her id, signed with SESSION_SECRET itself': () => sign(id(), sessionSecret),
  'her id, signed with another secret': () => sign(id(), keyFor('visitor cookie', 'x'.repeat(40))),
  'her id, signed for sessions': () => sign(id(), keyFor('self-hosted session')),
  'her id, signed for logs': () => sign(id(), keyFor('user in logs')),
  'her id, signed with nothing': () => sign(id(), ''),
  'an empty id, signed with nothing': () => sign('', ''),
  'a signature without an id': () => `.${signature(valueOf(ann))}`,
  'her session': () => ann.session_id,
  'her secret': () => ann.client_secret,
  'one more character': () => `${valueOf(ann)}A`,
  'a blank behind': () => `${valueOf(ann)} x`,
  'a padded signature': () => `${valueOf(ann)}=`,
  'a cut signature': () => valueOf(ann).slice(0, -1),
  'two signatures': () => `${valueOf(ann)}.${signature(valueOf(ann))}`,
  NUL: () => `${id()}\0`,
  'an administrator': () => 'admin',
  'an object': () => '{"id":"admin"}',
  'invalid escapes': () => '%E0%A4%A',
  '3,000 characters': () => 'a'.repeat(3000),
  'a name of every object': () => '__proto__',
};

describe('Who sends a forged identity is a stranger', () => {
  it.each(Object.entries(forgeries))('as a cookie: %s', async (_, forge) => {
    await expectStranger({ cookie: `${name}=${encodeURIComponent(forge())}` }, '{}');
  });

  it.each(Object.entries(forgeries))('as a token: %s', async (_, forge) => {
    await expectStranger({}, JSON.stringify({ visitor: forge() }));
  });

  it.each<[string, () => unknown]>([
    ['a list with it', () => [ann.visitor]],
    ['an object with it', () => ({ visitor: ann.visitor })],
    ['a number', () => 1],
    ['true', () => true],
    ['null', () => null],
    ['an object with a method', () => ({ toString: ann.visitor, length: 80, split: 'x' })],
  ])('as a token of another type: %s', async (_, visitor) => {
    await expectStranger({}, JSON.stringify({ visitor: visitor() }));
  });

  it.each<[string, () => [headers: object, payload: string]]>([
    ['a cookie in the place of the token', () => [{}, JSON.stringify({ visitor: valueOf(ann) })]],
    [
      'a token in the place of the cookie',
      () => [{ cookie: `${name}=${encodeURIComponent(ann.visitor)}` }, '{}'],
    ],
    ['a cookie without its prefix', () => [{ cookie: ann.cookie.replace('__Host-', '') }, '{}']],
    [
      'a cookie in small letters',
      () => [{ cookie: ann.cookie.replace('__Host-', '__host-') }, '{}'],
    ],
    ['a cookie behind a forged one', () => [{ cookie: `${name}=x; ${ann.cookie}` }, '{}']],
    ['a cookie within another', () => [{ cookie: `a="${ann.cookie}"` }, '{}']],
    ['a cookie with an escaped name', () => [{ cookie: ann.cookie.replace('_', '%5F') }, '{}']],
    ['a cookie in another header', () => [{ cookie2: ann.cookie, 'x-cookie': ann.cookie }, '{}']],
    [
      'a token in a header',
      () => [{ visitor: ann.visitor, authorization: `Bearer ${ann.visitor}` }, '{}'],
    ],
    [
      'a token deeper in the body',
      () => [{}, JSON.stringify({ params: { visitor: ann.visitor } })],
    ],
    ['a token in a prototype', () => [{}, `{"__proto__":{"visitor":"${ann.visitor}"}}`]],
    [
      'a token under another name',
      () => [{}, JSON.stringify({ Visitor: ann.visitor, user: id() })],
    ],
  ])('in the wrong place: %s', async (_, place) => {
    await expectStranger(...place());
  });
});

describe('Ann is Ann', () => {
  it.each<[string, () => [headers: object, payload: string]]>([
    ['by her cookie', () => [{ cookie: ann.cookie }, '{}']],
    ['by her token', () => [{}, JSON.stringify({ visitor: ann.visitor })]],
    [
      'by her token beside a forged cookie',
      () => [{ cookie: `${name}=x` }, JSON.stringify({ visitor: ann.visitor })],
    ],
    [
      'by her cookie, before another’s token',
      () => [{ cookie: ann.cookie }, JSON.stringify({ visitor: ben.visitor })],
    ],
  ])('%s', async (_, place) => {
    const [headers, payload] = place();
    const answer = await target.service.open(headers as Record<string, string>, payload);
    expect(answer.statusCode).toBe(200);
    expect(lastUser()).toBe(annsUser);
    expect(answer.json<Session>().visitor).toBe(ann.visitor);
  });
});

describe('The session of another', () => {
  it.each<[string, () => [headers: object, payload?: string]]>([
    ['without an identity', () => [{}]],
    ['with another’s cookie', () => [{ cookie: ben.cookie }]],
    [
      'with another’s token',
      () => [{ 'content-type': 'application/json' }, JSON.stringify({ visitor: ben.visitor })],
    ],
    ['with a forged cookie', () => [{ cookie: `${name}=${id()}.x` }]],
    ['with its secret', () => [{ authorization: `Bearer ${ann.client_secret}` }]],
  ])('is not ended %s', async (_, place) => {
    const [headers, payload] = place();
    const answer = await target.inject({
      method: 'DELETE',
      url: `${sessionsPath}/${ann.session_id}`,
      headers: { ...headers },
      ...(payload !== undefined && { payload }),
    });
    expect(answer.statusCode).toBe(404);
    expect(answer.json()).toMatchObject({ code: 'not_found' });
    expect(target.upstream.calls.some(({ path }) => path.endsWith('/cancel'))).toBe(false);
  });
});
