import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { chatPath, sessionsPath, useTarget, type RawAnswer } from './test/target.js';

const target = useTarget({ requestTimeoutMs: 700 });

const statuses = (answers: readonly RawAnswer[]) => answers.map(({ status }) => status);
/** How many sessions the service has made, whatever came back. */
async function opened(): Promise<number> {
  const { payload } = await target.inject('/metrics');
  return Number(/^taskpilot_sessions_total\{outcome="ok"\} (\d+)$/m.exec(payload)?.[1]);
}

const post = `POST ${sessionsPath} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n`;
const close = 'connection: close\r\n';
/** The smuggled request: it must not be served as a second one. */
const hidden = `${post}content-length: 2\r\n${close}\r\n{}`;

describe('A request whose end can be read in two ways is refused, and nothing behind it is read', () => {
  it.each<[string, string]>([
    ['both lengths', `content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`],
    [
      'both lengths, the other first',
      `transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n`,
    ],
    [
      'both lengths, in capitals',
      `CONTENT-LENGTH: 5\r\nTRANSFER-ENCODING: CHUNKED\r\n\r\n0\r\n\r\n`,
    ],
    ['two lengths', `content-length: 2\r\ncontent-length: 9\r\n\r\n{}`],
    ['two equal lengths', `content-length: 2\r\ncontent-length: 2\r\n\r\n{}`],
    ['a list of lengths', `content-length: 2, 2\r\n\r\n{}`],
    ['a length with a sign', `content-length: +2\r\n\r\n{}`],
    ['a negative length', `content-length: -2\r\n\r\n{}`],
    ['a hexadecimal length', `content-length: 0x2\r\n\r\n{}`],
    ['a length with a fraction', `content-length: 2.0\r\n\r\n{}`],
    ['an exponential length', `content-length: 2e0\r\n\r\n{}`],
    ['a length beyond 64 bits', `content-length: 18446744073709551618\r\n\r\n{}`],
    ['an empty length', `content-length: \r\n\r\n{}`],
    ['a length with a blank before its colon', `content-length : 2\r\n\r\n{}`],
    ['a length with a blank inside', `content-length: 2 2\r\n\r\n{}`],
    ['an encoding with a blank before its colon', `transfer-encoding : chunked\r\n\r\n0\r\n\r\n`],
    ['an encoding with a vertical tab', `transfer-encoding: \x0bchunked\r\n\r\n0\r\n\r\n`],
    ['an encoding that is not known', `transfer-encoding: xchunked\r\n\r\n0\r\n\r\n`],
    ['an encoding after chunked', `transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n`],
    ['an encoding that is none', `transfer-encoding: identity\r\n\r\n{}`],
    ['two encodings', `transfer-encoding: chunked\r\ntransfer-encoding: x\r\n\r\n0\r\n\r\n`],
    ['a folded encoding', `transfer-encoding:\r\n chunked\r\n\r\n0\r\n\r\n`],
    ['a folded header', `x-a: b\r\n content-length: 2\r\n\r\n{}`],
    ['a chunk size that is no number', `transfer-encoding: chunked\r\n\r\nz\r\n{}\r\n0\r\n\r\n`],
    ['a chunk size with a prefix', `transfer-encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n`],
    ['a negative chunk size', `transfer-encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n`],
    [
      'a chunk size beyond 64 bits',
      `transfer-encoding: chunked\r\n\r\n10000000000000002\r\n{}\r\n0\r\n\r\n`,
    ],
    ['a chunk longer than it says', `transfer-encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n`],
    ['a chunk size that ends with LF', `transfer-encoding: chunked\r\n\r\n2\n{}\r\n0\r\n\r\n`],
    [
      'a chunk extension with a line feed',
      `transfer-encoding: chunked\r\n\r\n2;a\n=b\r\n{}\r\n0\r\n\r\n`,
    ],
    ['a header that ends with LF', `x-a: b\ncontent-length: 2\r\n\r\n{}`],
    ['a header that ends with CR', `x-a: b\rcontent-length: 2\r\n\r\n{}`],
    ['NUL in a header', `x-a: b\0c\r\ncontent-length: 2\r\n\r\n{}`],
    ['NUL in a name', `x-\0a: b\r\ncontent-length: 2\r\n\r\n{}`],
    ['a name with a blank', `x a: b\r\ncontent-length: 2\r\n\r\n{}`],
    ['a name that is empty', `: b\r\ncontent-length: 2\r\n\r\n{}`],
    ['a name in brackets', `(x): b\r\ncontent-length: 2\r\n\r\n{}`],
  ])('%s', async (_, rest) => {
    const before = await opened();
    const answers = await target.send(`${post}${rest}${hidden}`);
    expect(statuses(answers)).toEqual([400]);
    expect(answers[0]?.headers).toMatchObject({
      'content-type': 'application/problem+json; charset=utf-8',
      connection: 'close',
      'cache-control': 'no-store',
    });
    expect(JSON.parse(answers[0]?.body ?? '')).toMatchObject({ code: 'bad_request' });
    expect(await opened()).toBe(before);
  });
});

