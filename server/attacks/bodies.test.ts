import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { create, inputOf } from '../chatkit/test/harness.js';
import { chatPath, expectRefusal, sessionsPath, useTarget, type Session } from './test/target.js';

const target = useTarget({ env: { MESSAGE_MAX_CHARS: '1000' } });
let session: Session;
beforeAll(async () => {
  session = await target.open();
});

const json = 'application/json';
const list = '{"type":"threads.list","params":{}}';
const send = (url: string, payload: string | Buffer, headers: object = {}) =>
  target.inject({
    method: 'POST',
    url,
    headers: {
      'content-type': json,
      authorization: `Bearer ${session.client_secret}`,
      ...headers,
    },
    payload,
  });
const nested = (open: string, close: string, depth: number) =>
  open.repeat(depth) + close.repeat(depth);
/** As JSON, where a string would be escaped once more. */
const withMetadata = (metadata: string) =>
  `{"type":"threads.list","params":{},"metadata":${metadata}}`;

describe.each([sessionsPath, chatPath])('A body at %s', (url) => {
  it.each<[string, object, string | Buffer]>([
    ['deflate', { 'content-encoding': 'deflate' }, deflateSync(list)],
    ['brotli', { 'content-encoding': 'br' }, brotliCompressSync(list)],
    ['a gzip bomb', { 'content-encoding': 'gzip' }, gzipSync(Buffer.alloc(1_000_000))],
    ['gzip in capitals', { 'content-encoding': 'GZIP' }, gzipSync(list)],
    ['two encodings', { 'content-encoding': 'identity, gzip' }, gzipSync(list)],
    ['utf-7', { 'content-type': `${json}; charset=utf-7` }, list],
    ['utf-32', { 'content-type': `${json}; charset=utf-32` }, list],
    ['EBCDIC', { 'content-type': `${json}; charset=ibm037` }, list],
    ['a charset in capitals', { 'content-type': `${json}; CHARSET=UTF-16LE` }, list],
    ['multipart', { 'content-type': 'multipart/form-data; boundary=x' }, '--x--'],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 'type=threads.list'],
    [
      'XML',
      { 'content-type': 'application/xml' },
      '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>',
    ],
    ['YAML', { 'content-type': 'application/yaml' }, 'type: threads.list'],
    ['two types', { 'content-type': `text/plain, ${json}` }, list],
    ['a type that begins alike', { 'content-type': `${json}-patch` }, list],
    ['a type in a parameter', { 'content-type': `text/plain; x=${json}` }, list],
    ['bytes', { 'content-type': 'application/octet-stream' }, list],
  ])('of %s is refused', async (_, headers, payload) => {
    expectRefusal(await send(url, payload, headers), 415, 'unsupported_media_type');
  });

  it.each<[string, string | Buffer]>([
    ['NaN', '{"a":NaN}'],
    ['Infinity', '{"a":Infinity}'],
    ['a hexadecimal number', '{"a":0x10}'],
    ['a number with a leading zero', '{"a":01}'],
    ['a comment', '{/* a */}'],
    ['a comma at the end', '{"a":1,}'],
    ['single quotes', "{'a':1}"],
    ['two values', '{}{}'],
    ['code', '{"a":process.exit()}'],
    ['a line break in a text', '{"a":"\n"}'],
    ['an escape that is none', '{"a":"\\x41"}'],
    ['overlong UTF-8', Buffer.from([0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x3a, 0x31, 0x7d])],
    ['a surrogate in UTF-8', Buffer.from([0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x3a, 0x31, 0x7d])],
    [
      'UTF-8 beyond Unicode',
      Buffer.from([0x7b, 0x22, 0xf5, 0x80, 0x80, 0x80, 0x22, 0x3a, 0x31, 0x7d]),
    ],
    ['UTF-8 that is cut', Buffer.from([0x22, 0xe2, 0x82])],
    ['UTF-16 without saying so', Buffer.from(list, 'utf16le')],
    ['two thousand open brackets', '['.repeat(2000)],
  ])('with %s is no JSON', async (_, payload) => {
    expectRefusal(await send(url, payload), 400, 'bad_request');
  });

  it.each(['[]', '7', 'true', 'null', '"{}"', nested('[', ']', 2000)])(
    'that is no object is refused: %.20s',
    async (payload) => {
      expectRefusal(await send(url, payload), 400, 'bad_request');
    },
  );
});

