import type { Ask } from './both.js';

const sessions = '/api/chatkit/sessions';
const chat = '/api/chatkit';
const json = { 'content-type': 'application/json' };
/** Of `ALLOWED_ORIGINS`. */
export const shop = 'https://shop.example';

/** What is asked, and with what it is answered: status, and the code of a problem. */
const table: readonly (readonly [name: string, ask: Ask, status: number, code?: string])[] = [
  ['a session', { headers: json, body: '{}' }, 200],
  [
    'a session, with unknown keys',
    { headers: json, body: '{"user":"bob","workflow":"wf_1"}' },
    200,
  ],
  ['a session, without a body', { headers: json }, 200],
  ['a session, of an allowed page', { headers: { ...json, origin: shop }, body: '{}' }, 200],
  [
    'a session, of the same site',
    { headers: { ...json, origin: 'http://chat.example' }, body: '{}' },
    200,
  ],
  [
    'a session, of an https page behind a proxy',
    { headers: { ...json, origin: 'https://chat.example' }, body: '{}' },
    200,
  ],
  [
    'a session, with a forged cookie',
    { headers: { ...json, cookie: '__Host-taskpilot-visitor=x.y' }, body: '{}' },
    200,
  ],
  ['a session, with a forged visitor', { headers: json, body: '{"visitor":"x.y"}' }, 200],
  ['a session, with a prototype', { headers: json, body: '{"__proto__":{"a":1}}' }, 200],
  [
    'a session, with a charset',
    { headers: { 'content-type': 'application/json; charset=UTF-8' }, body: '{}' },
    200,
  ],
  [
    'a foreign page',
    { headers: { ...json, origin: 'https://evil.example' }, body: '{}' },
    403,
    'origin_not_allowed',
  ],
  [
    'a sandboxed page',
    { headers: { ...json, origin: 'null' }, body: '{}' },
    403,
    'origin_not_allowed',
  ],
  [
    'a cross-site request without Origin',
    { headers: { ...json, 'sec-fetch-site': 'cross-site' }, body: '{}' },
    403,
    'origin_not_allowed',
  ],
  ['no content type', { body: Buffer.from('{}') }, 415, 'unsupported_media_type'],
  ['nothing at all', {}, 415, 'unsupported_media_type'],
  [
    'a form',
    { headers: { 'content-type': 'text/plain' }, body: '{}' },
    415,
    'unsupported_media_type',
  ],
  [
    'a malformed content type',
    { headers: { 'content-type': 'json' }, body: '{}' },
    415,
    'unsupported_media_type',
  ],
  [
    'another charset',
    { headers: { 'content-type': 'application/json; charset=utf-16' }, body: '{}' },
    415,
    'unsupported_media_type',
  ],
  [
    'a compressed body',
    { headers: { ...json, 'content-encoding': 'gzip' }, body: '{}' },
    415,
    'unsupported_media_type',
  ],
  ['no JSON', { headers: json, body: '{' }, 400, 'bad_request'],
  ['a list', { headers: json, body: '[]' }, 400, 'bad_request'],
  ['null', { headers: json, body: 'null' }, 400, 'bad_request'],
  ['invalid UTF-8', { headers: json, body: Buffer.from([0x22, 0xff, 0x22]) }, 400, 'bad_request'],
  [
    'a long body',
    { headers: json, body: JSON.stringify('x'.repeat(5000)) },
    413,
    'payload_too_large',
  ],
  [
    'a preflight',
    {
      method: 'OPTIONS',
      headers: {
        origin: shop,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
      },
    },
    204,
  ],
  [
    'a preflight of a foreign page',
    {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    },
    403,
    'origin_not_allowed',
  ],
  ['OPTIONS without a page', { method: 'OPTIONS' }, 204],
  ['GET of sessions', { method: 'GET' }, 405, 'method_not_allowed'],
  ['PUT of sessions', { method: 'PUT', headers: json, body: '{}' }, 405, 'method_not_allowed'],
  [
    'the end of no session',
    { method: 'DELETE', path: `${sessions}/cksess_none` },
    404,
    'not_found',
  ],
  [
    'the end of a session of a foreign page',
    { method: 'DELETE', path: `${sessions}/cksess_1`, headers: { origin: 'https://evil.example' } },
    403,
    'origin_not_allowed',
  ],
  [
    'a preflight of an end',
    { method: 'OPTIONS', path: `${sessions}/cksess_1`, headers: { origin: shop } },
    204,
  ],
  [
    'POST to a session',
    { path: `${sessions}/cksess_1`, headers: json, body: '{}' },
    405,
    'method_not_allowed',
  ],
  [
    'an end with a text',
    {
      method: 'DELETE',
      path: `${sessions}/cksess_1`,
      headers: { 'content-type': 'text/plain' },
      body: 'x',
    },
    415,
    'unsupported_media_type',
  ],
  [
    'an end whose body is no JSON',
    { method: 'DELETE', path: `${sessions}/cksess_1`, headers: json, body: '{' },
    400,
    'bad_request',
  ],
  ['a chat without a token', { path: chat, headers: json, body: '{}' }, 401, 'unauthenticated'],
  [
    'a chat with a forged token',
    { path: chat, headers: { ...json, authorization: 'Bearer a.b.c' }, body: '{}' },
    401,
    'unauthenticated',
  ],
  [
    'a chat of a foreign page',
    { path: chat, headers: { ...json, origin: 'https://evil.example' }, body: '{}' },
    403,
    'origin_not_allowed',
  ],
  ['GET of the chat', { method: 'GET', path: chat }, 405, 'method_not_allowed'],
  ['a preflight of the chat', { method: 'OPTIONS', path: chat, headers: { origin: shop } }, 204],
  [
    'a preflight of the chat of a foreign page',
    { method: 'OPTIONS', path: chat, headers: { origin: 'https://evil.example' } },
    403,
    'origin_not_allowed',
  ],
  [
    'a stop without a token',
    { method: 'DELETE', path: `${chat}/requests/key` },
    401,
    'unauthenticated',
  ],
  ['GET of a request', { method: 'GET', path: `${chat}/requests/key` }, 405, 'method_not_allowed'],
  [
    'a preflight of a stop',
    { method: 'OPTIONS', path: `${chat}/requests/key`, headers: { origin: shop } },
    204,
  ],
];

export const requests = table.map(([name, ask, status, code]) => ({ name, ask, status, code }));