describe('A first line', () => {
  it.each<[string, string]>([
    ['of HTTP/3', `GET /healthz HTTP/3.0\r\n`],
    ['of HTTP/1.10', `GET /healthz HTTP/1.10\r\n`],
    ['of HTTP/2', 'PRI * HTTP/2.0\r\n'],
    ['of another protocol', `GET /healthz SIP/2.0\r\n`],
    ['with a method that does not exist', `OPEN /healthz HTTP/1.1\r\n`],
    ['with a method in small letters', `get /healthz HTTP/1.1\r\n`],
    ['with a blank before', ` GET /healthz HTTP/1.1\r\n`],
    ['with a tab', `GET\t/healthz\tHTTP/1.1\r\n`],
    ['with a line feed in the address', `GET /health\nz HTTP/1.1\r\n`],
    ['with NUL in the address', `GET /health\0z HTTP/1.1\r\n`],
    ['without an address', `GET HTTP/1.1\r\n`],
    ['of SOCKS', '\x05\x01\x00\r\n'],
    ['of SMTP', 'EHLO x\r\n'],
  ])('%s is refused', async (_, line) => {
    const answers = await target.send(`${line}host: x\r\n${close}\r\n`);
    expect(statuses(answers)).toEqual([400]);
  });

  it.each<[string, string]>([
    ['no host', 'GET /healthz HTTP/1.1\r\n'],
    ['two hosts', 'GET /healthz HTTP/1.1\r\nhost: a\r\nhost: b\r\n'],
    ['two equal hosts', 'GET /healthz HTTP/1.1\r\nhost: a\r\nHost: a\r\n'],
  ])('with %s is refused', async (_, start) => {
    const answers = await target.send(`${start}${close}\r\n`);
    expect(statuses(answers)).toEqual([400]);
    expect(JSON.parse(answers[0]?.body ?? '')).toMatchObject({ code: 'bad_request' });
  });

  it('of CONNECT or with an upgrade opens no tunnel', async () => {
    const tunnel = `CONNECT 10.0.0.1:22 HTTP/1.1\r\nhost: 10.0.0.1:22\r\n\r\n`;
    expect(statuses(await target.send(tunnel))).not.toContain(200);
    const upgrade = `GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: upgrade, close\r\nupgrade: h2c\r\n\r\n`;
    expect(statuses(await target.send(upgrade))).toEqual([200]);
  });

  it('with an absolute address stays here', async () => {
    const proxied = `GET http://169.254.169.254/healthz HTTP/1.1\r\nhost: x\r\n${close}\r\n`;
    const answers = await target.send(proxied);
    expect(answers.map(({ status, body }) => [status, body])).toEqual([[200, '{"status":"ok"}']]);
    const foreign = proxied.replace('/healthz', '/latest/meta-data');
    expect(statuses(await target.send(foreign))).toEqual([404]);
  });
});