describe('A body that would change every object', () => {
  const polluted = () => ({
    ...({} as Record<string, unknown>),
    own: Object.keys(Object.prototype),
  });

  it.each<[string, string]>([
    ['__proto__', '{"__proto__":{"visitor":"x","polluted":1}}'],
    ['__proto__, escaped', '{"\\u005f_proto__":{"polluted":1}}'],
    ['constructor', '{"constructor":{"prototype":{"polluted":1}}}'],
    ['within', '{"a":{"__proto__":{"polluted":1}}}'],
    ['names of methods', '{"toString":1,"hasOwnProperty":1,"then":1,"toJSON":1}'],
  ])('opens a session as {} does: %s', async (_, payload) => {
    const answer = await target.service.open({}, payload);
    expect(answer.statusCode).toBe(200);
    expect(Object.keys(answer.json<object>())).toEqual([
      'client_secret',
      'session_id',
      'expires_at',
      'api',
      'visitor',
    ]);
    expect(polluted()).toEqual({ own: [] });
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it.each<[string, string]>([
    ['__proto__', withMetadata('{"__proto__":{"polluted":1}}')],
    ['__proto__, escaped', withMetadata('{"\\u005f\\u005fproto\\u005f\\u005f":{"polluted":1}}')],
    ['constructor', withMetadata('{"constructor":{"prototype":{"polluted":1}}}')],
    ['as params', '{"type":"threads.list","params":{"__proto__":{"limit":1}}}'],
  ])('is ignored by the ChatKit server: %s', async (_, payload) => {
    const answer = await send(chatPath, payload);
    expect(answer.statusCode).toBe(200);
    expect(answer.body).not.toContain('polluted');
    expect(polluted()).toEqual({ own: [] });
  });

  it('is no request of the ChatKit server', async () => {
    const payload = '{"__proto__":{"type":"threads.list","params":{}}}';
    expectRefusal(await send(chatPath, payload), 400, 'bad_request');
    expect(polluted()).toEqual({ own: [] });
  });

  it.each(['toString', 'constructor', '__proto__', 'hasOwnProperty', 'threads', ''])(
    'names no request: %j',
    async (type) => {
      expectRefusal(await send(chatPath, JSON.stringify({ type, params: {} })), 400, 'bad_request');
    },
  );
});

describe('A request of the ChatKit protocol', () => {
  it.each<[string, string]>([
    ['nested 65 levels deep', withMetadata(`{"a":${nested('[', ']', 65)}}`)],
    ['nested 2,000 levels deep', withMetadata(`{"a":${nested('[', ']', 2000)}}`)],
    ['nested 2,000 objects deep', withMetadata(`${'{"a":'.repeat(2000)}1${'}'.repeat(2000)}`)],
    ['with a limit below 0', '{"type":"threads.list","params":{"limit":-1}}'],
    ['with a limit that is a text', '{"type":"threads.list","params":{"limit":"1"}}'],
    ['with a limit that is a fraction', '{"type":"threads.list","params":{"limit":1.5}}'],
    ['with an order that is none', '{"type":"threads.list","params":{"order":"random"}}'],
    ['without params', '{"type":"threads.list"}'],
    ['with params that are a list', '{"type":"threads.list","params":[]}'],
    ['with two types, the last of which is none', '{"type":"threads.list","params":{},"type":"x"}'],
    ['with a type that is a list', '{"type":["threads.list"],"params":{}}'],
    ['with metadata that are a list', withMetadata('[]')],
    ['with metadata that are a text', withMetadata('"a"')],
  ])('%s is refused', async (_, payload) => {
    expectRefusal(await send(chatPath, payload), 400, 'bad_request');
  });

  it.each<[string, string]>([
    [
      'a limit beyond all numbers, which counts as none',
      '{"type":"threads.list","params":{"limit":1e999}}',
    ],
    [
      'a limit of 2^53, which is cut',
      '{"type":"threads.list","params":{"limit":9007199254740992}}',
    ],
    ['fields that are not known', '{"type":"threads.list","params":{"x":1},"y":2}'],
    ['a byte order mark', `\ufeff${list}`],
    ['the last of two types', '{"type":"x","params":{},"type":"threads.list"}'],
  ])('with %s is answered', async (_, payload) => {
    const answer = await send(chatPath, payload);
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({ data: [], has_more: false });
  });

  it.each<[string, object]>([
    ['message', create('x'.repeat(1001))],
    ['message of astral characters', create('😀'.repeat(501))],
    [
      'quote',
      { ...create('x'), params: { input: { ...inputOf('x'), quoted_text: 'x'.repeat(1000) } } },
    ],
    [
      'model',
      {
        ...create('x'),
        params: { input: { ...inputOf('x'), inference_options: { model: 'x'.repeat(1000) } } },
      },
    ],
    ['metadata', { ...create('x'), metadata: { page: 'x'.repeat(1000) } }],
    [
      'tool output',
      {
        type: 'threads.add_client_tool_output',
        params: { thread_id: 'x', result: 'x'.repeat(1000) },
      },
    ],
    [
      'action',
      {
        type: 'threads.custom_action',
        params: { thread_id: 'x', action: { type: 'x', payload: 'x'.repeat(1000) } },
      },
    ],
    ['metadata of small parts', { ...create('x'), metadata: { a: Array<number>(600).fill(1) } }],
  ])('with too large a %s is refused', async (_, body) => {
    expectRefusal(await target.ask(session.client_secret, body), 413, 'payload_too_large');
  });

  it('of more bytes than the longest message needs is not read', async () => {
    const tooLong = withMetadata(`"${'x'.repeat(80_000)}"`);
    expectRefusal(await send(chatPath, tooLong), 413, 'payload_too_large');
  });

  it('with text that no database can store is stored without it', async () => {
    const answer = await target.ask(session.client_secret, create('a\0b\ud800c'));
    expect(answer.statusCode).toBe(200);
    expect(answer.payload).toContain('You said a\ufffdb\ufffdc');
  });

  it.each(['data: evil', '\n\ndata: {"type":"evil"}\n\n', '\r\n\r\nevent: x', '\u2028data: x'])(
    'whose text looks like an event is no event: %j',
    async (text) => {
      const { payload } = await target.ask(session.client_secret, create(text));
      for (const block of payload.trimEnd().split('\n\n')) {
        expect(block).toMatch(/^data: \{[^\r\n]*\}$/);
        expect(JSON.parse(block.slice(6))).not.toMatchObject({ type: 'evil' });
      }
    },
  );
});
