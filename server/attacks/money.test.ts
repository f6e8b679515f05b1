import { describe, expect, it } from 'vitest';
import { Deferred } from '../chatkit/async.js';
import { MemoryStore } from '../chatkit/index.js';
import { create, inputOf } from '../chatkit/test/harness.js';
import { GatedResponder } from '../test/gated-responder.js';
import { eventually, useHarness, type TestService } from '../test/harness.js';
import { chatPath, expectRefusal, sessionSecret, sessionsPath } from './test/target.js';

type Env = Readonly<Record<string, string>>;
const harness = useHarness();

async function start(env: Env = {}) {
  const responder = new GatedResponder();
  const service = await harness.service(
    { CHATKIT_BACKENDS: 'self-hosted', SESSION_SECRET: sessionSecret, ...env },
    { responder, store: new MemoryStore() },
  );
  return { service, responder };
}

const open = (service: TestService, headers: Env = {}, remoteAddress = '127.0.0.1') =>
  service.inject({
    method: 'POST',
    url: sessionsPath,
    remoteAddress,
    headers: { 'content-type': 'application/json', ...headers },
    payload: '{}',
  });
async function tokenOf(service: TestService, headers: Env = {}) {
  return (await open(service, headers)).json<{ client_secret: string }>().client_secret;
}
const ask = (service: TestService, token: string, body: object = create('hi'), headers: Env = {}) =>
  service.inject({
    method: 'POST',
    url: chatPath,
    headers: { authorization: `Bearer ${token}`, ...headers },
    payload: body,
  });

/** The second of two strangers, whom only an address of their own would let in: one a minute is the limit. */
async function second(env: Env, first: Env, then: Env, peers = ['127.0.0.1', '127.0.0.1']) {
  const { service } = await start({ RATE_LIMIT_PER_MINUTE: '1', ...env });
  expect((await open(service, first, peers[0])).statusCode).toBe(200);
  return open(service, then, peers[1]);
}

describe('A stranger gains no second share by headers', () => {
  it.each([
    'x-forwarded-for',
    'x-real-ip',
    'x-client-ip',
    'x-cluster-client-ip',
    'cf-connecting-ip',
    'true-client-ip',
    'fastly-client-ip',
    'x-appengine-user-ip',
    'x-original-forwarded-for',
    'via',
    'user-agent',
    'accept-language',
    'x-request-id',
    'cookie',
    'authorization',
  ])('without TRUST_PROXY: %s', async (name) => {
    const answer = await second({}, { [name]: '198.51.100.1' }, { [name]: '198.51.100.2' });
    expectRefusal(answer, 429, 'rate_limited');
    expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect(Number(answer.headers['retry-after'])).toBeLessThanOrEqual(60);
  });

  it.each([
    ['1', '198.51.100.1, 203.0.113.7', '198.51.100.2, 203.0.113.7'],
    ['1', '203.0.113.7', 'evil, 203.0.113.7'],
    ['1', '203.0.113.7', ', , 203.0.113.7'],
    ['1', '2001:db8::1', '2001:db8::2'],
    ['1', '2001:db8:0:0:0:0:0:1', '2001:DB8::1'],
    ['1', '203.0.113.7', '::ffff:203.0.113.7'],
    ['2', '198.51.100.1, 203.0.113.7, 10.0.0.1', '198.51.100.2, 203.0.113.7, 10.0.0.1'],
    ['10.0.0.1', '198.51.100.1', '198.51.100.2'],
    [
      '127.0.0.1, 10.0.0.0/8',
      '198.51.100.1, 203.0.113.7, 10.0.0.1',
      '9.9.9.9, 203.0.113.7, 10.9.9.9',
    ],
  ])('with TRUST_PROXY=%s: %s, then %s', async (trusted, one, other) => {
    const env = { TRUST_PROXY: trusted };
    const answer = await second(env, { 'x-forwarded-for': one }, { 'x-forwarded-for': other });
    expectRefusal(answer, 429, 'rate_limited');
  });

  // What proxies really write, and what is no address at all.
  it.each([
    ['with ports', '203.0.113.7:1111', '203.0.113.7:2222'],
    ['with and without a port', '203.0.113.7', '203.0.113.7:2222'],
    ['in brackets, with ports', '[2001:db8::1]:1111', '[2001:db8::1]:2222'],
    ['in quotes', '"203.0.113.7"', '203.0.113.7'],
    ['free text', 'one', 'two'],
    ['hidden names', '_a', '_b'],
    ['numbers that are no address', '999.1.1.1', '999.1.1.2'],
    ['zones', 'fe80::1%eth0', 'fe80::1%eth1'],
    ['long texts', 'a'.repeat(2000), 'b'.repeat(2000)],
  ])('with TRUST_PROXY=1, by spelling an address otherwise: %s', async (_, one, other) => {
    const env = { TRUST_PROXY: '1' };
    const answer = await second(env, { 'x-forwarded-for': one }, { 'x-forwarded-for': other });
    expectRefusal(answer, 429, 'rate_limited');
  });

  it('but a neighbour has a share of their own', async () => {
    const peers = ['198.51.100.1', '198.51.100.2'];
    expect((await second({}, {}, {}, peers)).statusCode).toBe(200);
    const networks = ['2001:db8:0:1::1', '2001:db8:0:2::1'];
    expect((await second({}, {}, {}, networks)).statusCode).toBe(200);
  });
});