describe('Sizes and times over the wire', () => {
  it.each<[string, string]>([
    ['one header of 17,000 bytes', `x-a: ${'a'.repeat(17_000)}\r\n`],
    ['two thousand headers', 'x-a: b-b-b-b\r\n'.repeat(2000)],
    ['a name of 17,000 bytes', `${'a'.repeat(17_000)}: b\r\n`],
    ['a cookie of 17,000 bytes', `cookie: ${'a=b; '.repeat(3400)}\r\n`],
    ['an Origin of 17,000 bytes', `origin: https://${'a'.repeat(17_000)}\r\n`],
  ])('%s: refused', async (_, header) => {
    const answers = await target.send(`${post}${header}content-length: 2\r\n${close}\r\n{}`);
    expect(statuses(answers)).toEqual([400]);
    expect(answers[0]?.body).toContain('The headers of the request are too long.');
  });

  it.each<[string, string]>([
    ['a body that never comes', `${post}content-length: 2\r\n\r\n`],
    ['a body that stops', `${post}content-length: 4000\r\n\r\n{"a":"`],
    ['chunks that stop', `${post}transfer-encoding: chunked\r\n\r\n1\r\n{\r\n`],
    ['headers that stop', post],
    ['a first line that stops', 'POST /api/chatkit/se'],
  ])('%s ends at the time-out', async (_, start) => {
    expect(statuses(await target.send(start))).toEqual([400]);
  });

  it('a body that drips ends at the time-out, and is no session', async () => {
    const before = await opened();
    const socket = connect(target.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(`${post}content-length: 4000\r\n\r\n`);
    const timer = setInterval(() => socket.write(' '), 50);
    socket.once('close', () => clearInterval(timer));
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 400 /);
    expect(await opened()).toBe(before);
  });

  it.each([
    ['of a length that is too large', `content-length: 99999999\r\n\r\n`, 413],
    [
      'in one large chunk',
      `transfer-encoding: chunked\r\n\r\n20000\r\n${'x'.repeat(0x20000)}\r\n0\r\n\r\n`,
      413,
    ],
    ['with an expectation that nobody knows', `expect: 42\r\ncontent-length: 2\r\n\r\n{}`, 417],
  ])('a body %s is not read', async (_, rest, status) => {
    expect(statuses(await target.send(`${post}${close}${rest}`))[0]).toBe(status);
  });
});

describe('Requests in a row on one connection', () => {
  const get = `GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n`;

  it('are answered in their order, one each', async () => {
    const last = `GET /nothing HTTP/1.1\r\nhost: x\r\n${close}\r\n`;
    const session = `${post}content-length: 2\r\n\r\n{}`;
    expect(statuses(await target.send(`${get}${session}${get.repeat(20)}${last}`))).toEqual([
      ...Array<number>(22).fill(200),
      404,
    ]);
  });

  it('end with the first that is malformed', async () => {
    const before = await opened();
    const answers = await target.send(`${get}GET / HTTP/1.1\r\nbad header\r\n\r\n${hidden}`);
    expect(statuses(answers).at(-1)).toBe(400);
    expect(await opened()).toBe(before);
  });

  it('share nothing: the token of one is not that of the next', async () => {
    const { client_secret: token } = await target.open();
    const list = '{"type":"threads.list","params":{}}';
    const ask = (more: string) =>
      `POST ${chatPath} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n` +
      `content-length: ${list.length}\r\n${more}\r\n${list}`;
    const answers = await target.send(ask(`authorization: Bearer ${token}\r\n`), ask(close));
    expect(statuses(answers)).toEqual([200, 401]);
  });

  it('of which the body of a GET looks like the next is one', async () => {
    const before = await opened();
    const first = `GET /healthz HTTP/1.1\r\nhost: x\r\n${close}content-length: ${hidden.length}\r\n\r\n`;
    expect(statuses(await target.send(first + hidden))).toEqual([200]);
    expect(await opened()).toBe(before);
  });

  it('are bodies to their length, whatever is in them', async () => {
    const before = await opened();
    const body = JSON.stringify({ note: hidden });
    const answers = await target.send(
      `${post}${close}content-length: ${body.length}\r\n\r\n${body}`,
    );
    expect(statuses(answers)).toEqual([200]);
    expect(await opened()).toBe(before + 1);
  });
});