describe('An answer is paid for once, and within limits', () => {
  it('S2: a hundred at once for one user are as many as the operator allows', async () => {
    const { service, responder } = await start({ MESSAGE_LIMIT_PER_MINUTE: '100' });
    const token = await tokenOf(service);
    const gate = new Deferred();
    responder.gate = gate.promise;
    const codes: number[] = [];
    const all = Array.from({ length: 100 }, async () => {
      codes.push((await ask(service, token)).statusCode);
    });
    // The refused ones have their answers while the others wait at the gate.
    await eventually(() => expect(codes).toHaveLength(95));
    gate.resolve();
    await Promise.all(all);
    expect(codes.filter((code) => code === 200)).toHaveLength(5);
    expect(codes.filter((code) => code === 429)).toHaveLength(95);
    expect(responder.asked).toBe(5);
  });

  it('S2: several sessions of one visitor share their limit', async () => {
    const { service, responder } = await start({ MESSAGE_LIMIT_PER_MINUTE: '2' });
    const first = await open(service);
    const cookie = String(first.headers['set-cookie']).split(';')[0] ?? '';
    const tokens = [first.json<{ client_secret: string }>().client_secret];
    for (let session = 0; session < 3; session++) tokens.push(await tokenOf(service, { cookie }));
    const codes = [];
    for (const token of tokens) codes.push((await ask(service, token)).statusCode);
    expect(codes).toEqual([200, 200, 429, 429]);
    expect(responder.asked).toBe(2);
  });

  it('a key that is sent ten times at once asks the model once', async () => {
    const { service, responder } = await start();
    const token = await tokenOf(service);
    const key = { 'idempotency-key': 'one-key' };
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => ask(service, token, create('hi'), key)),
    );
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array(10).fill(200));
    expect(responder.asked).toBe(1);
    expectRefusal(await ask(service, token, create('other'), key), 422, 'idempotency_key_reused');
    expect(responder.asked).toBe(1);
  });

  it.each<[string, object, number, string]>([
    ['an empty message', create(''), 400, 'bad_request'],
    ['a message of blanks', create(' \n\t '), 400, 'bad_request'],
    [
      'a message without parts',
      { type: 'threads.create', params: { input: { ...inputOf(''), content: [] } } },
      400,
      'bad_request',
    ],
    ['a message of 32,001 characters', create('x'.repeat(32_001)), 413, 'payload_too_large'],
    [
      'a thread that is not there',
      { type: 'threads.add_user_message', params: { thread_id: 'x', input: inputOf('hi') } },
      404,
      'not_found',
    ],
    [
      'a retry of nothing',
      { type: 'threads.retry_after_item', params: { thread_id: 'x', item_id: 'y' } },
      404,
      'not_found',
    ],
    [
      'an attachment',
      { type: 'threads.create', params: { input: { ...inputOf('hi'), attachments: ['a'] } } },
      400,
      'bad_request',
    ],
  ])('%s costs nothing', async (_, body, status, code) => {
    const { service, responder } = await start();
    expectRefusal(await ask(service, await tokenOf(service), body), status, code);
    expect(responder.asked).toBe(0);
  });

  it('S3: refusals make no identities that could be saved up', async () => {
    const { service } = await start({ RATE_LIMIT_PER_MINUTE: '2' });
    const answers = [];
    for (let count = 0; count < 10; count++) answers.push(await open(service));
    for (const answer of answers.slice(2)) expectRefusal(answer, 429, 'rate_limited');
    expect(answers.filter(({ headers }) => 'set-cookie' in headers)).toHaveLength(2);
  });

  it('what is asked over and over without a session is refused before its body is read', async () => {
    const { service } = await start({ MESSAGE_LIMIT_PER_MINUTE: '1' });
    const codes = [];
    for (let count = 0; count < 8; count++) {
      codes.push((await ask(service, `forged${count}`, create('x'.repeat(1000)))).statusCode);
    }
    expect(codes).toEqual([401, 401, 401, 401, 401, 401, 429, 429]);
  });
});
